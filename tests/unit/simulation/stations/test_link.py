"""Stations on real sockets, against a tiny CSMS."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from gridbridge.simulation.spec import (
    Behaviour,
    Node,
    Outage,
    OutageKind,
    Protocol,
    Site,
    Station,
    Visit,
    WorldSpec,
)
from gridbridge.simulation.spec import Car as CarSpec
from gridbridge.simulation.world import World

Json = Any  # what a JSON value may be
ALL = [Protocol.V16, Protocol.V201, Protocol.V21]
StartCsms = Callable[[Protocol], Awaitable[Any]]


def world_of(protocol: Protocol, password: str | None = None, **behaviour: Json) -> World:
    """One station with a car that is there when it boots."""
    station = Station(
        id="CS1",
        protocol=protocol,
        node="main",
        password=password,
        behaviour=Behaviour(**{"settle_s": 0.2, "meter_every_s": 0.2, **behaviour}),
    )
    site = Site(id="s", import_w=50_000, nodes=(Node(name="main"),), stations=(station,))
    visit = Visit(station="CS1", evse=1, car=CarSpec(name="c", battery_kwh=60, soc=0.5))
    return World(WorldSpec(sites=(site,), visits=(visit,)))


@asynccontextmanager
async def alive(world: World, url: str) -> AsyncIterator[World]:
    task = asyncio.create_task(world.run(url))
    world.begin(time.time())
    try:
        yield world
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - a world has no event for all that is waited for
            await asyncio.sleep(0.02)


def maximum(protocol: Protocol, limit: float) -> dict[str, Any]:
    schedule: dict[str, Any] = {
        "chargingRateUnit": "A",
        "startSchedule": "2026-01-01T00:00:00Z",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
    }
    body: dict[str, Any] = {"stackLevel": 0, "chargingProfileKind": "Absolute"}
    if protocol is Protocol.V16:
        body |= {"chargingProfilePurpose": "ChargePointMaxProfile", "chargingProfileId": 1}
        body["chargingSchedule"] = schedule
        return {"connectorId": 0, "csChargingProfiles": body}
    body |= {"chargingProfilePurpose": "ChargingStationMaxProfile", "id": 1}
    body["chargingSchedule"] = [{"id": 1, **schedule}]
    return {"evseId": 0, "chargingProfile": body}


@pytest.mark.parametrize("protocol", ALL)
async def test_frames_fit_the_schemas_and_a_limit_is_obeyed(
    protocol: Protocol, csms: StartCsms
) -> None:
    server = await csms(protocol)
    metered = "MeterValues" if protocol is Protocol.V16 else "TransactionEvent"

    async with alive(world_of(protocol), server.url) as world:
        await server.heard(lambda s: s.count(metered) >= 2)
        before = world.observe().stations[0].evses[0].amps
        answer = await server.ask("SetChargingProfile", maximum(protocol, 10.0))
        await until(lambda: world.observe().stations[0].evses[0].amps == (10.0,) * 3)

    assert before == (32.0,) * 3
    assert answer == [{"status": "Accepted"}]
    assert server.calls[0][0] == "BootNotification"
    assert server.problems == []
    assert world.stations["CS1"].faults == []


async def test_wrong_credentials_keep_a_station_out_and_right_ones_let_it_in(
    csms: StartCsms,
) -> None:
    server = await csms(Protocol.V201)
    server.passwords["CS1"] = "correct-horse-battery"

    async with alive(world_of(Protocol.V201, "wrong"), server.url) as world:
        await until(lambda: server.refused >= 1)
        assert not world.all_ready()
    async with alive(world_of(Protocol.V201, "correct-horse-battery"), server.url) as world:
        await until(world.all_ready)

    assert server.connections == 1


async def test_a_station_that_is_hung_up_on_comes_back_without_booting(csms: StartCsms) -> None:
    server = await csms(Protocol.V21)

    async with alive(world_of(Protocol.V21), server.url) as world:
        await until(world.all_ready)
        await server.hang_up()
        await until(lambda: server.connections == 2)
        await server.heard(lambda s: s.count("StatusNotification") >= 2)

    assert server.count("BootNotification") == 1


async def test_a_half_open_station_says_and_hears_nothing_and_goes_on_charging(
    csms: StartCsms,
) -> None:
    server = await csms(Protocol.V16)
    outage = Outage(at_s=0.5, for_s=0.8, kind=OutageKind.HALF_OPEN)

    async with alive(world_of(Protocol.V16, outages=(outage,)), server.url) as world:
        await server.heard(lambda s: s.count("MeterValues") >= 1)
        await until(lambda: not world.stations["CS1"].outbox.waits("MeterValues", 1))
        await until(lambda: world.stations["CS1"].outbox.waits("MeterValues", 1))
        said = len(server.calls)
        silent = world.observe().stations[0]
        await server.heard(lambda s: len(s.calls) > said + 1)

    assert silent.online
    assert silent.evses[0].watts > 20_000
    assert server.connections == 1


@pytest.mark.parametrize("kind", [OutageKind.OFFLINE, OutageKind.REBOOT])
async def test_a_station_that_goes_away_comes_back(kind: OutageKind, csms: StartCsms) -> None:
    server = await csms(Protocol.V16)
    outage = Outage(at_s=0.6, for_s=0.3, kind=kind)
    world = world_of(Protocol.V16, outages=(outage,), forgets_on_reconnect=True)

    async with alive(world, server.url):
        await until(world.all_ready)
        await server.ask("SetChargingProfile", maximum(Protocol.V16, 10.0))
        await until(lambda: server.connections == 2)
        await until(lambda: world.observe().stations[0].evses[0].amps == (32.0,) * 3)

    assert server.count("BootNotification") == (2 if kind is OutageKind.REBOOT else 1)


async def test_a_reset_is_answered_and_then_carried_out(csms: StartCsms) -> None:
    server = await csms(Protocol.V201)

    async with alive(world_of(Protocol.V201), server.url) as world:
        await until(world.all_ready)
        answer = await server.ask("Reset", {"type": "Immediate"})
        await server.heard(lambda s: s.count("BootNotification") == 2)

    assert answer == [{"status": "Accepted"}]
