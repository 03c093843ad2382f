"""The gateway as a process, judged from outside: a foreign VTN, foreign stations, kill -9."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from tests.e2e.depot import LEVEL_W, Depot
from tests.e2e.drawing import living
from tests.e2e.outside import eventually, fetched, gateway, utility

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(180)


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
        await eventually(lambda: depot.allowed_w(middle) <= LEVEL_W[2], "the event's profiles")
        await depot.settled(http)

        # 15 kW over three three-phase cars at the highest voltage: 6.5 A each at most.
        assert opted["opt"] == "optIn"
        assert all(6.0 <= station.allows(middle) <= 6.6 for station in depot.stations)
        assert "hardware" in str(await fetched(http, "/api/v1/stations/CP-0/explain"))


async def test_after_kill_9_nothing_that_holds_is_sent_and_no_answer_repeated(
    tmp_path: Path,
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
        middle = time.time() + 900.0
        vtn.do("event", id="peak", in_s=600, for_s=600, level=2)
        await vtn.sees("opt")
        await eventually(lambda: depot.allowed_w(middle) <= LEVEL_W[2], "the event's profiles")
        before = await depot.settled(http)
        held = [dict(station.held) for station in depot.stations]
        first.kill()
        await first.ended()
        killed = time.time()

        await stack.enter_async_context(gateway(path))
        after = await depot.settled(http)
        # Long enough for a poll, a synchronisation and a sweep of what is desired.
        await asyncio.sleep(3.0)

        assert after == before
        assert [dict(station.held) for station in depot.stations] == held
        sent = [each for s in depot.stations for each in s.received if each.at > killed]
        assert [each for each in sent if each.known] == []
        assert len(vtn.saw("opt")) == 1
