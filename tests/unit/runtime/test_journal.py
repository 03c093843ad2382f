"""What is kept of facts that could not be stored."""

from __future__ import annotations

import pytest

from gridbridge.domain.commands import Outcome
from gridbridge.domain.facts import (
    EventLifted,
    EvseStatusChanged,
    Metered,
    ProfileAnswered,
    Recorded,
    SiteFact,
    StationBooted,
    StationConnected,
    StationDisconnected,
)
from gridbridge.domain.ids import EventId, ProgramName, SiteId, StationId, VenName
from gridbridge.domain.slots import Slot
from gridbridge.domain.units import Instant
from gridbridge.runtime.journal import CAPACITY, Journal

SITE = SiteId("s")
A = StationId("CP-A")

CONNECTED = StationConnected(site=SITE, station=A, epoch=2, protocol="ocpp1.6")
GONE = StationDisconnected(site=SITE, station=A, epoch=1, reason="lost")
BOOTED = StationBooted(site=SITE, station=A, epoch=1, vendor="v", model="m")
METERED = Metered(site=SITE, readings=())
ANSWERED = ProfileAnswered(
    site=SITE,
    station=A,
    epoch=1,
    evse=1,
    slot=Slot.PLAN,
    version=3,
    outcome=Outcome.ACCEPTED,
    sent=Instant(0.0),
)


def plugged(*, occupied: bool, evse: int = 1) -> EvseStatusChanged:
    return EvseStatusChanged(
        site=SITE, station=A, epoch=1, evse=evse, occupied=occupied, status=""
    )


def lifted(event: str) -> EventLifted:
    return EventLifted(
        site=SITE, ven=VenName("v"), program=ProgramName("p"), event=EventId(event), why=""
    )


def journal(*facts: SiteFact) -> Journal:
    kept = Journal()
    for seq, fact in enumerate(facts, 1):
        kept.keep(Recorded(at=Instant(float(seq)), writer="w", seq=seq, fact=fact))
    return kept


@pytest.mark.parametrize(
    ("facts", "kept"),
    [
        pytest.param([CONNECTED], [], id="the socket is refused"),
        pytest.param([GONE, GONE], [GONE], id="said again"),
        pytest.param(
            [plugged(occupied=True), plugged(occupied=True, evse=2), plugged(occupied=True)],
            [plugged(occupied=True), plugged(occupied=True, evse=2)],
            id="said again of another EVSE",
        ),
        pytest.param(
            [plugged(occupied=True), plugged(occupied=False), plugged(occupied=True)],
            [plugged(occupied=True), plugged(occupied=False), plugged(occupied=True)],
            id="there and back",
        ),
        pytest.param(
            [lifted("e1"), lifted("e2"), lifted("e1")],
            [lifted("e1"), lifted("e2")],
            id="said again of another event",
        ),
        pytest.param(
            [BOOTED, BOOTED, ANSWERED, BOOTED], [BOOTED, ANSWERED, BOOTED], id="booted anew"
        ),
    ],
)
def test_what_says_nothing_new_is_left_out(facts: list[SiteFact], kept: list[SiteFact]) -> None:
    here = journal(*facts)

    assert [each.fact for each in here.first(10)] == kept
    assert [each.fact for each in here.to_fold()] == kept
    assert here.to_fold() == []


def test_a_full_journal_gives_up_its_oldest_readings_first() -> None:
    readings = [Metered(site=SITE, readings=()) for _ in range(2)]
    here = journal(GONE, *readings)
    for seq in range(CAPACITY):
        fact = plugged(occupied=seq % 2 == 0)
        here.keep(Recorded(at=Instant(0.0), writer="w", seq=seq + 10, fact=fact))

    kept = here.first(2 * CAPACITY)
    assert len(kept) == CAPACITY
    assert here.dropped == 2
    assert [type(each.fact) for each in kept[:2]] == [EvseStatusChanged, EvseStatusChanged]


def test_what_is_written_waits_no_more_and_what_came_since_does() -> None:
    here = journal(GONE, plugged(occupied=True))
    here.written(here.first(1))

    assert [each.fact for each in here.first(10)] == [plugged(occupied=True)]
    assert here.waits


def test_what_lies_in_the_log_unread_is_folded_before_what_does_not() -> None:
    here = Journal()
    stored = [Recorded(at=Instant(0.0), writer="w", seq=seq, fact=GONE) for seq in (1, 2)]
    here.wrote("5-0", stored[:1])
    here.wrote("6-0", stored[1:])
    here.read("5-0")
    here.keep(Recorded(at=Instant(0.0), writer="w", seq=3, fact=BOOTED))

    assert [each.seq for each in here.to_fold()] == [2, 3]
    assert [each.seq for each in here.first(10)] == [3]
