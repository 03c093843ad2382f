"""Settings of the process and its adapters; file names become paths beside their file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gridbridge.config.problems import Findings, KeyPath
from gridbridge.config.sections.document import Document
from gridbridge.config.sections.gateway import EMBEDDED, store_url
from gridbridge.config.sections.ocpp import Listening, ServerTls
from gridbridge.config.settings import (
    Certificate,
    GatewaySettings,
    HttpSettings,
    ListenerSettings,
    OcppConfig,
    VenConfig,
)
from gridbridge.config.source import Source
from gridbridge.domain.ids import VenName
from gridbridge.domain.units import Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Finds the files that the configuration names."""

    main: Path
    source: Source
    findings: Findings

    def path(self, written: str, at: KeyPath) -> Path:
        """Relative to the file the name stands in; in the environment, to the main file."""
        file = self.source.place_of(at).file
        beside = self.main if file.startswith("$") else Path(file)
        path = Path(written)
        try:
            path = path.expanduser()
        except RuntimeError:
            self.findings.error(*at, message=f"{path.parts[0]} is nobody's home here")
        return (beside.parent / path).absolute()

    def existing(self, written: str, at: KeyPath) -> Path:
        """The same; a file that is not there is told, but may be elsewhere than here."""
        path = self.path(written, at)
        if not path.is_file():
            self.findings.warning(*at, message=f"there is no file {path}")
        return path


def gateway_settings(document: Document, files: Files) -> GatewaySettings:
    """The settings of this process."""
    gateway = document.gateway
    url, store_at = gateway.store.get_secret_value(), "store"
    if gateway.store_file is not None and not gateway.written("store"):
        store_at = "store_file"
        url = _secret(gateway.store_file, ("gateway", "store_file"), files)
    data_dir = files.path(gateway.data_dir, ("gateway", "data_dir"))
    return GatewaySettings(
        name=gateway.name,
        store_url=None if url == EMBEDDED else url,
        store_at=("gateway", store_at),
        data_dir=data_dir,
        archive=(
            data_dir / "archive"
            if gateway.archive is None
            else files.path(gateway.archive, ("gateway", "archive"))
        ),
        archive_at=("gateway", "data_dir" if gateway.archive is None else "archive"),
        hot=Seconds(gateway.retention.hot),
    )


def _secret(written: str, at: KeyPath, files: Files) -> str:
    path = files.path(written, at)
    try:
        return store_url(path.read_text(encoding="utf-8").strip())
    except UnicodeDecodeError:
        words = "is not UTF-8 text"
    except OSError as error:
        words = f"cannot be read: {error.strerror}"
    except ValueError as error:
        words = f"holds no address: {error}"
    files.findings.error(*at, message=f"{path} {words}")
    return EMBEDDED


def http_settings(document: Document) -> HttpSettings:
    """The settings of the HTTP server."""
    return HttpSettings(listen=document.http.listen, allow_insecure=document.http.allow_insecure)


def ocpp_settings(document: Document, files: Files) -> OcppConfig:
    """The settings of the OCPP server."""
    ocpp = document.ocpp
    if ocpp.listeners is None:
        written: list[tuple[Listening, KeyPath]] = [(ocpp, ("ocpp",))]
        addresses = [ocpp.listen]
    else:
        written = [
            (each, ("ocpp", "listeners", number)) for number, each in enumerate(ocpp.listeners)
        ]
        addresses = [each.listen for each in ocpp.listeners]
    return OcppConfig(
        listeners=tuple(
            ListenerSettings(
                listen=address,
                paths=each.paths,
                security_profile=each.profile,
                at=(*at, "listen"),
                certificates=_certificates(each.tls, (*at, "tls"), files),
            )
            for address, (each, at) in zip(addresses, written, strict=True)
        ),
        credentials_dir=files.path(ocpp.credentials_dir, ("ocpp", "credentials_dir")),
        reuse_port=ocpp.reuse_port,
    )


def _certificates(tls: ServerTls | None, at: KeyPath, files: Files) -> tuple[Certificate, ...]:
    if tls is None or len(tls.certificate) != len(tls.key):
        return ()
    return tuple(
        Certificate(
            certificate=files.existing(certificate, (*at, "certificate")),
            key=files.existing(key, (*at, "key")),
        )
        for certificate, key in zip(tls.certificate, tls.key, strict=True)
    )


def ven_config(name: str, document: Document, files: Files) -> VenConfig:
    """The settings of one VEN."""
    ven = document.vens[name]
    at: KeyPath = ("vens", name, "tls")
    client = None
    if ven.tls.certificate is not None and ven.tls.key is not None:
        client = Certificate(
            certificate=files.existing(ven.tls.certificate, (*at, "certificate")),
            key=files.existing(ven.tls.key, (*at, "key")),
        )
    return VenConfig(
        name=VenName(name),
        protocol=ven.protocol,
        vtn=ven.vtn,
        ven_name=ven.ven_name,
        poll=None if ven.poll is None else Seconds(ven.poll),
        client=client,
        ca=files.existing(ven.tls.ca, (*at, "ca")) if ven.tls.ca is not None else None,
        vtn_fingerprint=ven.vtn_fingerprint,
        allow_insecure=ven.allow_insecure,
    )
