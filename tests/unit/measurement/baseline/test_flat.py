"""One number, as metered before an event or as agreed.

NAESB WEQ-015 has them as "Meter Before / Meter After" and "Maximum Base Load".
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridbridge.domain.units import Instant, Seconds, Watts
from gridbridge.measurement.baseline.flat import as_agreed, as_before
from gridbridge.measurement.baseline.notice import Notice
from gridbridge.measurement.baseline.result import Baseline, NoBaseline, Reason
from gridbridge.measurement.loads import Load, Quality, Span
from tests.unit.measurement.baseline.july import EVENT, HOUR, at, kilowatts, load

QUARTER = Seconds(900.0)
FIVE = Instant(at(17))


def quarters(*kw: float | None, guess: bool = False) -> dict[Instant, Load]:
    """From 16:00 on."""
    return {
        Instant(at(16) + 900 * number): load(
            Instant(at(16) + 900 * number), each, width=QUARTER, guess=guess
        )
        for number, each in enumerate(kw)
    }


def before(
    metered: dict[Instant, Load], *, heard: float, precharge: float | None = None
) -> Baseline | NoBaseline:
    """Half an hour, for an event from 17:00 to 17:30; the notice so many seconds before."""
    return as_before(
        metered,
        event=Span(start=FIVE, end=Instant(FIVE + 1_800)),
        width=QUARTER,
        lasting=Seconds(1_800.0),
        notice=Notice(
            heard=Instant(FIVE - heard),
            precharge=None if precharge is None else Instant(FIVE - precharge),
        ),
    )


@pytest.mark.parametrize(
    ("heard", "precharge", "kw"),
    [
        pytest.param(0, None, 55.0, id="no notice: (50+60)/2"),
        pytest.param(-900, None, 55.0, id="a notice after the start"),
        pytest.param(900, None, 45.0, id="a quarter's notice: (40+50)/2"),
        pytest.param(300, None, 45.0, id="the quarter in which it was heard is not before it"),
        pytest.param(0, 1_800, 35.0, id="charging ahead: (30+40)/2"),
    ],
)
def test_the_mean_of_the_time_before(heard: float, precharge: float | None, kw: float) -> None:
    found = before(quarters(30, 40, 50, 60), heard=heard, precharge=precharge)

    assert isinstance(found, Baseline)
    assert kilowatts(found.loads) == [kw, kw]
    assert [each.start for each in found.loads] == [FIVE, FIVE + 900]


@pytest.mark.parametrize("kw", [(30, 40, 50, None), (30, 40, 50)])
def test_what_is_missing_before_is_not_zero(kw: tuple[float | None, ...]) -> None:
    found = before(quarters(*kw), heard=0)

    assert isinstance(found, NoBaseline)
    assert found.reason is Reason.NOTHING_BEFORE
    assert found.detail == "1 of the 2 intervals before the event are metered"


def test_what_was_estimated_before_is_said() -> None:
    found = before(quarters(30, 40, 50, 60, guess=True), heard=0)

    assert isinstance(found, Baseline)
    assert {each.quality for each in found.loads} == {Quality.ESTIMATED}


@given(st.lists(st.floats(0, 500), min_size=4, max_size=4), st.integers(0, 3))
def test_nothing_after_the_notice_has_a_part(kw: list[float], after: int) -> None:
    """The last so many quarters come after it; what is drawn in them changes nothing."""
    steady = before(quarters(7, 7, 7, 7), heard=900 * after)
    greedy = before(
        quarters(*[7.0] * (4 - after), *kw[4 - after :]), heard=900 * after
    )  # fmt: skip

    assert steady == greedy


def test_an_agreed_load_is_the_same_all_the_time() -> None:
    found = as_agreed(Watts(250_000.0), event=EVENT, width=HOUR)

    assert isinstance(found, Baseline)
    assert kilowatts(found.loads) == [250.0, 250.0]


def test_an_event_shorter_than_an_interval_has_no_baseline() -> None:
    short = Span(start=FIVE, end=Instant(FIVE + 60))
    found = as_agreed(Watts(250_000.0), event=short, width=HOUR)

    assert isinstance(found, NoBaseline)
    assert found.reason is Reason.NO_WHOLE_INTERVAL
