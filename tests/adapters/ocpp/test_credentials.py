"""Who may connect: credentials, TLS, and settings that contradict the standard."""

from __future__ import annotations

import ssl
from base64 import b64encode

import pytest

from gridbridge_ocpp.credentials import CredentialError, basic, hashed, matches, proves
from gridbridge_ocpp.settings import Certificate, Listener, SecurityProfile, SettingsError
from gridbridge_ocpp.tls import server_context
from tests.adapters.ocpp.stations import entry

HEX = b"0123456789abcdef0123456789abcdef01234567"
RAW = bytes.fromhex(HEX.decode())


def header(name: bytes, password: bytes) -> str:
    return f"Basic {b64encode(name + b':' + password).decode()}"


@pytest.mark.parametrize(
    ("configured", "presented", "expected"),
    [
        pytest.param(b"a-password-of-2.x", b"a-password-of-2.x", True, id="the same"),
        pytest.param(b"a-password-of-2.x", b"a-password-of-2.y", False, id="another"),
        pytest.param(HEX, RAW, True, id="hex digits as configured, raw bytes presented"),
        pytest.param(HEX.upper(), RAW, True, id="in capitals"),
        pytest.param(HEX, HEX, True, id="hex digits presented"),
        pytest.param(RAW, RAW, True, id="no text at all"),
        pytest.param(HEX, b"", False, id="nothing"),
    ],
)
def test_a_password_is_known_by_its_hash(
    configured: bytes,
    presented: bytes,
    expected: bool,  # noqa: FBT001  # a table
) -> None:
    assert matches(hashed(configured, b"salt"), presented) is expected


def test_the_hash_has_its_form_and_hides_the_password() -> None:
    scheme, salt, digest = hashed(b"secret", b"\x01\x02").split("$")

    assert (scheme, salt, len(digest)) == ("hmac-sha256", "0102", 64)
    assert "secret" not in repr(entry(credential="secret"))


@pytest.mark.parametrize("stored", ["", "plain", "hmac-sha256$zz$00", "argon2$00$00"])
def test_a_stored_credential_of_another_form_is_refused(stored: str) -> None:
    with pytest.raises(CredentialError):
        matches(stored, b"x")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(header(b"CP-1", RAW), (b"CP-1", RAW), id="bytes"),
        pytest.param(header(b"CP-1", b"a:b"), (b"CP-1", b"a:b"), id="a colon in the password"),
        pytest.param("basic Og==", (b"", b""), id="the scheme in any case"),
        pytest.param(None, None, id="no header"),
        pytest.param("Bearer x", None, id="another scheme"),
        pytest.param("Basic \u00e9", None, id="no ASCII"),
        pytest.param("Basic eA==", None, id="no colon"),
    ],
)
def test_a_basic_header_is_read_as_bytes(
    text: str | None, expected: tuple[bytes, bytes] | None
) -> None:
    assert basic(text) == expected


def test_a_station_without_a_credential_proves_nothing() -> None:
    assert not proves(header(b"CP-1", b""), entry(), "CP-1")
    assert not proves(header(b"CP-1", b""), None, "CP-1")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        pytest.param({"security_profile": SecurityProfile.OPEN}, "allow_insecure", id="profile 0"),
        pytest.param({}, "TLS certificate", id="profile 2 without a certificate"),
        pytest.param(
            {"security_profile": SecurityProfile.BASIC, "paths": ("/{id}/ocpp",)},
            "ends in /{id}",
            id="a path that does not end in the identity",
        ),
    ],
)
def test_settings_that_cannot_be_served_are_refused_by_name(
    fields: dict[str, object], reason: str
) -> None:
    with pytest.raises(SettingsError, match=reason):
        Listener(**fields)  # type: ignore[arg-type]  # a table of its fields


@pytest.mark.parametrize(
    ("suite", "version", "served"),
    [
        ("ECDHE-ECDSA-AES128-GCM-SHA256", ssl.TLSVersion.TLSv1_2, True),
        ("ECDHE-ECDSA-AES256-GCM-SHA384", ssl.TLSVersion.TLSv1_2, True),
        ("AES128-GCM-SHA256", ssl.TLSVersion.TLSv1_2, True),
        ("AES256-GCM-SHA384", ssl.TLSVersion.TLSv1_2, True),
        ("AES128-SHA", ssl.TLSVersion.TLSv1_2, False),
    ],
)
def test_the_four_suites_of_the_standard_are_served_and_older_ones_are_not(
    certificates: tuple[Certificate, ...],
    suite: str,
    version: ssl.TLSVersion,
    served: bool,  # noqa: FBT001  # a table
) -> None:
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    client.minimum_version = client.maximum_version = version
    client.set_ciphers(suite)

    assert _shakes_hands(server_context(certificates), client) is served


def _shakes_hands(server: ssl.SSLContext, client: ssl.SSLContext) -> bool:
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        server.wrap_bio(up, down, server_side=True),
        client.wrap_bio(down, up, server_hostname="localhost"),
    ]
    done = [False, False]
    for _ in range(10):
        for index, end in enumerate(ends):
            try:
                end.do_handshake()
                done[index] = True
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLError:
                return False
    return all(done)
