"""Schedules that stand for more than one, and what a new one changes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridbridge.domain.schedules import Period, Schedule
from gridbridge.domain.units import Amperes, Instant, Seconds, Watts
from gridbridge.engine.site.schedules import change, either, schedules_of
from gridbridge.engine.site.wires import wires_of
from tests.unit.engine.site.sites import START, depot

LIMITS = st.lists(st.sampled_from([0.0, 6.0, 10.0, 32.0]), min_size=1, max_size=4)
STARTS = st.lists(st.integers(0, 50), min_size=4, max_size=4, unique=True).map(sorted)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    limits, starts = draw(LIMITS), draw(STARTS)
    return Schedule(
        periods=tuple(
            Period(start=Instant(float(start)), limit=Amperes(limit), limit_w=Watts(limit * 230))
            for start, limit in zip(starts, limits, strict=False)
        ),
        until=Instant(float(draw(st.integers(60, 90)))),
    )


@given(one=schedules(), other=schedules())
def test_either_lets_in_whatever_one_of_the_two_would(one: Schedule, other: Schedule) -> None:
    both = either(one, other)

    for second in range(-5, 95):
        allowed = [p.limit for s in (one, other) if (p := s.at(Instant(float(second))))]
        covering = both.at(Instant(float(second)))
        assert not allowed or (covering is not None and covering.limit >= max(allowed))


@pytest.mark.parametrize(
    ("amps", "expected"),
    [(15.0969, 15.096), (11.600000000000001, 11.6), (2.3, 2.3), (32.0, 32.0), (0.0, 0.0)],
)
def test_no_more_is_told_than_there_is(amps: float, expected: float) -> None:
    (told,) = schedules_of(
        wires_of(depot(stations=1)),
        grid=[START],
        amps=np.array([[amps]]),
        setpoints=[None],
        spreads=[1],
        now=START,
        until=Instant(START + 3600.0),
    )

    assert [period.limit for period in told.periods] == [expected]


NOW = Instant(100.0)


def one(limit: float, limit_w: float, *, until: float = 5000.0) -> Schedule:
    period = Period(start=Instant(0.0), limit=Amperes(limit), limit_w=Watts(limit_w))
    return Schedule(periods=(period,), until=Instant(until))


@pytest.mark.parametrize(
    ("old", "new", "worth_telling", "only_raises"),
    [
        pytest.param(one(16, 9936), one(16, 9936), False, True, id="the same"),
        pytest.param(one(16, 9936), one(15.9, 9873), True, False, id="any cut"),
        pytest.param(one(16, 9936), one(16, 3312), True, False, id="a cut in watts alone"),
        pytest.param(one(16, 9936), one(16.9, 10494), False, True, id="within the deadband"),
        pytest.param(one(16, 9936), one(17, 10557), True, True, id="a raise"),
        pytest.param(one(0, 0), one(0.5, 310), True, True, id="from nothing to something"),
        pytest.param(one(16, 3312), one(16, 9936), True, True, id="a raise in watts alone"),
        pytest.param(
            one(16, 9936, until=900), one(16, 9936), True, True, id="the old one ends earlier"
        ),
        pytest.param(one(16, 9936, until=90), one(16, 9936), True, False, id="it has ended"),
        pytest.param(None, one(16, 9936), True, False, id="nothing was told yet"),
    ],
)
def test_what_a_new_schedule_changes(
    old: Schedule | None, new: Schedule, *, worth_telling: bool, only_raises: bool
) -> None:
    found = change(old, new, now=NOW, settle=Seconds(5.0))

    assert (found.worth_telling, found.only_raises) == (worth_telling, only_raises)
