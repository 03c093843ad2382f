"""A VEN's owner over a store in memory that can be made to falter at one kind of write."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from gridbridge.domain.events import Distribution, Event, EventStatus
from gridbridge.domain.facts import Distributed, VenFact, VtnHeard
from gridbridge.domain.ids import EventId, ProgramName, SiteId, VenName
from gridbridge.domain.limits import Authority
from gridbridge.domain.partitions import partition_of
from gridbridge.domain.programs import Program
from gridbridge.domain.units import Instant, Seconds
from gridbridge.engine.ven.engine import Member, VenEngine
from gridbridge.ports.facts import NotStoredError
from gridbridge.ports.store import START, StoreDownError
from gridbridge.runtime.sink import StoringSink
from gridbridge.runtime.vens import VenWorker
from gridbridge.testing.clock import VirtualClock
from gridbridge.testing.memory_backend import MemoryBackend
from gridbridge.testing.memory_store import MemoryStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from gridbridge.domain.facts import Fact, Recorded
    from gridbridge.ports.grid import VenSink
    from gridbridge.ports.store import Snapshot

NOW = Instant(1_800_000_000.0)
VEN = VenName("utility")
PEAK = ProgramName("peak")
SITES = (SiteId("depot-1"), SiteId("depot-2"))
PROGRAM = Program(name=PEAK, ven=VEN, market="m", authority=Authority.VOLUNTARY)


def event(name: str = "e", *, version: int = 0) -> Event:
    return Event(
        id=EventId(name),
        version=version,
        status=EventStatus.STANDING,
        market="m",
        created=NOW,
        start=Instant(NOW + 600.0),
        end=Instant(NOW + 36_000.0),
    )


def said(*events: Event) -> Distributed:
    return Distributed(ven=VEN, distribution=Distribution(request="r", events=events, asked=True))


class FalteringStore(MemoryStore):
    """Fails writes by the name of their method, as often as `fail` says, before or after them."""

    def __init__(self, backend: MemoryBackend, instance: str) -> None:
        super().__init__(backend, instance)
        self.fail: dict[str, int] = {}
        self.written_all_the_same = False

    async def append(self, partition: int, facts: Sequence[Recorded]) -> str:
        self._falter("append")
        return await super().append(partition, facts)

    async def append_ven(self, ven: VenName, facts: Sequence[Recorded]) -> str:
        if self.written_all_the_same:
            await super().append_ven(ven, facts)
        self._falter("append_ven")
        return await super().append_ven(ven, facts)

    async def decide_ven(self, ven: VenName, *, fence: int, decision: Recorded) -> str:
        if self.written_all_the_same:
            await super().decide_ven(ven, fence=fence, decision=decision)
        self._falter("decide_ven")
        return await super().decide_ven(ven, fence=fence, decision=decision)

    async def save_ven(self, ven: VenName, *, fence: int, snapshot: Snapshot, view: bytes) -> None:
        self._falter("save_ven")
        await super().save_ven(ven, fence=fence, snapshot=snapshot, view=view)

    def _falter(self, write: str) -> None:
        left = self.fail.get(write, 0)
        if left > 0:
            self.fail[write] = left - 1
            raise StoreDownError(f"{write} failed")


class SilentVen:
    """A `Ven` that leaves the talking to the test."""

    def __init__(self) -> None:
        self.sink: VenSink | None = None
        self.woken = 0

    @property
    def name(self) -> VenName:
        """The VEN's name in the configuration."""
        return VEN

    async def run(self, sink: VenSink) -> None:
        """Hold the sink until cancelled."""
        self.sink = sink
        await asyncio.get_running_loop().create_future()

    def wake(self) -> None:
        """Count."""
        self.woken += 1


class Owner:
    """One instance that owns the VEN; several of them may share a backend, one after another."""

    def __init__(self, backend: MemoryBackend, clock: VirtualClock, instance: str) -> None:
        self.store = FalteringStore(backend, instance)
        self.ven = SilentVen()
        self.clock = clock
        self.sink = StoringSink(self.store, clock)
        members = [Member(site=site, program=PEAK, resource=str(site)) for site in SITES]
        self.worker = VenWorker(
            self.ven,
            VenEngine(VEN, [PROGRAM], members),
            store=self.store,
            sink=self.sink,
            clock=clock,
        )
        self.work: asyncio.Task[None]

    async def hear(self, fact: VenFact) -> bool:
        """Bring a fact as the adapter does; whether it was taken."""
        recording = asyncio.create_task(self.worker.record(fact))
        await self.clock.advance(Seconds(0.0))
        try:
            await recording
        except NotStoredError:
            return False
        return True

    def answered(self) -> list[tuple[str, int]]:
        """The events whose answer the VTN may be given now."""
        return [(answer.event, answer.version) for answer in self.worker.owed()[1]]

    async def told(self, site: SiteId) -> list[Fact]:
        """What lies in the log of a site's partition, about the site."""
        partition = partition_of(site)
        entries = (await self.store.read({partition: START}, wait_s=0.0)).get(partition, [])
        facts = [entry.recorded.fact for entry in entries]
        return [fact for fact in facts if getattr(fact, "site", None) == site]

    async def kinds(self, site: SiteId) -> list[str]:
        """The kinds of what a site was told, in order."""
        return [type(fact).__name__ for fact in await self.told(site)]


@asynccontextmanager
async def owning(
    backend: MemoryBackend, clock: VirtualClock, instance: str = "gw-1"
) -> AsyncIterator[Owner]:
    """An owner at work; leaving the block is a kill: nothing is saved and nothing let go."""
    owner = Owner(backend, clock, instance)
    tasks = [asyncio.create_task(owner.sink.run()), asyncio.create_task(owner.worker.run())]
    owner.work = tasks[1]
    await clock.advance(Seconds(0.0))
    try:
        yield owner
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


HEARD = VtnHeard(ven=VEN)
