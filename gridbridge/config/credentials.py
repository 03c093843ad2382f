"""A station's password and what is kept of it: one file a station, never the password itself.

    hmac-sha256$<salt, hex>$<HMAC-SHA256(key = salt, message = password), hex>

A slow hash would cost minutes of CPU when a fleet reconnects; against 119 random bits it gains
nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import string
from pathlib import Path
from urllib.parse import quote

from gridbridge.domain.ids import StationId

# OCPP 1.6 security whitepaper: AuthorizationKey, 16 to 20 bytes. OCPP 2.x: BasicAuthPassword, at
# least 16 characters. Letters and digits read the same in both.
_KEY_CHARACTERS = 20
_SALT_BYTES = 16
_ALPHABET = string.ascii_letters + string.digits


def credential_file(directory: Path, station: StationId) -> Path:
    """Where a station's credential is kept; its identity is percent-encoded."""
    name = quote(station, safe="")
    # quote() leaves dots alone: a station called ".." must not name the directory above.
    return directory / (f"%2E{name[1:]}" if name.startswith(".") else name)


def new_key() -> str:
    """A random password for one station."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_KEY_CHARACTERS))


def credential(key: str, salt: bytes | None = None) -> str:
    """What is kept of a password; the salt is random unless given."""
    salt = salt or secrets.token_bytes(_SALT_BYTES)
    digest = hmac.digest(salt, key.encode(), hashlib.sha256)
    return f"hmac-sha256${salt.hex()}${digest.hex()}"
