"""Every certificate that the gateway shows is watched, each under a name of its own."""

from __future__ import annotations

from pathlib import Path

from gridbridge.app.adapters import certificate_files
from gridbridge.config.fields import Address
from gridbridge.config.settings import Certificate, ListenerSettings, OcppConfig, VenConfig
from gridbridge.domain.ids import VenName


def pair(name: str) -> Certificate:
    return Certificate(certificate=Path(f"{name}.pem"), key=Path(f"{name}.key"))


def test_each_certificate_of_listeners_and_vens_has_a_name_of_its_own() -> None:
    listener = ListenerSettings(
        listen=Address(host="0.0.0.0", port=9000),  # noqa: S104 - written, not bound
        paths=("/ocpp/{id}",),
        at=("ocpp", "listen"),
        security_profile=2,
        certificates=(pair("ecdsa"), pair("rsa")),
    )
    ocpp = OcppConfig(listeners=(listener,), credentials_dir=Path(), reuse_port=False)
    ven = VenConfig(
        name=VenName("utility-a"),
        protocol="openadr-2.0b",
        vtn="https://vtn.example",
        ven_name="depot",
        poll=None,
        client=pair("ven"),
        ca=None,
        vtn_fingerprint=None,
        allow_insecure=False,
    )

    assert certificate_files(ocpp, [ven]) == {
        "ocpp/0.0.0.0:9000/1": Path("ecdsa.pem"),
        "ocpp/0.0.0.0:9000/2": Path("rsa.pem"),
        "ven/utility-a": Path("ven.pem"),
    }
