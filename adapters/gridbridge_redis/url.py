"""Where the store is: an address that may hold a password and never shows it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

SCHEMES = ("redis", "rediss", "unix")
NOT_YET = ("sentinel", "cluster")
OPTIONS = ("db", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
"""What may stand in the query: everything else of a connection is the settings' business."""


class InvalidUrlError(ValueError):
    """An address that names no store we can talk to; says why without repeating a password."""


@dataclass(frozen=True, slots=True, repr=False)
class StoreUrl:
    """``redis://``, ``rediss://`` or ``unix://``, with credentials; `repr` leaves those out.

    Raises InvalidUrlError for any other scheme, an unknown option, or what is no URL.
    """

    text: str

    def __post_init__(self) -> None:
        scheme = self.text.partition("://")[0] if "://" in self.text else ""
        if scheme in NOT_YET:
            raise InvalidUrlError(f"{scheme}:// is not supported: use one of {_listed(SCHEMES)}")
        if scheme not in SCHEMES:
            raise InvalidUrlError(f"the store's URL begins with one of {_listed(SCHEMES)}")
        self._check_parts()

    def _check_parts(self) -> None:
        try:
            parts = urlsplit(self.text)
            options = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=False)
            address = parts.path if parts.scheme == "unix" else parts.hostname
            _ = parts.port
        except ValueError:
            # The original message quotes parts of the address.
            raise InvalidUrlError("the store's URL is malformed") from None
        if not address:
            raise InvalidUrlError(f"the store's URL names no {_place(parts.scheme)}")
        for name, _value in options:
            if name not in OPTIONS:
                raise InvalidUrlError(f"unknown option {name!r} in the store's URL")

    @property
    def scheme(self) -> str:
        """One of `SCHEMES`."""
        return urlsplit(self.text).scheme

    def __str__(self) -> str:
        parts = urlsplit(self.text)
        if parts.scheme == "unix":
            return f"unix://{parts.path}"
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname}{port}{parts.path}"

    def __repr__(self) -> str:
        return f"StoreUrl({str(self)!r})"


def _listed(schemes: tuple[str, ...]) -> str:
    return ", ".join(f"{scheme}://" for scheme in schemes)


def _place(scheme: str) -> str:
    return "path" if scheme == "unix" else "host"
