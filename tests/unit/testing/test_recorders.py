"""The fakes that write down what they are asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gridbridge.domain.facts import Reading, VtnBack
from gridbridge.domain.ids import ProgramName, SiteId, StationId, VenName
from gridbridge.domain.units import Instant
from gridbridge.ports.facts import FactSink, NotStoredError
from gridbridge.ports.fleet import Fleet
from gridbridge.testing import RecordingFleet, RecordingSink
from tests.contract.samples import desired

CP1, CP2 = StationId("CP-1"), StationId("CP-2")
SINKS: list[Callable[[], FactSink]] = [RecordingSink]
FLEETS: list[Callable[[], Fleet]] = [RecordingFleet]
BACK = VtnBack(site=SiteId("depot-7"), ven=VenName("utility-a"), program=ProgramName("tou"))


def test_a_fleet_keeps_the_newest_desire_of_who_is_connected() -> None:
    fleet = RecordingFleet([CP1])

    for each in (desired(CP1, 1), desired(CP2, 1), desired(CP1, 2)):
        fleet.desire(each)

    assert fleet.desires == [desired(CP1, 1), desired(CP1, 2)]
    assert fleet.newest == {CP1: desired(CP1, 2)}


def test_a_fleets_sockets_come_and_go() -> None:
    fleet = RecordingFleet([CP1])

    fleet.connect(CP2)
    fleet.disconnect(CP1)

    assert fleet.connected() == {CP2}


async def test_a_sink_keeps_facts_and_readings() -> None:
    sink = RecordingSink()
    reading = Reading(station=CP1, epoch=1, evse=1, taken=Instant(1.0))

    await sink.record(BACK)
    sink.meter(SiteId("depot-7"), reading)

    assert sink.facts == [BACK]
    assert sink.readings == [("depot-7", reading)]


async def test_a_sink_that_is_down_stores_nothing() -> None:
    sink = RecordingSink()
    sink.down = True

    with pytest.raises(NotStoredError):
        await sink.record(BACK)

    assert sink.facts == []
