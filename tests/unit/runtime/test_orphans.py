"""Stations whose gateway was killed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from gridbridge.domain.facts import SiteFact, StationDisconnected
from gridbridge.domain.ids import SiteId, StationId
from gridbridge.domain.units import Seconds
from gridbridge.ports.facts import NotStoredError
from gridbridge.runtime.orphans import Held, Orphans
from gridbridge.testing import MemoryBackend, MemoryStore, RecordingFleet, VirtualClock

SITE, STATION = SiteId("depot"), StationId("CP-1")


@dataclass
class Sink:
    """Keeps what it is told."""

    recorded: list[SiteFact] = field(default_factory=list)
    down: bool = False

    async def record(self, fact: SiteFact) -> None:
        if self.down:
            raise NotStoredError("away")
        self.recorded.append(fact)

    def meter(self, *_of: object) -> None:
        """Nobody meters here."""


class Leaving(MemoryStore):
    """A store whose stations leave while it is asked who holds them."""

    def __init__(self, backend: MemoryBackend, fleet: RecordingFleet) -> None:
        super().__init__(backend)
        self.fleet = fleet

    async def holder(self, station: StationId) -> tuple[str, int] | None:
        self.fleet.disconnect(station)
        return await super().holder(station)


class Scene:
    """Two instances on one store; the station's socket is held by the other one."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        backend = MemoryBackend(self.clock)
        self.ours = MemoryStore(backend, instance="ours")
        self.other = MemoryStore(backend, instance="other")
        self.alive = {"ours", "other"}
        self.fleet = RecordingFleet()
        self.sink = Sink()
        self.open: list[Held] = []
        self.hung_up: list[StationId] = []
        self.orphans = self.of(self.ours, self.fleet, owning=True)

    def of(self, store: MemoryStore, fleet: RecordingFleet, *, owning: bool = False) -> Orphans:
        """Of the instance that owns the site, or of one that has sockets alone."""
        return Orphans(
            held=lambda: self.open if owning else [],
            alive=lambda: self.alive,
            fleet=fleet,
            hang_up=self.hung_up.extend,
            sockets=store,
            instance=store.instance,
            sink=self.sink,
            clock=self.clock,
        )

    async def connect(self, store: MemoryStore) -> None:
        epoch = await store.claim(STATION)
        self.open = [Held(site=SITE, station=STATION, epoch=epoch)]

    async def run(self, seconds: int, *others: Orphans) -> None:
        tasks = [asyncio.create_task(each.run()) for each in (self.orphans, *others)]
        for _ in range(seconds):
            await self.clock.advance(Seconds(1.0))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def scene() -> Scene:
    return Scene()


async def test_a_station_of_a_gateway_that_is_gone_is_said_to_be_gone(scene: Scene) -> None:
    await scene.connect(scene.other)
    await scene.run(30)
    assert scene.sink.recorded == []

    scene.alive.discard("other")
    await scene.run(20)

    (epoch,) = (held.epoch for held in scene.open)
    assert scene.sink.recorded[0] == StationDisconnected(
        site=SITE, station=STATION, epoch=epoch, reason="its gateway is gone"
    )


async def test_a_gateway_that_was_only_slow_keeps_its_stations(scene: Scene) -> None:
    await scene.connect(scene.other)
    for _ in range(5):
        scene.alive.discard("other")
        await scene.run(7)
        scene.alive.add("other")
        await scene.run(6)

    assert scene.sink.recorded == []


async def test_nobody_is_gone_because_the_store_was(scene: Scene) -> None:
    await scene.connect(scene.other)
    scene.alive.discard("other")
    scene.sink.down = True
    await scene.run(17)
    scene.sink.down = False
    await scene.run(8)

    assert scene.sink.recorded == []


async def test_a_station_that_dialled_again_is_left_alone(scene: Scene) -> None:
    await scene.connect(scene.other)
    scene.alive.discard("other")
    await scene.ours.claim(STATION)
    await scene.run(60)

    assert scene.sink.recorded == []


async def test_a_socket_held_here_is_never_another_s_to_judge(scene: Scene) -> None:
    await scene.connect(scene.ours)
    scene.fleet.connect(STATION)
    await scene.run(60)

    assert scene.sink.recorded == []


async def test_a_station_that_is_there_after_all_dials_again(scene: Scene) -> None:
    """Its gateway lost only the store for a while, or was frozen."""
    await scene.connect(scene.other)
    theirs = scene.of(scene.other, RecordingFleet([STATION]))
    scene.alive.discard("other")
    scene.other.down = True
    await scene.run(25, theirs)
    assert scene.hung_up == []

    scene.other.down = False
    await scene.run(15, theirs)

    assert scene.sink.recorded != []
    assert scene.hung_up == [STATION]


async def test_nobody_dials_again_because_the_store_was_away(scene: Scene) -> None:
    await scene.connect(scene.other)
    theirs = scene.of(scene.other, RecordingFleet([STATION]))
    scene.ours.down = scene.other.down = True
    await scene.run(60, theirs)
    scene.ours.down = scene.other.down = False
    await scene.run(60, theirs)

    assert scene.hung_up == []
    assert scene.sink.recorded == []


async def test_a_station_that_is_gone_meanwhile_is_not_asked_to_dial(scene: Scene) -> None:
    fleet = RecordingFleet([STATION])
    leaving = Leaving(MemoryBackend(scene.clock), fleet)
    await scene.of(leaving, fleet).check()

    assert scene.hung_up == []
