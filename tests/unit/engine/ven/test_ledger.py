"""The ledger: which events stand after what a VTN said, and which answers are owed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gridbridge.domain.events import (
    Distribution,
    Event,
    EventStatus,
    Refusal,
    RefusalReason,
)
from gridbridge.domain.ids import EventId
from gridbridge.domain.units import Instant
from gridbridge.engine.ven.ledger import CONFIRM_AFTER, FEW, VANISHED, distribute
from gridbridge.engine.ven.state import VenState

NOW = Instant(1_800_000_000.0)


def event(name: str = "e", *, version: int = 0) -> Event:
    return Event(
        id=EventId(name),
        version=version,
        status=EventStatus.STANDING,
        market="m",
        created=NOW,
        start=Instant(NOW + 600.0),
        end=Instant(NOW + 3600.0),
    )


def told(*events: Event, state: VenState | None = None, at: float = 0.0) -> VenState:
    state = VenState() if state is None else state
    distribute(state, Distribution(request="r", events=events), Instant(NOW + at))
    return state


def test_a_newer_version_takes_the_place_of_the_older() -> None:
    state = told(event(version=1), state=told(event()))

    assert state.ledger["e"].event.version == 1


def test_an_older_version_is_refused_and_changes_nothing() -> None:
    state = told(event(version=1), state=told(event(version=2)))

    assert state.ledger["e"].event.version == 2
    assert [each.refused for each in state.out_of_sequence] == [RefusalReason.OUT_OF_SEQUENCE]


def test_a_redelivered_version_is_owed_its_answer_again() -> None:
    state = told(event())
    state.ledger["e"].delivered = True

    told(event(), state=state)

    assert not state.ledger["e"].delivered


@pytest.mark.parametrize("count", range(1, FEW + 1))
def test_a_few_events_that_vanish_are_cancelled_at_once(count: int) -> None:
    state = told(*(event(f"e{number}") for number in range(count)))

    told(state=state)

    assert {entry.over for entry in state.ledger.values()} == {VANISHED}


def test_many_events_that_vanish_at_once_are_held_until_confirmed() -> None:
    state = told(*(event(f"e{number}") for number in range(FEW + 1)))

    told(state=state)
    held = {entry.over for entry in state.ledger.values()}
    told(state=state, at=CONFIRM_AFTER)

    assert held == {None}
    assert {entry.over for entry in state.ledger.values()} == {VANISHED}


def test_a_vanished_event_that_returns_stands_again() -> None:
    state = told(state=told(event()))

    told(event(), state=state)

    assert state.ledger["e"].over is None


@pytest.mark.parametrize("required", [True, False], ids=["answer wanted", "no answer wanted"])
def test_a_refusal_is_answered_only_where_the_vtn_wants_an_answer(required: bool) -> None:  # noqa: FBT001 - a table column
    refusal = Refusal(
        event=EventId("bad"), version=0, reason=RefusalReason.INVALID_DATA, detail="no interval",
        response_required=required,
    )  # fmt: skip
    state = VenState()

    distribute(state, Distribution(request="r", refusals=(refusal,)), NOW)

    assert [each.event for each in state.out_of_sequence] == (["bad"] if required else [])


def test_an_unreadable_event_did_not_vanish() -> None:
    state = told(event())
    refusal = Refusal(
        event=EventId("e"), version=1, reason=RefusalReason.INVALID_DATA, detail="no interval"
    )

    distribute(state, Distribution(request="r", refusals=(refusal,)), NOW)

    assert state.ledger["e"].over is None


def test_a_cancellation_said_by_name_is_taken_at_once() -> None:
    names = [f"e{number}" for number in range(FEW + 2)]
    state = told(*(event(name) for name in names))

    told(
        *(replace(event(name, version=1), status=EventStatus.CANCELLED) for name in names),
        state=state,
    )

    assert all(entry.event.status is EventStatus.CANCELLED for entry in state.ledger.values())
