"""How an event is answered: by rule, in this order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gridbridge.domain.events import (
    Event,
    EventStatus,
    Interval,
    Opt,
    RefusalReason,
    Signal,
    SignalKind,
)
from gridbridge.domain.ids import EventId, ProgramName, VenName
from gridbridge.domain.limits import Authority
from gridbridge.domain.programs import Basis, LevelRule, Program, RespondRule
from gridbridge.domain.units import Instant, Seconds
from gridbridge.policy.responding import answer

NOW = Instant(1_800_000_000.0)
PROGRAM = Program(
    name=ProgramName("peak"),
    ven=VenName("v"),
    market="m",
    authority=Authority.VOLUNTARY,
    simple={2: LevelRule(basis=Basis.KW, value=80e3), 3: LevelRule(basis=Basis.PAUSE)},
    respond=RespondRule(
        default=Opt.IN, notice_below=Seconds(600.0), never_opt_out_levels=frozenset({3})
    ),
)


def event(
    *, value: float = 2.0, notice: float = 3600.0, kind: SignalKind = SignalKind.SIMPLE
) -> Event:
    start, end = Instant(NOW + notice), Instant(NOW + notice + 600.0)
    return Event(
        id=EventId("e"),
        version=4,
        status=EventStatus.STANDING,
        market="m",
        created=NOW,
        start=start,
        end=end,
        signals=(Signal(kind=kind, intervals=(Interval(start=start, end=end, value=value),)),),
    )


@pytest.mark.parametrize(
    ("said", "program", "opt", "refused"),
    [
        pytest.param(event(), PROGRAM, Opt.IN, None, id="default"),
        pytest.param(event(notice=60.0), PROGRAM, Opt.OUT, None, id="notice too short"),
        pytest.param(event(notice=600.0), PROGRAM, Opt.IN, None, id="notice just long enough"),
        pytest.param(event(value=3.0, notice=60.0), PROGRAM, Opt.IN, None, id="never opted out"),
        pytest.param(
            replace(event(notice=60.0), test=True), PROGRAM, Opt.IN, None, id="test event"
        ),
        pytest.param(
            event(value=1.0), PROGRAM, Opt.OUT, RefusalReason.UNKNOWN_SIGNAL, id="unknown level"
        ),
        pytest.param(
            event(kind=SignalKind.LOAD_DISPATCH),
            PROGRAM,
            Opt.OUT,
            RefusalReason.UNKNOWN_SIGNAL,
            id="unknown signal",
        ),
        pytest.param(event(), None, Opt.OUT, RefusalReason.UNKNOWN_MARKET, id="unknown market"),
        pytest.param(
            replace(event(), status=EventStatus.CANCELLED), None, Opt.IN, None, id="cancelled"
        ),
    ],
)
def test_an_event_is_answered_by_rule(
    said: Event, program: Program | None, opt: Opt, refused: RefusalReason | None
) -> None:
    given = answer(said, program, now=NOW)

    assert (given.opt, given.refused, given.version) == (opt, refused, 4)


def test_a_refusal_names_what_is_unknown() -> None:
    given = answer(event(value=1.0), PROGRAM, now=NOW)

    assert given.why == "program peak has no rule for SIMPLE 1"
