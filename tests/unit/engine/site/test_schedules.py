"""Schedules that stand for more than one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gridbridge.domain.schedules import Period, Schedule
from gridbridge.domain.units import Amperes, Instant, Watts
from gridbridge.engine.site.schedules import either

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
