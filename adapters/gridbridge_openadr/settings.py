"""What a VEN is told about itself and its VTN."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from gridbridge.domain.ids import VenName
from gridbridge.domain.units import Seconds

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_FINGERPRINT: Final = re.compile(
    r"(?:[0-9A-Fa-f]{2}:?){9}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}"
)


class InvalidSettingsError(ValueError):
    """Settings that contradict each other or leave a door open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One VEN towards one VTN. Raises InvalidSettingsError where the parts do not fit."""

    name: VenName
    """The VEN's name in the configuration."""
    vtn: str
    """The VTN's URL up to the service: ``https://vtn.example/OpenADR2/Simple/2.0b``."""
    ven_name: str
    """The name the VTN knows us by before it has given us an id."""
    resources: tuple[str, ...] = ()
    """What we report on; the rIDs of our reports."""
    every: Mapping[str, Seconds] = field(default_factory=dict)
    """The shortest interval we report a resource in; where it is not named, 1 s."""
    poll: Seconds | None = None
    """Time between polls; None: the VTN's wish. Never faster than the VTN asked for."""
    certificate: Path | None = None
    """PEM chain that we show to the VTN."""
    key: Path | None = None
    key_password: str | None = field(default=None, repr=False)
    ca: Path | None = None
    """PEM of the authorities that may vouch for the VTN; None: those of the system."""
    vtn_fingerprint: str | None = None
    """Last 10 bytes of the SHA-256 of the VTN's signing certificate, or all 32, in hexadecimal.

    Set: every message is signed, and an unsigned or otherwise signed reply is refused.
    """
    allow_insecure: bool = False
    """Permit plain HTTP to another machine."""
    timeout: Seconds = Seconds(20.0)
    """For one request and its whole reply."""
    backoff_cap: Seconds = Seconds(60.0)
    """The longest wait before what failed is tried again."""

    def __post_init__(self) -> None:
        url = urlsplit(self.vtn)
        if url.scheme not in {"http", "https"} or not url.hostname:
            raise InvalidSettingsError("vtn: give an http:// or https:// URL")
        if url.username is not None or url.password is not None:
            raise InvalidSettingsError("vtn: a URL must not carry credentials")
        if url.scheme == "http" and url.hostname not in _LOOPBACK and not self.allow_insecure:
            raise InvalidSettingsError("vtn: http:// needs allow_insecure (or a loopback address)")
        if (self.certificate is None) != (self.key is None):
            raise InvalidSettingsError("tls: certificate and key come together")
        if self.vtn_fingerprint is not None:
            if not _FINGERPRINT.fullmatch(self.vtn_fingerprint):
                raise InvalidSettingsError("vtn_fingerprint: give 10 or 32 bytes in hexadecimal")
            if self.certificate is None:
                raise InvalidSettingsError("vtn_fingerprint: signing needs certificate and key")
        if self.poll is not None and self.poll < 1:
            raise InvalidSettingsError("poll: at least 1 s")
        if any(every < 1 for every in self.every.values()):
            raise InvalidSettingsError("every: at least 1 s")

    @property
    def signs(self) -> bool:
        """Whether messages are signed in both directions."""
        return self.vtn_fingerprint is not None
