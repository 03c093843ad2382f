"""The section ``vens``: the utilities' servers (VTNs) that are asked for events."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema

from gridbridge.config.fields import WebUrl, duration, word
from gridbridge.config.problems import KeyPath
from gridbridge.config.section import Section, as_written

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# OpenADR 2.0b, certificate fingerprint: the last 10 bytes of the SHA-256 of the certificate.
_FINGERPRINT = re.compile(r"(?:[0-9A-F]{2}:?){9}[0-9A-F]{2}|(?:[0-9A-F]{2}:?){31}[0-9A-F]{2}")


def _fingerprint(text: str) -> str:
    if not _FINGERPRINT.fullmatch(text.upper()):
        raise ValueError("a fingerprint is 10 or 32 bytes in hex: AB:CD:EF:01:23:45:67:89:AB:CD")
    return text.upper()


def _poll(value: object) -> float | None:
    if value == "vtn":
        return None
    seconds = duration(value)
    if seconds < 1:
        raise ValueError("must be 1s or longer")
    return seconds


class ClientTls(Section):
    """How the gateway and a VTN prove who they are."""

    certificate: str | None = None
    """Our certificate, PEM; relative to this file."""
    key: str | None = None
    """Its key, PEM."""
    ca: str | None = None
    """Who must have signed the VTN's certificate, PEM; else the system's authorities."""

    def contradictions(self) -> Iterator[tuple[KeyPath, str]]:
        """A certificate and its key."""
        if (self.certificate is None) != (self.key is None):
            given = "key" if self.certificate is None else "certificate"
            yield (given,), "certificate and key go together"


class Ven(Section):
    """Our end of one VTN."""

    not_yet: ClassVar[frozenset[str]] = frozenset({"client_id", "client_secret_file", "notify"})

    protocol: Annotated[
        Literal["openadr-2.0b"], word("openadr-2.0b", later=("openadr-3.0", "openadr-3.1"))
    ]
    """The version the VTN speaks."""
    vtn: WebUrl
    """The VTN's address, up to where its services' names begin."""
    ven_name: Annotated[str, Field(min_length=1, max_length=128)]
    """Our name there, as the utility registered it."""
    poll: Annotated[
        float | None,
        PlainValidator(_poll),
        WithJsonSchema({"type": "string", "examples": ["vtn", "10s"]}),
    ] = as_written("vtn")
    """vtn: as often as the VTN asks; or a duration."""
    tls: ClientTls = Field(default_factory=ClientTls)
    vtn_fingerprint: Annotated[str, AfterValidator(_fingerprint)] | None = None
    """Both sides sign; the VTN with the certificate of this fingerprint. Else nobody does."""
    allow_insecure: bool = False
    """Lets an http:// address of another machine be."""

    def contradictions(self) -> Iterator[tuple[KeyPath, str]]:
        """No plain HTTP by mistake, no signature without a key."""
        url = urlsplit(self.vtn)
        plain = url.scheme == "http"
        if plain and url.hostname not in _LOOPBACK and not self.allow_insecure:
            yield ("vtn",), "an http:// address of another machine needs allow_insecure: true"
        if self.allow_insecure and not plain:
            yield ("allow_insecure",), "allow_insecure does nothing with an https:// address"
        if self.vtn_fingerprint is not None and self.tls.certificate is None:
            yield ("vtn_fingerprint",), "to sign messages takes tls: {certificate, key}"
