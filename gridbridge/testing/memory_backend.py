"""What the stores of several instances share, kept in memory."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from gridbridge.domain.units import Instant, Seconds
from gridbridge.ports.store import Entry
from gridbridge.testing.memory_records import Lease, Log, SiteRecord, StationRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence, Sized

    from gridbridge.domain.facts import Recorded
    from gridbridge.domain.ids import SiteId, StationId
    from gridbridge.ports.clock import Clock
    from gridbridge.ports.store import Wakeup
    from gridbridge.testing.memory_records import VenRecord

LEASE = Seconds(6.0)
"""How long a lease lasts that is not renewed."""

T = TypeVar("T", bound="Sized")


class MemoryBackend:
    """The memory that `MemoryStore`s share, with one clock for all leases."""

    def __init__(self, clock: Clock, *, lease: Seconds = LEASE) -> None:
        self.clock = clock
        self.lease = lease
        self._down = False
        self._listeners: set[asyncio.Event] = set()
        self._count = 0
        self.wipe()

    def wipe(self) -> None:
        """Lose everything, as a store does whose disk is lost."""
        self.logs: dict[str, Log] = {}
        self.leases: dict[str, Lease] = {}
        self.stations: dict[StationId, StationRecord] = {}
        self.sites: dict[SiteId, SiteRecord] = {}
        self.vens: dict[str, VenRecord] = {}
        self.alive: dict[str, Instant] = {}
        self.inboxes: dict[str, list[Wakeup]] = {}
        self.configs: dict[str, bytes] = {}

    @property
    def down(self) -> bool:
        """Whether no instance can reach it."""
        return self._down

    @down.setter
    def down(self, down: bool) -> None:
        self._down = down
        self.changed()

    def log(self, name: str) -> Log:
        """The log of that name, empty where nothing was written."""
        return self.logs.setdefault(name, Log())

    def lease_of(self, name: str) -> Lease:
        """The lease of that name."""
        return self.leases.setdefault(name, Lease())

    def station(self, station: StationId) -> StationRecord:
        """What is kept of a station."""
        return self.stations.setdefault(station, StationRecord())

    def site(self, site: SiteId) -> SiteRecord:
        """What is kept of a site."""
        return self.sites.setdefault(site, SiteRecord())

    def append(self, name: str, facts: Sequence[Recorded]) -> str:
        """Add to a log what it has not seen; the id of its newest entry."""
        log = self.log(name)
        for recorded in facts:
            mark = (recorded.writer, recorded.seq)
            if mark not in log.seen:
                log.seen.add(mark)
                self._count += 1
                log.last = f"{self._count:012d}"
                log.entries.append(Entry(id=log.last, recorded=recorded))
        self.changed()
        return log.last

    def trim(self, name: str, before: str, fence: int) -> int:
        """Drop a log's entries older than `before`, for the holder of that fence."""
        self.lease_of(name).check(fence)
        log = self.log(name)
        kept = [entry for entry in log.entries if entry.id >= before]
        dropped = len(log.entries) - len(kept)
        log.entries = kept
        return dropped

    def changed(self) -> None:
        """Wake whoever waits."""
        for event in self._listeners:
            event.set()

    async def first(self, look: Callable[[], T], *, wait_s: float) -> T:
        """What `look` finds, as soon as it is not empty or `wait_s` has passed."""
        deadline = self.clock.now() + wait_s
        while not (found := look()) and (left := deadline - self.clock.now()) > 0:
            await self._change(within=Seconds(left))
        return found

    async def _change(self, *, within: Seconds) -> None:
        event = asyncio.Event()
        self._listeners.add(event)
        waiting = {
            asyncio.ensure_future(event.wait()),
            asyncio.ensure_future(self.clock.sleep(within)),
        }
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._listeners.discard(event)
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
