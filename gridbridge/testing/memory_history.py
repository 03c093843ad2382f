"""The history that a store in memory keeps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from gridbridge.domain.history import Every

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gridbridge.domain.history import EnergyBucket
    from gridbridge.domain.ids import SiteId
    from gridbridge.domain.units import Instant
    from gridbridge.ports.store import Snapshot
    from gridbridge.testing.memory_backend import MemoryBackend
    from gridbridge.testing.memory_records import Lease


class MemoryHistory(ABC):
    """Implements `History` over the backend."""

    @abstractmethod
    def _reach(self) -> MemoryBackend:
        """The backend; raises StoreDownError."""

    @abstractmethod
    def _owner_of(self, site: SiteId) -> Lease:
        """The lease of the site's partition; raises StoreDownError."""

    async def keep_history(
        self,
        site: SiteId,
        *,
        fence: int,
        now: Instant,
        reached: Snapshot,
        buckets: Mapping[Every, Sequence[EnergyBucket]],
    ) -> None:
        """Replace buckets with the state reached; see `History`."""
        self._owner_of(site).check(fence)
        record = self._reach().site(site)
        for every in Every:
            record.keep(every, buckets.get(every, ()), now)
        record.history_reached = reached

    async def history_reached(self, site: SiteId) -> Snapshot | None:
        """The state that belongs to the buckets kept."""
        return self._reach().site(site).history_reached

    async def history(
        self, site: SiteId, *, every: Every, start: Instant, end: Instant
    ) -> list[EnergyBucket]:
        """Buckets that begin in that time."""
        found = self._reach().site(site).history[every].values()
        return [bucket for bucket in found if start <= bucket.start < end]
