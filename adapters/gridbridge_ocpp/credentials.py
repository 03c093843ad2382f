"""How a station proves itself: HTTP Basic, checked against a salted HMAC-SHA256.

A password is random and as long as a key, so a slow hash would only make reconnecting fleets slow.
OCPP 1.6 knows two forms of one key: up to 40 hex digits as configured, and the 16 to 20 raw bytes
that a station puts into the header (security whitepaper, AuthorizationKey); both are accepted.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gridbridge_ocpp.directory import StationEntry

SCHEME = "hmac-sha256"
_RAW_KEY = range(16, 21)
# Checked in place of an unknown station's, so that both take as long; no password leads to it.
_NOBODY = f"{SCHEME}$00${'0' * 64}"


class CredentialError(ValueError):
    """A stored credential that does not have its form; the text never shows it."""


def hashed(password: bytes, salt: bytes) -> str:
    """``hmac-sha256$salt$digest``, both in hex: what may be stored of a password."""
    digest = hmac.new(salt, password, "sha256").hexdigest()
    return f"{SCHEME}${salt.hex()}${digest}"


def matches(stored: str, password: bytes) -> bool:
    """Whether the password is the one that `stored` was made of; in constant time.

    Raises CredentialError where `stored` was not made by `hashed`.
    """
    try:
        scheme, salt_hex, digest = stored.split("$")
        salt = bytes.fromhex(salt_hex)
    except ValueError:
        raise CredentialError("a stored credential is hmac-sha256$salt$digest in hex") from None
    if scheme != SCHEME:
        raise CredentialError("the only scheme of stored credentials is hmac-sha256")
    forms = [password]
    if len(password) in _RAW_KEY:
        forms += [password.hex().encode(), password.hex().upper().encode()]
    found = False
    for form in forms:
        expected = hmac.new(salt, form, "sha256").hexdigest()
        # Both sides as bytes: compare_digest takes text only where it is ASCII.
        found |= hmac.compare_digest(expected.encode(), digest.encode())
    return found


def basic(header: str | None) -> tuple[bytes, bytes] | None:
    """User name and password of an Authorization header; None where it is no Basic one.

    As bytes: a 1.6 key need not be text.
    """
    if header is None:
        return None
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return None
    return (name, password) if colon else None


def proves(header: str | None, entry: StationEntry | None, identity: str) -> bool:
    """Whether the header proves that the caller is the station of that identity.

    OCPP 2.1 part 2, A00.FR.204: the user name is the identity of the URL. An unknown station takes
    as long to refuse as a wrong password.
    """
    name, password = basic(header) or (b"", b"")
    stored = entry.credential if entry is not None else None
    known = matches(stored or _NOBODY, password)
    same = hmac.compare_digest(name, identity.encode())
    return known and same and stored is not None
