"""What the store's adapter can be told."""

from __future__ import annotations

from dataclasses import dataclass

from gridbridge_redis.url import StoreUrl


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to reach the store, and for how long to wait for it."""

    url: StoreUrl
    socket_timeout_s: float = 0.5
    """For one answer."""
    connect_timeout_s: float = 0.5
    deadline_s: float = 1.5
    """For a whole call: waiting for a connection, connecting, retries of a read."""
    read_retries: int = 3
    """Reads are repeated, with growing pauses; writes never are."""
    connections: int = 16
    """At most, for each of reads and writes; more calls at a time wait for one."""
    lease_s: float = 6.0
    """How long a partition, a VEN or a gateway's sign of life lasts unless renewed."""
