"""Which partition a site's facts lie in, and which instance should own it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gridbridge.domain.ids import SiteId

PARTITIONS = 64


def partition_of(site: SiteId) -> int:
    """The partition of a site; a station without a site lives in that of its own id."""
    return crc32(site.encode()) % PARTITIONS


def preferred(partition: int, instances: Iterable[str]) -> str | None:
    """The instance that should own a partition, by rendezvous hash; None if none lives.

    Every instance computes the same, and one that leaves moves only what it owned.
    """
    return max(
        instances,
        key=lambda instance: (crc32(f"{partition}@{instance}".encode()), instance),
        default=None,
    )
