"""What a VEN's owner tells again after a failure: to a site, twice is the same as once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gridbridge.domain.events import Answer, Event, EventStatus, Opt
from gridbridge.domain.facts import (
    EventAssigned,
    EventLifted,
    Recorded,
    SiteFact,
    VtnBack,
    VtnLost,
)
from gridbridge.domain.ids import EventId
from gridbridge.domain.units import Instant
from tests.safety.sites import PROGRAM, SITE, START, VEN
from tests.safety.world import World

EVENT = Event(
    id=EventId("e1"),
    version=2,
    status=EventStatus.STANDING,
    market="m",
    created=START,
    start=Instant(START - 60.0),
    end=Instant(START + 3600.0),
)
ASSIGNED = EventAssigned(
    site=SITE,
    ven=VEN,
    program=PROGRAM,
    event=EVENT,
    answer=Answer(event=EVENT.id, version=2, opt=Opt.IN, why=""),
    arrived=START,
)
LIFTED = EventLifted(site=SITE, ven=VEN, program=PROGRAM, event=EVENT.id, why="cancelled")
LOST = VtnLost(site=SITE, ven=VEN, program=PROGRAM, since=START)
BACK = VtnBack(site=SITE, ven=VEN, program=PROGRAM)


@pytest.mark.parametrize(
    ("before", "told"),
    [
        pytest.param([], ASSIGNED, id="an event"),
        pytest.param(
            [replace(ASSIGNED, event=replace(EVENT, version=1))], ASSIGNED, id="a change"
        ),
        pytest.param([ASSIGNED], LIFTED, id="the end of an active event"),
        pytest.param([], LIFTED, id="the end of an unknown event"),
        pytest.param([], LOST, id="a loss"),
        pytest.param([LOST], BACK, id="the end of a loss"),
        pytest.param([], BACK, id="the end of no loss"),
    ],
)
def test_told_twice_is_the_same_as_once(before: list[SiteFact], told: SiteFact) -> None:
    engine = World(0).engine
    for number, fact in enumerate([*before, told]):
        engine.receive(Recorded(at=START, writer="w", seq=number, fact=fact), entry=f"{number}-0")
    engine.decide(START)
    once = engine.snapshot()

    engine.receive(Recorded(at=START, writer="w", seq=9, fact=told), entry="9-0")

    assert engine.snapshot() == once
    assert engine.decide(START) is None
