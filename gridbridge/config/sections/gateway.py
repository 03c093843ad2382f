"""The sections ``gateway`` and ``http``: the process itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, WithJsonSchema

from gridbridge.config.fields import Listen, NotYetError, OurId, Period
from gridbridge.config.problems import KeyPath
from gridbridge.config.section import Section, as_written

EMBEDDED = "embedded"
_SERVERS = ("redis://", "rediss://", "unix://")
_LATER = ("sentinel://", "cluster://")


def store_url(text: str) -> str:
    """Check where the state lives; the message never repeats the text, it may hold a password."""
    if text.startswith(_LATER):
        raise NotYetError(text.split("//", 1)[0] + "//")
    if text != EMBEDDED and not (text.startswith(_SERVERS) and _names_a_place(text)):
        raise ValueError("write embedded, redis://HOST:PORT, rediss://HOST:PORT or unix:///PATH")
    return text


def _names_a_place(text: str) -> bool:
    """Whether an address has a host, or a path, and what stands for its port is a number."""
    try:
        parts = urlsplit(text)
        place = parts.path if parts.scheme == "unix" else parts.hostname
        return bool(place) and parts.port != 0
    except ValueError:
        return False


def _check_store(secret: SecretStr) -> SecretStr:
    store_url(secret.get_secret_value())
    return secret


class Retention(Section):
    """How long facts and decisions stay in the store before they go to the archive."""

    hot: Period = as_written("6h")


class Gateway(Section):
    """One process: its name, its state, its files."""

    name: OurId = "gateway"
    """Its name in logs and in the store; a random part is added at each start."""
    store: Annotated[
        SecretStr,
        AfterValidator(_check_store),
        WithJsonSchema({"type": "string", "pattern": "^(embedded$|rediss?://|unix://)"}),
    ] = as_written(EMBEDDED)
    """embedded, or the address of a Redis or Valkey: redis://, rediss:// (TLS), unix://"""
    store_file: str | None = None
    """Instead of `store`: a file that holds the address, for one with a password."""
    data_dir: str = "var"
    """Where the embedded store and the archive live; relative to this file."""
    archive: str | None = None
    """What leaves the store; the folder archive in `data_dir`. Gateways on one store share it."""
    retention: Retention = Field(default_factory=Retention)
    include: tuple[str, ...] = ()
    """More files with vens, models, sites, classes or programs, beside this file; * allowed."""

    def contradictions(self) -> Iterator[tuple[KeyPath, str]]:
        """One place for the address of the store."""
        if self.store_file is not None and self.written("store"):
            yield ("store_file",), "give either store or store_file"


class Http(Section):
    """Health, metrics, status page and API."""

    not_yet: ClassVar[frozenset[str]] = frozenset({"public", "tokens_file"})

    listen: Listen = as_written("127.0.0.1:8080")
    """HOST:PORT"""
    allow_insecure: bool = False
    """Let other machines read without saying who they are: there are no tokens yet."""

    def contradictions(self) -> Iterator[tuple[KeyPath, str]]:
        """Strangers read only where that is asked for by name."""
        if not self.listen.is_loopback and not self.allow_insecure:
            yield ("listen",), "an address that other machines reach needs allow_insecure: true"
