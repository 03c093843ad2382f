"""A VEN's state follows from its log: a new owner goes on as if nothing had happened."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from gridbridge.domain.facts import ReportDelivered
from tests.unit.engine.ven.talk import (
    HEARD,
    REGISTERED,
    REGISTRATION_LOST,
    VEN,
    Talk,
    event,
    program,
    said,
    wanted,
)

if TYPE_CHECKING:
    from gridbridge.domain.decisions import VenDecided

NAMES = ("a", "b", "c", "d", "e")
EVENTS = st.builds(
    event,
    st.sampled_from(NAMES),
    version=st.integers(0, 3),
    start=st.sampled_from([0.0, 600.0]),
    end=st.sampled_from([900.0, 90_000.0]),
    market=st.sampled_from(["m", "m", "n", "unknown"]),
    cancelled=st.sampled_from([False, False, True]),
)
LISTS = st.lists(EVENTS, max_size=5, unique_by=lambda each: each.id)
FACTS = st.one_of(
    LISTS.map(lambda events: said(*events)),
    st.sampled_from(
        [
            HEARD,
            REGISTERED,
            REGISTRATION_LOST,
            wanted("q"),
            wanted("p", granularity=30.0, every=120.0),
            wanted("once", granularity=0.0, every=0.0),
            ReportDelivered(ven=VEN, update="q-1"),
        ]
    ),
)
PAUSES = st.sampled_from([0.0, 0.02, 1.0, 30.0, 61.0, 900.0, 90_000.0])
STEPS = st.one_of(
    st.tuples(st.just("hear"), FACTS),
    st.tuples(st.just("wait"), PAUSES),
    st.tuples(st.just("deliver"), st.none()),
)


def take(talk: Talk, step: tuple[str, object]) -> None:
    match step:
        case ("wait", float(pause)):
            talk.wait(pause)
        case ("deliver", _):
            talk.deliver()
        case (_, fact):
            talk.hear(fact)  # type: ignore[arg-type]  # the strategy gives facts


def decisions_of(talk: Talk) -> list[VenDecided]:
    """Without how far the log was read: a new owner has read the decisions in it too."""
    return [replace(decided, upto="") for decided in talk.decisions]


@given(
    before=st.lists(STEPS, max_size=12),
    between=st.lists(STEPS, max_size=12),
    after=st.lists(STEPS, max_size=12),
)
def test_a_snapshot_and_the_log_after_it_go_on_as_the_engine_that_never_stopped(
    before: list[tuple[str, object]],
    between: list[tuple[str, object]],
    after: list[tuple[str, object]],
) -> None:
    kept, moved = (Talk(program(), program("price", market="n")) for _ in range(2))
    for talk in (kept, moved):
        for step in before:
            take(talk, step)
    snapshot, upto = moved.engine.snapshot(), moved.engine.upto
    for talk in (kept, moved):
        for step in between:
            take(talk, step)

    moved.engine = moved.revived(snapshot, upto)
    assert moved.engine.decide(moved.now) is None
    for talk in (kept, moved):
        for step in after:
            take(talk, step)

    assert decisions_of(moved) == decisions_of(kept)
    assert moved.engine.owed() == kept.engine.owed()
    assert moved.engine.outbox() == kept.engine.outbox()
    assert moved.engine.snapshot() == kept.engine.snapshot()
