"""Settings: doors that must be opened by name, and secrets that never show."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridbridge_openadr.settings import InvalidSettingsError
from tests.adapters.openadr.bench import settings

PEM = Path("ven.pem")
PINNED = "AA:BB:CC:DD:EE:FF:00:11:22:33"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"vtn": "http://vtn.example/2.0b"}, id="plain HTTP to another machine"),
        pytest.param({"vtn": "http://127.0.0.1.example/2.0b"}, id="a name like the loopback"),
        pytest.param({"vtn": "https://user:word@vtn.example/"}, id="credentials in the URL"),
        pytest.param({"vtn": "ftp://vtn.example/"}, id="no HTTP"),
        pytest.param({"vtn": "vtn.example"}, id="no URL"),
        pytest.param({"certificate": PEM}, id="certificate without key"),
        pytest.param({"key": PEM}, id="key without certificate"),
        pytest.param({"vtn_fingerprint": PINNED}, id="signing without a key"),
        pytest.param(
            {"vtn_fingerprint": "AA:BB", "certificate": PEM, "key": PEM}, id="short fingerprint"
        ),
        pytest.param({"poll": 0.5}, id="polls faster than once a second"),
    ],
)
def test_settings_that_leave_a_door_open_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(InvalidSettingsError):
        settings(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"vtn": "https://vtn.example/OpenADR2/Simple/2.0b"},
        {"vtn": "http://localhost:8080/"},
        {"vtn": "http://[::1]:8080/"},
        {"vtn": "http://vtn.example/2.0b", "allow_insecure": True},
        {"vtn_fingerprint": PINNED, "certificate": PEM, "key": PEM},
        {"vtn_fingerprint": "ab" * 32, "certificate": PEM, "key": PEM},
    ],
)
def test_settings_that_fit_are_taken(changes: dict[str, object]) -> None:
    assert settings(**changes).signs is ("vtn_fingerprint" in changes)


def test_the_password_of_the_key_does_not_show() -> None:
    assert "open sesame" not in repr(settings(key_password="open sesame"))
