"""Whole seconds, tenths, few steps: never above what was asked for."""

from __future__ import annotations

from functools import cache
from itertools import combinations, pairwise
from math import ceil, floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridbridge_ocpp.periods import CannotExpressError, Step, fewest, tenths, whole_seconds

gaps = st.lists(st.integers(1, 4000), min_size=1, max_size=12)
values = st.integers(0, 500).map(lambda tenth: tenth / 10)
signed = st.integers(-500, 500).map(lambda tenth: tenth / 10)


@st.composite
def schedules(draw: st.DrawFn, value: st.SearchStrategy[float] = values) -> tuple[list[Step], int]:
    """Steps at whole seconds, and their end."""
    lengths = draw(gaps)
    start = 1_800_000_000
    steps: list[Step] = []
    for length in lengths:
        steps.append(Step(start, draw(value)))
        start += length
    return steps, start


def at(steps: list[Step] | tuple[Step, ...], instant: float) -> Step:
    return max((s for s in steps if s.start <= instant), key=lambda s: s.start, default=steps[0])


def lost(steps: list[Step], fewer: tuple[Step, ...], until: float) -> float:
    edges = [*(step.start for step in steps), until]
    return sum(
        (at(steps, start).value - at(fewer, start).value) * (end - start)
        for start, end in pairwise(edges)
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(16.0, 16.0, id="a tenth stays"),
        pytest.param(21.37, 21.3, id="down"),
        pytest.param(0.1 + 0.2, 0.3, id="a float above a tenth"),
        pytest.param(15.7 + 0.4, 16.1, id="a float below a tenth is that tenth"),
        pytest.param(-5000.37, -5000.3, id="discharge: towards zero"),
        pytest.param(-0.04, 0.0, id="nothing has no sign"),
    ],
)
def test_a_value_is_rounded_towards_zero(value: float, expected: float) -> None:
    assert str(expected) == str(tenths(value))


@settings(deadline=None)
@given(schedules(), st.integers(1, 6))
def test_fewer_steps_are_nowhere_above(given_: tuple[list[Step], int], most: int) -> None:
    steps, until = given_

    fewer = fewest(steps, until, most=most)

    assert len(fewer) <= most
    assert fewer[0].start == steps[0].start
    assert all(at(fewer, step.start).value <= step.value for step in steps)


@settings(max_examples=60, deadline=None)
@given(schedules(), st.integers(1, 4))
def test_no_other_cut_into_as_many_steps_loses_less(
    given_: tuple[list[Step], int], most: int
) -> None:
    steps, until = given_

    @cache
    def oracle() -> float:
        inner = range(1, len(steps))
        best = float("inf")
        for count in range(min(most, len(steps))):
            for cuts in combinations(inner, count):
                bounds = [0, *cuts, len(steps)]
                fewer = tuple(
                    Step(steps[a].start, min(step.value for step in steps[a:b]))
                    for a, b in pairwise(bounds)
                )
                best = min(best, lost(steps, fewer, until))
        return best

    fewer = fewest(steps, until, most=most)

    assert lost(steps, fewer, until) == pytest.approx(oracle(), abs=1e-3)


@settings(deadline=None)
@given(schedules(signed), st.integers(1, 4))
def test_fewer_setpoints_ask_for_no_more_in_either_direction(
    given_: tuple[list[Step], int], most: int
) -> None:
    steps = [step._replace(is_setpoint=True) for step in given_[0]]

    fewer = fewest(steps, given_[1], most=most)

    for step in steps:
        value = at(fewer, step.start).value
        assert min(step.value, 0.0) <= value <= max(step.value, 0.0)


def test_a_day_of_quarter_hours_fits_into_24_steps() -> None:
    day = [Step(900 * quarter, 10.0 + (quarter * 7) % 23) for quarter in range(96)]

    assert len(fewest(day, 86_400, most=24)) == 24


def test_limits_and_setpoints_are_never_merged() -> None:
    turns = [Step(60 * n, 5.0, is_setpoint=n % 2 == 0) for n in range(4)]

    with pytest.raises(CannotExpressError, match="too_few_periods"):
        fewest(turns, 240, most=3)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.01, 5.0), values), min_size=1, max_size=8),
    st.floats(0.0, 50.0),
)
def test_at_whole_seconds_nothing_is_above(rows: list[tuple[float, float]], after: float) -> None:
    start = 1000.0
    steps: list[Step] = []
    for length, value in rows:
        steps.append(Step(start, value))
        start += length
    until = start

    whole, end = whole_seconds(steps, until, after=after)

    assert all(float(step.start).is_integer() for step in whole)
    for tick in range(floor(steps[0].start) * 8, ceil(until) * 8 + 8):
        now = tick / 8
        # What the steps allowed then; beyond their end, what lies under them.
        allowed = at(steps, now).value if now < until else after
        if now < end:
            assert at(whole, now).value <= max(allowed, steps[-1].value) + 1e-9
        if now < min(until, end):
            assert at(whole, now).value <= allowed + 1e-9
