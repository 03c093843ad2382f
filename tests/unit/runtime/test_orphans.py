"""Stations whose gateway was killed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from gridbridge.domain.facts import SiteFact, StationDisconnected
from gridbridge.domain.ids import SiteId, StationId
from gridbridge.domain.units import Instant, Seconds
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


class Freezing(VirtualClock):
    """A clock of a process that is stopped while it sleeps, and goes on so much later."""

    frozen_s = 0.0

    async def sleep(self, duration: Seconds) -> None:
        await super().sleep(duration)
        self._now = Instant(self._now + self.frozen_s)


class Scene:
    """Two instances on one store; the station's socket is held by the other one."""

    def __init__(self) -> None:
        self.clock = Freezing()
        backend = MemoryBackend(self.clock)
        self.ours = MemoryStore(backend, instance="ours")
        self.other = MemoryStore(backend, instance="other")
        self.alive = {"ours", "other"}
        self.fleet = RecordingFleet()
        self.sink = Sink()
        self.open: list[Held] = []
        self.hung_up = 0
        self.orphans = Orphans(
            held=lambda: self.open,
            alive=lambda: self.alive,
            fleet=self.fleet,
            hang_up=self._hang_up,
            sockets=self.ours,
            instance="ours",
            sink=self.sink,
            clock=self.clock,
        )

    def _hang_up(self) -> None:
        self.hung_up += 1

    async def connect(self, store: MemoryStore) -> None:
        epoch = await store.claim(STATION)
        self.open = [Held(site=SITE, station=STATION, epoch=epoch)]

    async def run(self, seconds: int) -> None:
        task = asyncio.create_task(self.orphans.run())
        for _ in range(seconds):
            await self.clock.advance(Seconds(1.0))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


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


async def test_who_was_frozen_has_its_stations_dial_again(scene: Scene) -> None:
    await scene.run(60)
    assert scene.hung_up == 0

    scene.clock.frozen_s = 6.0
    await scene.run(6)

    assert scene.hung_up == 1
