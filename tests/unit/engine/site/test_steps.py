"""Step functions smeared by clock and inertia."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gridbridge.engine.site.steps import Steps, dilated, eroded, largest, steps

VALUES = st.sampled_from([0.0, 6.0, 10.5, 16.0, 32.0])
WINDOWS = st.sampled_from([0.0, 0.5, 3.0, 10.0, 40.0])


@st.composite
def functions(draw: st.DrawFn) -> Steps:
    eighths = draw(st.lists(st.integers(0, 800), max_size=8, unique=True))
    return steps([(-1.0, draw(VALUES)), *((edge / 8, draw(VALUES)) for edge in sorted(eighths))])


def sampled(function: Steps) -> list[float]:
    return [function.at(second / 4) for second in range(-400, 800)]


@given(function=functions(), early=WINDOWS, late=WINDOWS)
def test_whoever_is_told_the_eroded_never_exceeds_the_original(
    function: Steps, early: float, late: float
) -> None:
    drawn = dilated(eroded(function, early=early, late=late), early=early, late=late)

    assert all(a <= b for a, b in zip(sampled(drawn), sampled(function), strict=True))


@given(function=functions(), early=WINDOWS, late=WINDOWS)
def test_the_dilated_is_the_most_of_the_window(function: Steps, early: float, late: float) -> None:
    worst = dilated(function, early=early, late=late)

    for second in range(-50, 150, 7):
        window = [
            function.at(second + shift / 4) for shift in range(int(-late * 4), int(early * 4))
        ]
        assert worst.at(second) >= max([function.at(second), *window])


@given(function=functions(), early=WINDOWS, late=WINDOWS)
def test_what_is_told_changes_on_whole_seconds(function: Steps, early: float, late: float) -> None:
    told = eroded(function, early=early, late=late)

    assert all(edge == int(edge) for edge in told.edges[1:])


@given(one=functions(), other=functions())
def test_the_largest_is_the_larger_of_both(one: Steps, other: Steps) -> None:
    both = largest([one, other])

    assert sampled(both) == [max(a, b) for a, b in zip(sampled(one), sampled(other), strict=True)]
