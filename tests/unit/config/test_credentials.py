"""Passwords of stations and what is kept of them."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import pytest

from gridbridge.config.credentials import credential, credential_file, new_key
from gridbridge.domain.ids import StationId


def test_what_is_kept_is_a_salted_hmac() -> None:
    digest = hmac.new(b"salt", b"secret", hashlib.sha256).hexdigest()

    assert credential("secret", b"salt") == f"hmac-sha256${b'salt'.hex()}${digest}"


def test_the_salt_is_another_each_time() -> None:
    assert credential("secret") != credential("secret")


def test_a_key_fits_both_worlds() -> None:
    # OCPP 1.6: 16 to 20 bytes. OCPP 2.x: 16 characters or more.
    keys = {new_key() for _ in range(50)}

    assert len(keys) == 50
    assert all(len(key) == 20 and key.isascii() and key.isalnum() for key in keys)


@pytest.mark.parametrize(
    ("identity", "name"),
    [
        ("CP-1", "CP-1"),
        ("a|b+c=d@e*", "a%7Cb%2Bc%3Dd%40e%2A"),
        ("..", "%2E."),
        (".hidden", "%2Ehidden"),
    ],
)
def test_a_file_stays_in_its_folder(identity: str, name: str) -> None:
    assert credential_file(Path("dir"), StationId(identity)) == Path("dir") / name
