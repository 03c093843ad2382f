"""Same-day adjustment, by hand: the table is in `july`, where the window expects 40 kW.

CAISO tariff section 4.13.4 scales a 10 of 10 by at most 20 % either way; PJM's additive adjustment
shifts it. The window of the examples is three hours that end one before the event.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridbridge.domain.units import Instant, Seconds, Watts
from gridbridge.measurement.baseline.averaging import averaged, ten_of_ten
from gridbridge.measurement.baseline.notice import Notice
from gridbridge.measurement.baseline.result import Adjustment, Baseline, Finding
from gridbridge.measurement.baseline.same_day import SameDay, Scaling, Shifting, Window, adjusted
from gridbridge.measurement.loads import Load
from tests.unit.measurement.baseline.july import EVENT, HOUR, at, kilowatts, load, past

WINDOW = Window(begins=Seconds(4 * HOUR), ends=HOUR)
SCALING = Scaling(window=WINDOW, least=0.8, most=1.2)
SHIFTING = Shifting(window=WINDOW, least=Watts(-10_000.0), most=Watts(10_000.0))
SHORT = Notice(heard=at(16), precharge=None)
"""Heard of when the window was over."""


def plain(kw: float | None = None) -> Baseline:
    """105 kW and 59 kW in the event, or so much in each hour; 40 kW in the window."""
    found = averaged(
        ten_of_ten(fewest=10, look_back=45),
        past(),
        event=EVENT,
        window=WINDOW.before(EVENT.start),
    )
    assert isinstance(found, Baseline)
    if kw is None:
        return found
    return replace(found, loads=tuple(load(each.start, kw) for each in found.loads))


def drawn(*kw: float | None) -> dict[Instant, Load]:
    """On the day of the event, from 13:00 on."""
    return {at(13 + number): load(at(13 + number), each) for number, each in enumerate(kw)}


def of(
    rule: SameDay, *kw: float | None, notice: Notice = SHORT
) -> tuple[list[float | None], Adjustment]:
    baseline = adjusted(plain(), rule, metered=drawn(*kw), notice=notice)
    assert baseline.adjustment is not None
    return kilowatts(baseline.loads), baseline.adjustment


@pytest.mark.parametrize(
    ("rule", "kw", "expected", "applied", "findings"),
    [
        pytest.param(SCALING, (44, 46, 48), [120.75, 67.85], 1.15, (), id="46/40"),
        pytest.param(SCALING, (36, 36, 36), [94.5, 53.1], 0.9, (), id="36/40"),
        pytest.param(SCALING, (40, 40, 40), [105.0, 59.0], 1.0, (), id="as expected"),
        pytest.param(SCALING, (60, 60, 60), [126.0, 70.8], 1.2, (Finding.CAPPED,), id="at most"),
        pytest.param(SCALING, (0, 0, 0), [84.0, 47.2], 0.8, (Finding.CAPPED,), id="at least"),
        pytest.param(SHIFTING, (44, 46, 48), [111.0, 65.0], 6_000.0, (), id="6 kW more"),
        pytest.param(SHIFTING, (36, 36, 36), [101.0, 55.0], -4_000.0, (), id="4 kW less"),
        pytest.param(
            SHIFTING, (60, 60, 60), [115.0, 69.0], 10_000.0, (Finding.CAPPED,), id="at most 10 kW"
        ),
        pytest.param(
            SHIFTING, (0, 0, 0), [95.0, 49.0], -10_000.0, (Finding.CAPPED,), id="10 kW less"
        ),
    ],
)
def test_what_the_hours_before_do(
    rule: SameDay,
    kw: tuple[float, ...],
    expected: list[float],
    applied: float,
    findings: tuple[Finding, ...],
) -> None:
    loads, adjustment = of(rule, *kw)

    assert loads == expected
    assert adjustment.applied == pytest.approx(applied)
    assert adjustment.findings == findings


@pytest.mark.parametrize("rule", [SCALING, SHIFTING])
@pytest.mark.parametrize("kw", [(44, None, 48), (44, 46), ()])
def test_a_missing_hour_is_no_reason_to_adjust(
    rule: SameDay, kw: tuple[float | None, ...]
) -> None:
    loads, adjustment = of(rule, *kw)

    assert loads == [105.0, 59.0]
    assert adjustment == Adjustment(
        found=None, applied=rule.neutral, findings=(Finding.WINDOW_MISSING,)
    )


@pytest.mark.parametrize("kw", [0, -5])
def test_nothing_is_in_proportion_to_nothing_drawn(kw: float) -> None:
    nothing = replace(plain(), before=tuple(load(at(hour), kw) for hour in (13, 14, 15)))
    baseline = adjusted(nothing, SCALING, metered=drawn(5, 5, 5), notice=SHORT)

    assert kilowatts(baseline.loads) == [105.0, 59.0]
    assert baseline.adjustment == Adjustment(
        found=None, applied=1.0, findings=(Finding.NO_LOAD_EXPECTED,)
    )


def test_what_is_given_back_is_not_scaled() -> None:
    baseline = adjusted(plain(-20), SCALING, metered=drawn(36, 36, 36), notice=SHORT)

    assert kilowatts(baseline.loads) == [-20.0, -20.0]


@pytest.mark.parametrize(
    ("notice", "kw", "found", "applied", "findings"),
    [
        pytest.param(
            Notice(heard=at(15), precharge=None),
            (40, 40, 64),
            1.2,
            1.0,
            (Finding.AFTER_NOTICE, Finding.WITHHELD),
            id="more after the notice does not raise",
        ),
        pytest.param(
            Notice(heard=at(15), precharge=None),
            (44, 44, 68),
            1.3,
            1.1,
            (Finding.AFTER_NOTICE, Finding.WITHHELD),
            id="what was more before it does",
        ),
        pytest.param(
            Notice(heard=at(15), precharge=None),
            (44, 44, 20),
            0.9,
            0.9,
            (Finding.AFTER_NOTICE,),
            id="less after the notice lowers",
        ),
        pytest.param(
            Notice(heard=at(0), precharge=None),
            (44, 44, 44),
            1.1,
            1.0,
            (Finding.AFTER_NOTICE, Finding.WITHHELD),
            id="noticed a day before",
        ),
        pytest.param(
            Notice(heard=at(0), precharge=None),
            (36, 36, 36),
            0.9,
            0.9,
            (Finding.AFTER_NOTICE,),
            id="less all the time lowers",
        ),
        pytest.param(
            Notice(heard=at(16), precharge=at(14)),
            (40, 52, 52),
            1.2,
            1.0,
            (Finding.PRE_CHARGE, Finding.WITHHELD),
            id="charging ahead does not raise",
        ),
        pytest.param(
            Notice(heard=at(14), precharge=at(15)),
            (36, 40, 68),
            1.2,
            0.9,
            (Finding.AFTER_NOTICE, Finding.PRE_CHARGE, Finding.WITHHELD),
            id="the earlier of both counts",
        ),
        pytest.param(
            Notice(heard=at(16), precharge=at(16)),
            (44, 44, 44),
            1.1,
            1.1,
            (),
            id="when it is over",
        ),
    ],
)
def test_who_knows_of_an_event_cannot_raise_its_baseline(
    notice: Notice,
    kw: tuple[float, ...],
    found: float,
    applied: float,
    findings: tuple[Finding, ...],
) -> None:
    _, adjustment = of(SCALING, *kw, notice=notice)

    assert adjustment.found == pytest.approx(found)
    assert adjustment.applied == pytest.approx(applied)
    assert adjustment.findings == findings


KW = st.floats(0.0, 500.0)
RULES = st.one_of(
    st.builds(
        Scaling, window=st.just(WINDOW), least=st.floats(0.0, 1.0), most=st.floats(1.0, 3.0)
    ),
    st.builds(
        Shifting,
        window=st.just(WINDOW),
        least=st.floats(-5e4, 0.0).map(Watts),
        most=st.floats(0.0, 5e4).map(Watts),
    ),
)


@given(RULES, st.tuples(KW, KW, KW))
def test_beside_the_words_of_the_rule(rule: SameDay, kw: tuple[float, float, float]) -> None:
    """What 40 kW an hour became, held between the bounds, in each hour of the event alike."""
    if isinstance(rule, Scaling):
        factor = sorted([rule.least, sum(kw) / 120, rule.most])[1]
        expected = [105 * factor, 59 * factor]
    else:
        more = sorted([rule.least / 1_000, sum(kw) / 3 - 40, rule.most / 1_000])[1]
        expected = [105 + more, 59 + more]

    assert of(rule, *kw)[0] == pytest.approx(expected, abs=1e-5)


@given(RULES, st.tuples(KW, KW, KW), st.integers(10, 17), st.none() | st.integers(10, 17))
def test_an_adjustment_stays_within_its_bounds(
    rule: SameDay, kw: tuple[float, float, float], heard: int, precharge: int | None
) -> None:
    notice = Notice(heard=at(heard), precharge=None if precharge is None else at(precharge))
    before = plain()
    after = adjusted(before, rule, metered=drawn(*kw), notice=notice)

    assert after.adjustment is not None
    assert rule.least <= after.adjustment.applied <= rule.most
    for plainly, moved in zip(before.loads, after.loads, strict=True):
        assert plainly.power is not None
        assert moved.power is not None
        low, high = (rule.moved(plainly.power, bound) for bound in (rule.least, rule.most))
        assert low <= moved.power <= high


@given(RULES, st.tuples(KW, KW, KW), st.tuples(KW, KW, KW), st.integers(10, 17))
def test_nothing_drawn_after_the_notice_raises_a_baseline(
    rule: SameDay, kw: tuple[float, float, float], more: tuple[float, float, float], heard: int
) -> None:
    """However much it is, it comes no higher than by the hours before the notice alone."""
    notice = Notice(heard=at(heard), precharge=None)
    known = max(0, min(heard - 13, 3))
    greedy = [
        each if number < known else each + extra
        for number, (each, extra) in enumerate(zip(kw, more, strict=True))
    ]
    before = plain()
    by_then = replace(before, before=before.before[:known])
    honest = adjusted(by_then, rule, metered=drawn(*kw), notice=SHORT) if known else before
    raised = adjusted(before, rule, metered=drawn(*greedy), notice=notice)

    for honestly, greedily in zip(honest.loads, raised.loads, strict=True):
        assert honestly.power is not None
        assert greedily.power is not None
        assert greedily.power <= honestly.power + 1e-6


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Window(begins=HOUR, ends=HOUR),
        lambda: Window(begins=HOUR, ends=Seconds(-1.0)),
        lambda: Scaling(window=WINDOW, least=1.1, most=1.2),
        lambda: Scaling(window=WINDOW, least=0.8, most=0.9),
        lambda: Shifting(window=WINDOW, least=Watts(1.0), most=Watts(2.0)),
    ],
)
def test_bounds_that_force_an_adjustment_are_refused(wrong: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"before the event|both sides"):
        wrong()
