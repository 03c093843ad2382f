"""What the adapters need to know, as plain values: the composition root translates them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from gridbridge.config.fields import Address
from gridbridge.config.problems import KeyPath
from gridbridge.domain.ids import VenName
from gridbridge.domain.units import Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySettings:
    """One process."""

    name: str
    store_url: str | None = field(repr=False)
    """Redis or Valkey, perhaps with its password; None: the embedded one."""
    store_at: KeyPath
    """The key that said so."""
    data_dir: Path
    archive: Path
    """What leaves the store; gateways on one store share it."""
    archive_at: KeyPath
    hot: Seconds
    """How long facts stay in the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """Health, metrics, status page and API."""

    listen: Address
    allow_insecure: bool = False
    """Other machines may read without saying who they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate and its key, PEM files."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerSettings:
    """One address where stations connect."""

    listen: Address
    paths: tuple[str, ...]
    """Each has ``{id}`` where the station's identity stands, percent-encoded."""
    security_profile: int
    """OCPP's: 0 nothing, 1 password, 2 password over TLS."""
    at: KeyPath
    """The key of its address."""
    certificates: tuple[Certificate, ...] = ()
    """Empty: no TLS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OcppConfig:
    """Where stations connect and how they are known. An unknown station is refused."""

    listeners: tuple[ListenerSettings, ...]
    credentials_dir: Path
    """One file per station: `gridbridge.config.credentials.credential_file`."""
    reuse_port: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VenConfig:
    """Our end of one VTN."""

    name: VenName
    protocol: str
    """``openadr-2.0b``"""
    vtn: str
    ven_name: str
    poll: Seconds | None
    """None: as often as the VTN asks."""
    client: Certificate | None
    ca: Path | None
    """Who must have signed the VTN's certificate; None: the system's authorities."""
    vtn_fingerprint: str | None
    """``AB:CD:…``, 10 bytes; None: messages are not signed."""
    allow_insecure: bool
    """True where the address is plain HTTP."""
