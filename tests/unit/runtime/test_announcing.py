"""The log tells of each alarm and each answer once, by stable names."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from structlog.testing import capture_logs

from gridbridge.domain.commands import Outcome
from gridbridge.domain.events import Distribution, Event, EventStatus, Interval, Signal, SignalKind
from gridbridge.domain.facts import (
    Distributed,
    Metered,
    ProfileAnswered,
    Reading,
    SiteFact,
    StationConnected,
)
from gridbridge.domain.ids import EventId, StationId, VenName
from gridbridge.domain.partitions import partition_of
from gridbridge.domain.slots import Slot
from gridbridge.domain.units import Instant, Seconds, Watts
from gridbridge.engine.ven.engine import VenEngine
from gridbridge.runtime.delivery import Delivery
from gridbridge.runtime.sink import StoringSink
from gridbridge.runtime.sites import SitesWorker
from gridbridge.runtime.vens import VenWorker
from gridbridge.testing import MemoryBackend, MemoryStore, RecordingFleet, VirtualClock
from tests.unit.engine.site.sites import PEAK, SITE, VEN, depot, peak

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from gridbridge.ports.grid import VenSink

STATION = StationId("CP-1")
P = partition_of(SITE)
SOON = Seconds(2.5)
"""Longer than a view stays unshown, shorter than a lease."""


@asynccontextmanager
async def running(*works: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
        ended = [task.exception() for task in tasks if task.done()]
        assert not ended, ended
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class World:
    """One site served from a store in memory."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.store = MemoryStore(MemoryBackend(self.clock))
        self.sink = StoringSink(self.store, self.clock)
        self.worker = SitesWorker(
            [depot(stations=1)],
            {PEAK: peak()},
            config="c",
            store=self.store,
            sink=self.sink,
            delivery=Delivery(RecordingFleet(), self.store, {STATION: SITE}, self.clock),
            clock=self.clock,
        )

    async def pass_time(self) -> None:
        """Let time pass for a read, a decision and a view, as the owner of the site."""
        fence = await self.store.acquire(P)
        assert fence is not None
        self.worker.own({P: fence})
        await self.clock.advance(SOON)

    async def happened(self, fact: SiteFact) -> None:
        stored = asyncio.create_task(self.sink.record(fact))
        await self.pass_time()
        await stored

    async def connect(self, epoch: int) -> None:
        await self.happened(
            StationConnected(site=SITE, station=STATION, epoch=epoch, protocol="ocpp1.6")
        )

    async def refuse(self, epoch: int) -> None:
        """The station refuses the newest schedule it was told."""
        desired = (await self.store.desired(SITE))[STATION]
        await self.happened(
            ProfileAnswered(
                site=SITE,
                station=STATION,
                epoch=epoch,
                evse=1,
                slot=Slot.PLAN,
                version=desired.version,
                outcome=Outcome.REFUSED,
                sent=self.clock.now(),
            )
        )

    async def meter(self, epoch: int) -> None:
        reading = Reading(
            station=STATION, epoch=epoch, evse=1, taken=self.clock.now(), power=Watts(100.0)
        )
        await self.happened(Metered(site=SITE, readings=(reading,)))


def named(logs: list[Any], *events: str) -> list[dict[str, Any]]:
    return [dict(each) for each in logs if each["event"] in events]


async def test_an_alarm_is_told_once_when_it_comes_and_once_when_it_goes() -> None:
    world = World()
    with capture_logs() as logs:
        async with running(world.sink.run(), world.worker.run()):
            await world.connect(1)
            await world.refuse(1)
            # Shown again and again while it stands.
            await world.meter(1)
            await world.meter(1)
            await world.connect(2)
            await world.meter(2)

    refused = {
        "site": SITE,
        "name": "profile_refused",
        "subject": "CP-1/1",
        "detail": "counted at its worst",
    }
    assert named(logs, "alarm_raised", "alarm_cleared") == [
        {"event": "alarm_raised", "log_level": "warning", **refused},
        {"event": "alarm_cleared", "log_level": "info", **refused},
    ]


def event(*, version: int = 0) -> Event:
    start = Instant(1_800_000_600.0)
    end = Instant(start + 600.0)
    signal = Signal(kind=SignalKind.SIMPLE, intervals=(Interval(start=start, end=end, value=2.0),))
    return Event(
        id=EventId("e"),
        version=version,
        status=EventStatus.STANDING,
        market="m",
        created=start,
        start=start,
        end=end,
        signals=(signal,),
    )


class Hearing:
    """A `Ven` whose VTN says these things one after the other, and then nothing."""

    def __init__(self, *said: Distribution) -> None:
        self.name: VenName = VEN
        self._said = said

    async def run(self, sink: VenSink) -> None:
        """Hand over what the VTN says."""
        for each in self._said:
            await sink.record(Distributed(ven=VEN, distribution=each))
        await asyncio.Event().wait()

    def wake(self) -> None:
        """Nothing to send."""


async def test_each_version_of_an_event_is_told_once_with_its_answer() -> None:
    clock = VirtualClock()
    store = MemoryStore(MemoryBackend(clock))
    sink = StoringSink(store, clock)
    first = Distribution(request="r", events=(event(),))
    refused = replace(event(version=1), market="elsewhere")
    ven = Hearing(first, first, Distribution(request="s", events=(refused,)))
    worker = VenWorker(ven, VenEngine(VEN, [peak()], ()), store=store, sink=sink, clock=clock)
    with capture_logs() as logs:
        async with running(sink.run(), worker.run()):
            await clock.advance(SOON)
        # Whoever owns the VEN next answers nothing anew.
        again = VenWorker(
            Hearing(first), VenEngine(VEN, [peak()], ()), store=store, sink=sink, clock=clock
        )
        async with running(again.run()):
            await clock.advance(SOON)

    assert named(logs, "event_answered") == [
        {
            "event": "event_answered",
            "log_level": "info",
            "ven": VEN,
            "event_id": "e",
            "version": 0,
            "opt": "opt_in",
            "why": "default of peak",
        },
        {
            "event": "event_answered",
            "log_level": "info",
            "ven": VEN,
            "event_id": "e",
            "version": 1,
            "opt": "opt_out",
            "why": "no program takes events of 'elsewhere'",
        },
    ]
