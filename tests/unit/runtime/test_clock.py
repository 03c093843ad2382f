"""The system's clock while somebody sets the wall clock."""

from __future__ import annotations

import pytest

from gridbridge.runtime.clock import SystemClock

START = 1_800_000_000.0


@pytest.mark.parametrize(
    ("set_by", "expected"),
    [
        pytest.param(-3600.0, 10.0, id="set back an hour, time goes on"),
        pytest.param(-0.5, 10.0, id="set back a little, time goes on"),
        pytest.param(0.0, 10.0, id="left alone"),
        pytest.param(3600.0, 3610.0, id="set forward, followed"),
    ],
)
def test_time_goes_on_and_only_ever_steps_forward(set_by: float, expected: float) -> None:
    wall, monotonic = START, 500.0
    clock = SystemClock(wall=lambda: wall, monotonic=lambda: monotonic)
    before = clock.now()

    monotonic += 10.0
    wall += 10.0 + set_by

    assert clock.now() - before == pytest.approx(expected)


def test_a_clock_set_forward_and_back_again_stays_ahead() -> None:
    wall, monotonic = START, 500.0
    clock = SystemClock(wall=lambda: wall, monotonic=lambda: monotonic)
    wall += 60.0
    ahead = clock.now()

    wall -= 60.0
    monotonic += 1.0
    wall += 1.0

    assert clock.now() == pytest.approx(ahead + 1.0)
