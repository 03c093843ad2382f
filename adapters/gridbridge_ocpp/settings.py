"""What an operator may set of the OCPP server."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from gridbridge.domain.units import Seconds
from gridbridge_ocpp.rpc.guard import FrameLimits
from gridbridge_ocpp.rpc.limits import RpcLimits
from gridbridge_ocpp.tokens import TokenPolicy


class SettingsError(ValueError):
    """Settings that contradict each other or the standard."""


class SecurityProfile(IntEnum):
    """How stations prove themselves, as OCPP numbers it (2.1 part 2, A00)."""

    OPEN = 0
    """Not at all; no profile of the standard."""
    BASIC = 1
    """HTTP Basic without TLS: for trusted networks."""
    BASIC_TLS = 2
    """HTTP Basic inside TLS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """One certificate of ours with its key, both PEM."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """One address that stations connect to."""

    host: str = "127.0.0.1"
    port: int = 9000
    """0: any free one."""
    paths: tuple[str, ...] = ("/ocpp/{id}",)
    """Each ends in ``{id}``: the percent-encoded identity is the last part of the URL."""
    security_profile: SecurityProfile = SecurityProfile.BASIC_TLS
    allow_insecure: bool = False
    """Profile 0 is refused without it."""
    certificates: tuple[Certificate, ...] = ()
    """For profile 2: an ECDSA and an RSA one serve all suites of the standard."""
    reuse_port: bool = False
    """Several processes share the port."""

    def __post_init__(self) -> None:
        """Raise SettingsError, by name, for what cannot be served."""
        if self.security_profile is SecurityProfile.OPEN and not self.allow_insecure:
            raise SettingsError("security_profile 0 needs allow_insecure: true")
        if (self.security_profile is SecurityProfile.BASIC_TLS) != bool(self.certificates):
            raise SettingsError("security_profile 2, and no other, needs a TLS certificate")
        if not self.paths or not all(
            path.startswith("/") and path.endswith("/{id}") and path.count("{") == 1
            for path in self.paths
        ):
            raise SettingsError("an OCPP path starts with / and ends in /{id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The server's own, apart from the stations' entries."""

    listeners: tuple[Listener, ...]
    tokens: TokenPolicy = field(default_factory=TokenPolicy)
    heartbeat: Seconds = Seconds(300.0)
    """How often a station shall send Heartbeat."""
    ping: Seconds = Seconds(30.0)
    """How often a silent socket is pinged; no pong within half of it closes it."""
    answer_within: Seconds = Seconds(30.0)
    """When a call without an answer counts as unknown."""
    first_word_within: Seconds = Seconds(2.0)
    """How long a new socket may stay silent before it counts as a mere reconnect."""
    store_within: Seconds = Seconds(0.25)
    """How long a call may wait for the store before it is sent without it."""
    drain_per_second: float = 50.0
    """How many sockets are closed per second when the server stops."""
    max_message_bytes: int = 65_536

    @property
    def rpc(self) -> RpcLimits:
        """The bounds of each socket's conversation."""
        return RpcLimits(
            frame=FrameLimits(max_bytes=self.max_message_bytes), answer_within=self.answer_within
        )
