"""Two readings of a meter tell what flowed between them, once, and only where they can."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridbridge.domain.facts import Reading
from gridbridge.domain.ids import StationId
from gridbridge.domain.units import Instant, WattHours, Watts
from gridbridge.measurement.energy import HOLDS, SPREAD, Flow, Meter, read

T0 = 1_800_000_000.0


def reading(
    at: float,
    *,
    power: float | None = None,
    energy: float | None = None,
    exported: float | None = None,
    epoch: int = 1,
) -> Reading:
    return Reading(
        station=StationId("CP-1"),
        epoch=epoch,
        evse=1,
        taken=Instant(T0 + at),
        power=None if power is None else Watts(power),
        energy=None if energy is None else WattHours(energy),
        exported=None if exported is None else WattHours(exported),
    )


def flows(*readings: Reading) -> list[Flow]:
    meter, found = Meter(), list[Flow]()
    for each in readings:
        meter, more = read(meter, each, taken=each.taken)
        found += more
    return found


def totals(*readings: Reading) -> tuple[float, float, float]:
    """(imported, exported, seconds covered)."""
    found = flows(*readings)
    return (
        round(sum(each.imported for each in found), 6),
        round(sum(each.exported for each in found), 6),
        round(sum(each.end - each.start for each in found if each.covers), 6),
    )


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        pytest.param(
            [reading(0, energy=1_000), reading(60, energy=1_180)],
            (180, 0, 60),
            id="a register tells by its difference",
        ),
        pytest.param(
            [reading(0, power=3_600), reading(60, power=7_200)],
            (90, 0, 60),
            id="power tells by its mean",
        ),
        pytest.param(
            [reading(0, power=-3_600), reading(60, power=-3_600)],
            (0, 60, 60),
            id="negative power is export",
        ),
        pytest.param(
            [reading(0, energy=0, exported=500), reading(60, energy=0, exported=560)],
            (0, 60, 60),
            id="each direction has its register",
        ),
        pytest.param(
            [reading(0, energy=9, power=-3_600), reading(60, energy=9, power=-3_600)],
            (0, 60, 60),
            id="without an export register power tells of export",
        ),
        pytest.param(
            [
                reading(0, energy=0, power=3_600),
                reading(10, power=9_999),
                reading(20, power=9_999),
                reading(60, energy=60, power=3_600),
            ],
            (60, 0, 60),
            id="power between two values of a register counts nothing twice",
        ),
        pytest.param(
            [reading(0, energy=5_000), reading(60, energy=3), reading(120, energy=63)],
            (60, 0, 60),
            id="a register that was set back starts anew",
        ),
        pytest.param(
            [reading(0, energy=0), reading(60, energy=1e9)],
            (0, 0, 0),
            id="a register that leapt is not believed",
        ),
        pytest.param(
            [reading(0, energy=0), reading(SPREAD + 1, energy=500)],
            (0, 0, 0),
            id="energy of a long silence belongs to no minute",
        ),
        pytest.param(
            [reading(0, power=3_600), reading(HOLDS + 1, power=3_600)],
            (0, 0, 0),
            id="power does not hold for long",
        ),
        pytest.param(
            [reading(0, energy=0), reading(60, energy=60), reading(30, energy=999)],
            (60, 0, 60),
            id="a reading older than the last changes nothing",
        ),
        pytest.param(
            [reading(0, energy=0, epoch=2), reading(60, energy=60, epoch=1)],
            (0, 0, 0),
            id="a reading of an older socket changes nothing",
        ),
        pytest.param(
            [reading(0, energy=100), reading(0, energy=100)],
            (0, 0, 0),
            id="the same reading twice is one",
        ),
    ],
)
def test_what_flowed(readings: list[Reading], expected: tuple[float, float, float]) -> None:
    assert totals(*readings) == expected


@given(st.lists(st.tuples(st.floats(0.5, 900.0), st.floats(0.0, 5_000.0), st.booleans())))
def test_with_a_register_the_sum_is_what_the_register_turned(
    steps: list[tuple[float, float, bool]],
) -> None:
    at = register = 0.0
    told, readings = 0.0, [reading(0, energy=0)]
    since = 0.0
    for after, turned, tells in steps:
        at, register = at + after, register + min(turned, after * 1_000)
        if tells or at - since + 900.0 > SPREAD:
            readings.append(reading(at, energy=register, power=11_000))
            told, since = register, at
        else:
            readings.append(reading(at, power=11_000))

    assert totals(*readings)[0] == pytest.approx(told, abs=1e-3)
