"""What an operator may set of the HTTP server."""

from __future__ import annotations

from dataclasses import dataclass

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class SettingsError(ValueError):
    """An address that would let strangers read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the API is served. It knows no tokens yet, so it stays on the loopback."""

    host: str = "127.0.0.1"
    port: int = 8080
    """0: any free one."""
    allow_insecure: bool = False
    """Serve other machines without asking who they are."""

    def __post_init__(self) -> None:
        """Raise SettingsError for an address that other machines reach, unless asked for."""
        if self.host not in LOOPBACK and not self.allow_insecure:
            raise SettingsError(f"http.listen: {self.host} is not the loopback")
