"""One gateway's owner of one site, by itself and on a store in memory in virtual time.

The site has two stations of 32 A on a connection of 48 A, and a meter for what else it draws.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from gridbridge.domain.commands import Outcome
from gridbridge.domain.decisions import Decided
from gridbridge.domain.facts import (
    EvseStatusChanged,
    ProfileAnswered,
    Reading,
    StationConnected,
)
from gridbridge.domain.ids import EvseRef, SiteId, StationId
from gridbridge.domain.partitions import partition_of
from gridbridge.domain.site import Circuit, Evse, Kind, Mode, Site, SiteMeter, Station, Wiring
from gridbridge.domain.slots import Slot
from gridbridge.domain.units import Amperes, Instant, Seconds, Watts
from gridbridge.engine.site.engine import SiteEngine
from gridbridge.ports.store import StoreDownError, StoreRefusedError
from gridbridge.runtime.delivery import Delivery
from gridbridge.runtime.sink import StoringSink
from gridbridge.runtime.sites import SitesWorker
from gridbridge.testing import MemoryBackend, MemoryStore, RecordingFleet, VirtualClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from gridbridge.domain.commands import StationDesired
    from gridbridge.domain.facts import Recorded
    from gridbridge.ports.clock import Clock
    from gridbridge.ports.store import Entry, Snapshot, Store

SITE = SiteId("depot")
P = partition_of(SITE)
A, B = StationId("CP-A"), StationId("CP-B")
STATIONS = (A, B)
SETTLE = Seconds(5.0)


def site(name: SiteId = SITE, stations: Sequence[StationId] = STATIONS) -> Site:
    """Two stations that may draw 48 A between them, less what the meter shows beside."""
    return Site(
        id=name,
        mode=Mode.CONTROL,
        timezone="UTC",
        voltage=400.0,
        import_w=Watts(33_000.0),
        export_w=Watts(0.0),
        circuits=(
            Circuit(name="main", parent=None, limit_amps=(Amperes(48.0),) * 3, source="breaker"),
        ),
        stations=tuple(_station(station) for station in stations),
        meter=SiteMeter(station=stations[0], stale=Seconds(3600.0), reserve_w=Watts(0.0)),
    )


def _station(name: StationId) -> Station:
    evse = Evse(
        ref=EvseRef(name, 1),
        kind=Kind.AC,
        wiring=Wiring(wires=(0, 1, 2)),
        max_amps=Amperes(32.0),
        min_amps=Amperes(6.0),
    )
    return Station(id=name, circuit="main", evses=(evse,), settle=SETTLE)


class FlakyStore(MemoryStore):
    """A store of which single calls fail, while the others work."""

    failing: frozenset[str] = frozenset()
    """Calls, or a call and a site."""
    refusing: frozenset[str] = frozenset()
    """Likewise, while the store itself is well."""
    hanging = False
    """Decisions are never answered."""
    step = 1000
    slow = Seconds(0.0)
    """A read brings no more entries than that, and takes so long."""

    def __init__(self, backend: MemoryBackend, instance: str) -> None:
        super().__init__(backend, instance)
        self.served: list[int] = []
        """How many entries each read brought."""

    async def read(
        self, after: Mapping[int, str], *, wait_s: float, limit: int = 1000
    ) -> dict[int, list[Entry]]:
        """As the store does it."""
        await self._backend.clock.sleep(self.slow)
        found = await super().read(after, wait_s=wait_s, limit=min(limit, self.step))
        self.served.append(sum(map(len, found.values())))
        return found

    async def decide(
        self,
        partition: int,
        *,
        fence: int,
        decision: Recorded,
        desired: Sequence[StationDesired],
        view: bytes | None = None,
    ) -> str:
        """As the store does it."""
        if self.hanging:
            await asyncio.Event().wait()
        self._fail("decide")
        if isinstance(decision.fact, Decided):
            self._fail(f"decide {decision.fact.site}")
        return await super().decide(
            partition, fence=fence, decision=decision, desired=desired, view=view
        )

    async def snapshot(self, site: SiteId) -> Snapshot | None:
        """As the store does it."""
        self._fail("snapshot")
        self._fail(f"snapshot {site}")
        return await super().snapshot(site)

    async def desired(self, site: SiteId) -> dict[StationId, StationDesired]:
        """As the store does it."""
        self._fail(f"desired {site}")
        return await super().desired(site)

    async def save(self, site: SiteId, *, fence: int, snapshot: Snapshot) -> None:
        """As the store does it."""
        self._fail(f"save {site}")
        await super().save(site, fence=fence, snapshot=snapshot)

    async def view(self, site: SiteId) -> bytes | None:
        """As the store does it."""
        self._fail(f"view {site}")
        return await super().view(site)

    async def show(self, site: SiteId, *, fence: int, view: bytes) -> None:
        """As the store does it."""
        self._fail(f"show {site}")
        await super().show(site, fence=fence, view=view)

    def _fail(self, call: str) -> None:
        if call in self.failing:
            raise StoreDownError(call)
        if call in self.refusing:
            raise StoreRefusedError(call)


class Owner:
    """The worker of the site (and of its neighbours in the same partition), and all around it."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        neighbours: Sequence[Site] = (),
        engine: type[SiteEngine] = SiteEngine,
    ) -> None:
        self.site = SITE
        sites = [site(), *neighbours]
        site_of = {station.id: each.id for each in sites for station in each.stations}
        self.store = store
        self.clock = clock
        self.fleet = RecordingFleet(site_of)
        self.site_of = site_of
        self.sink = StoringSink(store, clock)
        self.delivery = Delivery(self.fleet, store, site_of, clock)
        self.worker = SitesWorker(
            sites,
            {},
            config="c",
            store=store,
            sink=self.sink,
            delivery=self.delivery,
            clock=clock,
            engine=engine,
        )
        self.answered: dict[StationId, int] = {}

    async def own(self) -> None:
        """Take the lease, as the beat does."""
        fence = await self.store.acquire(P)
        self.worker.own({} if fence is None else {P: fence})

    async def connect(self) -> None:
        """All stations connect and have cars."""
        for station, of in self.site_of.items():
            await self.sink.record(
                StationConnected(site=of, station=station, epoch=1, protocol="ocpp1.6")
            )
            await self.sink.record(self.plugged(station))

    def plugged(self, station: StationId) -> EvseStatusChanged:
        """A car is there."""
        of = self.site_of[station]
        return EvseStatusChanged(
            site=of, station=station, epoch=1, evse=1, occupied=True, status="Charging"
        )

    async def answer(self) -> None:
        """Every station says yes to the newest it was told."""
        for station, desired in self.fleet.newest.items():
            if self.answered.get(station, 0) >= desired.version:
                continue
            self.answered[station] = desired.version
            for slot in (Slot.STANDING, Slot.PLAN):
                await self.sink.record(
                    ProfileAnswered(
                        site=desired.site,
                        station=station,
                        epoch=1,
                        evse=1,
                        slot=slot,
                        version=desired.version,
                        outcome=Outcome.ACCEPTED,
                        sent=self.clock.now(),
                    )
                )

    def site_draws(self, watts: float, meter: StationId = A) -> None:
        """The meter of that station's site shows so much, none of it by the stations."""
        self.sink.meter(
            self.site_of[meter],
            Reading(station=meter, epoch=1, evse=0, taken=self.clock.now(), power=Watts(watts)),
        )

    def told(self, station: StationId) -> float:
        """What a station was told last for a minute from now, in amperes."""
        schedule = self.fleet.newest[station].evses[0].schedule
        assert schedule is not None
        period = schedule.at(Instant(self.clock.now() + 60.0))
        assert period is not None
        return period.limit


class Bench(Owner):
    """The same on a store in memory and in virtual time."""

    store: FlakyStore
    clock: VirtualClock
    serving: asyncio.Task[None]
    """The worker at work."""

    def __init__(
        self,
        backend: MemoryBackend,
        clock: VirtualClock,
        instance: str,
        *,
        neighbours: Sequence[Site] = (),
        engine: type[SiteEngine] = SiteEngine,
    ) -> None:
        store = FlakyStore(backend, instance)
        super().__init__(store, clock, neighbours=neighbours, engine=engine)
        self.backend = backend

    async def settle(self) -> None:
        """All stations say yes to all they are told, and follow."""
        for _ in range(6):
            await self.clock.advance(Seconds(1.0))
            await self.answer()
            await self.clock.advance(Seconds(10.0))


@asynccontextmanager
async def bench(
    *, neighbours: Sequence[Site] = (), engine: type[SiteEngine] = SiteEngine
) -> AsyncIterator[Bench]:
    """A worker that owns the site and runs, with all stations connected and obeying."""
    clock = VirtualClock()
    each = Bench(MemoryBackend(clock), clock, "gw-1", neighbours=neighbours, engine=engine)
    tasks = [asyncio.create_task(each.sink.run()), asyncio.create_task(each.worker.run())]
    each.serving = tasks[1]
    try:
        await each.own()
        await each.connect()
        await each.settle()
        yield each
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
