"""Stations that say yes and do not obey, that say no, or that never say anything."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from tests.e2e.depot import CONNECTION, LEVEL_W, Depot, limit_of
from tests.e2e.drawing import living
from tests.e2e.judge import NOISE, Judge
from tests.e2e.outside import (
    PATIENCE_S,
    eventually,
    fetched,
    gateway,
    replayed,
    until,
    utility,
)
from tests.e2e.scenes import scene

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.e2e.drawing import Station

pytestmark = pytest.mark.timeout(180)


async def alarms(http: int) -> set[str]:
    """``NAME SUBJECT`` of each alarm that the API shows."""
    (site,) = await fetched(http, "/api/v1/sites")
    return {f"{alarm['name']} {alarm['subject']}" for alarm in site["alarms"]}


async def raised(http: int, alarm: str) -> float:
    """When an alarm stands."""
    deadline = time.monotonic() + PATIENCE_S
    while alarm not in (found := await alarms(http)):
        assert time.monotonic() < deadline, f"{found} instead of {alarm}"
        await asyncio.sleep(0.2)
    return time.time()


async def cleared(http: int, alarm: str) -> None:
    """Return once an alarm no longer stands."""
    deadline = time.monotonic() + PATIENCE_S
    while alarm in await alarms(http):
        assert time.monotonic() < deadline, f"{alarm} still stands"
        await asyncio.sleep(0.2)


async def explained(http: int, station: str) -> str:
    """What `gridbridge explain` prints."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "gridbridge", "explain", station, "--url", f"http://127.0.0.1:{http}"),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "NO_COLOR": "1"},
    )
    printed, _ = await child.communicate()
    assert child.returncode == 0
    return printed.decode()


def drawn(stations: Sequence[Station]) -> float:
    """What these draw now, in watts."""
    now = time.time()
    return sum(station.watts(now) for station in stations)


@scene
async def test_who_accepts_and_draws_on_is_found_and_the_others_make_room(
    tmp_path: Path,
) -> None:
    depot = Depot(tmp_path, stations=3)
    liar, *others = depot.stations
    path, http = depot.config()
    judge = Judge(stations=depot.stations)
    async with AsyncExitStack() as stack:
        vtn = await stack.enter_async_context(utility(depot.vtn))
        process = await stack.enter_async_context(gateway(path))
        await stack.enter_async_context(living(*depot.stations))
        await depot.settled(http)
        await stack.enter_async_context(judge.watching())
        # 30 kW are 13.1 A for each of three; 20 A and twice 13.1 A are too much.
        liar.manners.obeys = False
        await liar.plug_in(wants_a=20.0)
        for station in others:
            await station.plug_in()
        await eventually(lambda: drawn(depot.stations) > LEVEL_W[1], "charging above the event")

        vtn.do("event", id="peak", in_s=0, for_s=600, level=1)
        (told,) = await vtn.sees("told")
        limit = limit_of(told)
        found = await raised(http, "draws_above_limit CP-0/1")
        await eventually(lambda: drawn(depot.stations) <= LEVEL_W[1] * NOISE, "the others' cuts")
        back = time.time()
        metrics = await fetched(http, "/metrics")
        why = await explained(http, liar.name)
        # From here on it counts; 2 s of it are enough, since nothing moves any more.
        await until(limit.start + 2.0)
        counted = judge.within(limit)
        liar.manners.obeys = True
        await cleared(http, "draws_above_limit CP-0/1")
        await eventually(lambda: len(process.told("draws_above_limit")) > 1, "a word in the log")
        logged = [json.loads(line) for line in process.told("draws_above_limit")]

        seen, within = found - told["at"], back - told["at"]
        print(f"alarm after {seen:.1f} s, within the limit after {within:.1f} s")  # noqa: T201 - figures
        assert 'gridbridge_alarms{alarm="draws_above_limit",site="depot"} 1.0' in metrics
        assert "metered 20.0 A" in why
        assert [each["event"] for each in logged] == ["alarm_raised", "alarm_cleared"]
        assert judge.exceeded(CONNECTION) == []
        assert max(counted) <= limit.watts * NOISE
        # The others give way by what is missing and no further.
        assert min(counted) > limit.watts * 0.8
        assert "the same to the last byte" in await replayed(path, "depot")


def refusing(station: Station) -> None:
    """It answers Rejected from now on."""
    station.manners.answer = lambda _profile: "Rejected"


def deaf(station: Station) -> None:
    """It takes nothing and says nothing from now on."""
    refusing(station)
    station.manners.mute = True


@pytest.mark.parametrize(
    ("stops", "shown", "alarm"),
    [
        pytest.param(refusing, "refused", "profile_refused", id="refuses"),
        pytest.param(
            deaf, "answer", "profile_unanswered", id="never answers", marks=pytest.mark.slow
        ),
    ],
)
@scene
async def test_who_takes_no_cut_counts_at_what_it_held(
    tmp_path: Path, stops: Callable[[Station], None], shown: str, alarm: str
) -> None:
    depot = Depot(tmp_path, stations=3)
    stubborn, *others = depot.stations
    path, http = depot.config()
    judge = Judge(stations=depot.stations)
    async with AsyncExitStack() as stack:
        vtn = await stack.enter_async_context(utility(depot.vtn))
        await stack.enter_async_context(gateway(path))
        await stack.enter_async_context(living(*depot.stations))
        await depot.settled(http)
        await stack.enter_async_context(judge.watching())
        # 17.4 A for each of three; of the 19.6 A of 15 kW that leaves no car its 6 A.
        for station in depot.stations:
            await station.plug_in()
        await eventually(lambda: 17.0 < stubborn.allows(time.time()) < 17.6, "its share")
        await depot.settled(http)

        stops(stubborn)
        vtn.do("event", id="peak", in_s=0, for_s=600, level=2)
        (told,) = await vtn.sees("told")
        limit = limit_of(told)
        await until(limit.start + 2.0)
        why = await explained(http, stubborn.name)

        assert shown in why
        assert drawn([stubborn]) > 11_000.0
        assert drawn(others) == 0.0
        assert max(judge.within(limit)) <= limit.watts * NOISE
        assert await alarms(http) == {f"{alarm} CP-0/1"}
        assert "the same to the last byte" in await replayed(path, "depot")
