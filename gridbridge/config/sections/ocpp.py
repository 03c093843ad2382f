"""The section ``ocpp``: where stations connect."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from gridbridge.config.fields import (
    Address,
    Listen,
    NotYetError,
    Texts,
    real,
    word,
)
from gridbridge.config.problems import KeyPath
from gridbridge.config.section import Section, as_written

NEARBY = "127.0.0.1:9000"
STATION_PATH = "/ocpp/{id}"

NO_SECURITY, BASIC, TLS_BASIC, TLS_CLIENT = 0, 1, 2, 3


def _path(text: str) -> str:
    if not text.startswith("/") or text.count("{id}") != 1:
        raise ValueError(f"{text!r} is not a path for stations: write one like {STATION_PATH}")
    return text


def _profile(value: object) -> object:
    real(value)
    if str(value) == str(TLS_CLIENT):
        raise NotYetError("security profile 3 (client certificates)")
    return value


class ServerTls(Section):
    """The certificates a listener shows."""

    certificate: Texts
    """PEM file, or several (ECDSA and RSA); relative to this file."""
    key: Texts
    """The key of each certificate, in the same order."""

    def contradictions(self) -> Iterator[tuple[KeyPath, str]]:
        """A key for each certificate."""
        if len(self.certificate) != len(self.key):
            count = f"{len(self.certificate)} certificates need as many keys, not {len(self.key)}"
            yield ("key",), count


class Listening(Section):
    """How stations are let in at one address."""

    paths: tuple[Annotated[str, AfterValidator(_path)], ...] = (STATION_PATH,)
    """The paths they may ask for, {id} where their identity stands."""
    security_profile: Annotated[int, Field(ge=0, le=2), BeforeValidator(_profile)] | None = None
    """OCPP's: 0 nothing, 1 password, 2 password over TLS. If not written: 2 with `tls`, else 1."""
    tls: ServerTls | None = None
    allow_insecure: bool = False
    """Lets security profile 0 be, and 1 (passwords in the clear) where other machines reach it."""

    @property
    def profile(self) -> int:
        """The security profile, 2 with TLS and 1 without where none is written."""
        if self.security_profile is not None:
            return self.security_profile
        return TLS_BASIC if self.tls else BASIC

    def contradictions(self) -> Iterator[tuple[KeyPath, str]]:
        """The profile and what it needs."""
        if not self.paths:
            yield ("paths",), "without a path no station can connect"
        if self.profile == NO_SECURITY and not self.allow_insecure:
            yield ("security_profile",), "security profile 0 needs allow_insecure: true"
        if self.profile == TLS_BASIC and self.tls is None:
            yield ("security_profile",), "security profile 2 needs tls: {certificate, key}"
        if self.profile < TLS_BASIC and self.tls is not None:
            yield ("security_profile",), f"security profile {self.profile} is without tls: write 2"
        if self.allow_insecure and self.tls is not None:
            yield ("allow_insecure",), "allow_insecure does nothing with tls"

    def in_the_clear(self, listen: Address) -> Iterator[tuple[KeyPath, str]]:
        """Passwords cross a network in the clear only where that is asked for by name."""
        plain = self.profile == BASIC and self.tls is None
        if plain and not listen.is_loopback and not self.allow_insecure:
            words = (
                "an address that other machines reach needs tls: {certificate, key}, or "
                "allow_insecure: true where passwords may cross the network in the clear"
            )
            yield ("listen",), words


class Listener(Listening):
    """One address of several."""

    listen: Listen
    """HOST:PORT"""

    def contradictions(self) -> Iterator[tuple[KeyPath, str]]:
        """The profile, what it needs, and who may listen in."""
        yield from super().contradictions()
        yield from self.in_the_clear(self.listen)


class Ocpp(Listening):
    """Where stations connect: `listen` for one address or `listeners` for several."""

    not_yet: ClassVar[frozenset[str]] = frozenset({"upstreams"})

    listen: Listen = as_written(NEARBY)
    """HOST:PORT; without `tls`, one that other machines reach needs allow_insecure: true."""
    listeners: tuple[Listener, ...] | None = None
    """The long form, instead of listen, paths, security_profile, tls and allow_insecure."""
    credentials_dir: str = "credentials"
    """One file per station, written by `gridbridge stations add`; relative to this file."""
    reuse_port: bool = False
    """Several processes share the ports (SO_REUSEPORT)."""
    unknown_station: Annotated[Literal["refuse"], word("refuse", later=("pending",))] = "refuse"
    """What a station meets that no site names."""

    def contradictions(self) -> Iterator[tuple[KeyPath, str]]:
        """The short form or the long one."""
        if self.listeners is None:
            yield from super().contradictions()
            yield from self.in_the_clear(self.listen)
            return
        if not self.listeners:
            yield ("listeners",), "without a listener no station can connect"
        short = {"listen", *Listening.model_fields}
        for key in sorted(short & self.model_fields_set):
            yield (key,), f"{key} belongs to the short form: write it in each of listeners"
