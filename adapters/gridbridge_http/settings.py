"""What an operator may set of the HTTP server."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address


class SettingsError(ValueError):
    """An address that would let strangers read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the API is served.

    It asks nobody who they are, so it stays on the loopback: another address is refused by name
    unless `allow_insecure` says that something in front of it keeps strangers out.
    """

    host: str = "127.0.0.1"
    """An address, or `localhost`; any other name could mean any machine."""
    port: int = 8080
    """0: any free one."""
    allow_insecure: bool = False
    """Serve other machines without asking who they are."""

    def __post_init__(self) -> None:
        """Raise SettingsError for an address that other machines reach, unless asked for."""
        if not self.allow_insecure and not _is_loopback(self.host):
            raise SettingsError(
                f"http.listen: {self.host!r} is not the loopback, and nobody is asked who they are"
            )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
