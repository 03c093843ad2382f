"""The gateway as a process, judged from outside: a foreign VTN, foreign stations, kill -9."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.e2e.depot import LEVEL_W, Depot
from tests.e2e.drawing import living
from tests.e2e.outside import (
    PATIENCE_S,
    Process,
    Utility,
    eventually,
    fetched,
    gateway,
    replayed,
    until,
    utility,
)
from tests.e2e.scenes import scene

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

pytestmark = pytest.mark.timeout(180)


@scene
async def test_an_event_reaches_stations_of_every_version_and_is_answered(tmp_path: Path) -> None:
    depot = Depot(tmp_path, stations=3)
    path, http = depot.config()
    async with AsyncExitStack() as stack:
        vtn = await stack.enter_async_context(utility(depot.vtn))
        await stack.enter_async_context(gateway(path))
        await stack.enter_async_context(living(*depot.stations))
        await depot.settled(http)
        for station in depot.stations:
            await station.plug_in()
        middle = time.time() + 900.0

        vtn.do("event", id="peak", in_s=600, for_s=600, level=2)
        (opted,) = await vtn.sees("opt")
        # 15 kW over three three-phase cars at the highest voltage: 6.5 A each at most. Where the
        # event came before a car, that one's raise comes a while after the cuts.
        await eventually(
            lambda: all(6.0 <= station.allows(middle) <= 6.6 for station in depot.stations),
            "the fair share of the event",
        )

        assert opted["opt"] == "optIn"
        assert depot.allowed_w(middle) <= LEVEL_W[2]
        assert "hardware" in str(await fetched(http, "/api/v1/stations/CP-0/explain"))
        assert "the same to the last byte" in await replayed(path, "depot")


@dataclass(kw_only=True)
class Scene:
    """A gateway with three cars, about to be killed."""

    depot: Depot
    vtn: Utility
    process: Process
    http: int

    def begin(self, *, in_s: float, for_s: float = 600.0) -> float:
        """Ask for 15 kW; a moment at which that will hold."""
        self.vtn.do("event", id="peak", in_s=in_s, for_s=for_s, level=2)
        return time.time() + in_s + for_s / 2

    async def answered(self) -> None:
        """Return once the VTN has the answer, and the gateway went on to its next polls."""
        await self.vtn.sees("opt")
        await self.vtn.sees("polled", times=len(self.vtn.saw("polled")) + 2)

    async def cut(self, at: float) -> None:
        """Return once every station holds what the event asks of it at a moment."""
        await eventually(lambda: self.depot.allowed_w(at) <= LEVEL_W[2], "the event's profiles")
        await self.depot.settled(self.http)


async def before_the_event(scene: Scene) -> None:
    at = scene.begin(in_s=600)
    await scene.answered()
    await scene.cut(at)


async def before_the_answer(scene: Scene) -> None:
    scene.vtn.do("lose_answers", lost=True)
    at = scene.begin(in_s=600)
    await scene.vtn.sees("answer_lost")
    await scene.cut(at)


async def in_mid_fan_out(scene: Scene) -> None:
    first, *others = scene.depot.stations
    for station in others:
        station.manners.answers_after_s = PATIENCE_S
    at = scene.begin(in_s=600)
    await scene.answered()
    await eventually(lambda: first.allows(at) < 7.0, "the first station's profile")
    await scene.depot.settled(scene.http, stations=[first.name])
    assert all(station.allows(at) > 7.0 for station in others)


async def while_it_is_active(scene: Scene) -> None:
    at = scene.begin(in_s=0)
    await scene.answered()
    await scene.cut(at)
    await scene.cut(time.time())


async def during_its_release(scene: Scene) -> None:
    for_s = 20.0
    began = time.time()
    scene.begin(in_s=0, for_s=for_s)
    await scene.answered()
    await scene.cut(time.time())
    # A raise comes late by the skew of 10 s.
    await until(began + for_s + 15.0)
    await scene.depot.settled(scene.http)


@pytest.mark.parametrize(
    "point",
    [
        pytest.param(before_the_event, id="before the event"),
        pytest.param(in_mid_fan_out, id="in mid fan-out"),
        pytest.param(before_the_answer, id="before the answer", marks=pytest.mark.slow),
        pytest.param(while_it_is_active, id="while it is active", marks=pytest.mark.slow),
        pytest.param(during_its_release, id="during its release", marks=pytest.mark.slow),
    ],
)
@scene
async def test_after_kill_9_nothing_that_holds_is_sent_and_no_answer_repeated(
    tmp_path: Path, point: Callable[[Scene], Awaitable[None]]
) -> None:
    depot = Depot(tmp_path, stations=3)
    path, http = depot.config()
    async with AsyncExitStack() as stack:
        vtn = await stack.enter_async_context(utility(depot.vtn))
        first = await stack.enter_async_context(gateway(path))
        await stack.enter_async_context(living(*depot.stations))
        await depot.settled(http)
        for station in depot.stations:
            await station.plug_in()
        await eventually(lambda: 0 < depot.allowed_w(time.time()) <= 40_000.0, "shares")
        await depot.settled(http)
        await point(Scene(depot=depot, vtn=vtn, process=first, http=http))
        (told,) = {(each["start"], each["end"]) for each in vtn.saw("told")}
        middle = sum(told) / 2
        held = {station.name: station.allows(middle) for station in depot.stations}
        first.kill()
        await first.ended()
        killed = time.time()
        for station in depot.stations:
            station.manners.answers_after_s = 0.0
        vtn.do("lose_answers", lost=False)

        await stack.enter_async_context(gateway(path))
        await vtn.sees("opt")
        await eventually(lambda: depot.allowed_w(middle) <= LEVEL_W[2], "the event's profiles")
        await depot.settled(http)
        # Long enough for a poll, a synchronisation and a sweep of what is desired.
        await asyncio.sleep(3.0)

        sent = [each for s in depot.stations for each in s.received if each.at > killed]
        assert [each for each in sent if each.known] == []
        # In mid fan-out the first had said yes and been heard, the others never took theirs.
        done = depot.stations[:1] if point is in_mid_fan_out else depot.stations
        # A raise that was due may come; a cut has no reason.
        assert all(station.allows(middle) >= held[station.name] for station in done)
        assert 0 < depot.allowed_w(middle) <= LEVEL_W[2]
        # Five minutes into the release of ten, half of what was cut is given back.
        assert LEVEL_W[2] < depot.allowed_w(told[1] + 300.0) < 40_000.0
        assert [(each["version"], each["opt"]) for each in vtn.saw("opt")] == [(0, "optIn")]
        # By the log alone, across both lives of the gateway.
        assert "the same to the last byte" in await replayed(path, "depot")


@pytest.mark.slow
@scene
async def test_a_station_that_does_not_come_back_after_kill_9_counts_as_silent(
    tmp_path: Path,
) -> None:
    depot = Depot(tmp_path, stations=3)
    gone, *others = depot.stations
    path, http = depot.config()
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(gateway(path))
        await stack.enter_async_context(living(*others))
        async with living(gone):
            await depot.settled(http)
            first.kill()
            await first.ended()
        process = await stack.enter_async_context(gateway(path))

        await process.said('"station_orphaned"')
        deadline = time.monotonic() + PATIENCE_S
        wanted = {gone.name: False, **{each.name: True for each in others}}
        while True:
            stations = await fetched(http, "/api/v1/stations")
            connected = {each["station"]: each["connected"] for each in stations}
            if connected == wanted:
                break
            assert time.monotonic() < deadline, f"{connected} instead of {wanted}"
            await asyncio.sleep(0.2)
