"""The store's address: refused by name where we cannot use it, and never shown with a password."""

from __future__ import annotations

import pytest

from gridbridge_redis.settings import Settings
from gridbridge_redis.url import InvalidUrlError, StoreUrl


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("redis://10.0.0.1:6379/2", "redis://10.0.0.1:6379/2"),
        ("redis://user:s3cret@store.example", "redis://store.example"),
        ("rediss://:s3cret@store.example:6380?ssl_ca_certs=/ca", "rediss://store.example:6380"),
        ("unix://user:s3cret@/run/valkey.sock?db=1", "unix:///run/valkey.sock"),
    ],
)
def test_an_address_is_shown_without_credentials(text: str, shown: str) -> None:
    url = StoreUrl(text)

    assert str(url) == shown
    assert "s3cret" not in repr(Settings(url=url))
    assert url.text == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("sentinel://:s3cret@a,b/main", "sentinel:// is not supported", id="sentinel"),
        pytest.param("cluster://:s3cret@a", "cluster:// is not supported", id="cluster"),
        pytest.param("http://:s3cret@a", "begins with one of redis://", id="another scheme"),
        pytest.param("s3cret", "begins with one of redis://", id="no scheme"),
        pytest.param("redis://", "names no host", id="no host"),
        pytest.param("unix://", "names no path", id="no path"),
        pytest.param("redis://a:s3cret", "malformed", id="no port"),
        pytest.param("redis://a?s=1&socket_timeout=9", "unknown option 's'", id="an option"),
    ],
)
def test_an_address_we_cannot_use_is_refused_by_name(text: str, said: str) -> None:
    with pytest.raises(InvalidUrlError, match=said) as caught:
        StoreUrl(text)

    assert "s3cret" not in str(caught.value)
