"""What holds for every history: beside an independent calculation, and where clocks change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import isnan, nan
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridbridge.domain.units import Instant
from gridbridge.measurement.baseline.averaging import (
    averaged,
    five_of_ten,
    middle_eight_of_ten,
    ten_of_ten,
)
from gridbridge.measurement.baseline.choosing import By, Past, XOfY
from gridbridge.measurement.baseline.days import ALL_ALIKE, Calendar
from gridbridge.measurement.baseline.result import Baseline, NoBaseline, Reason
from gridbridge.measurement.loads import Span, starts
from tests.unit.measurement.baseline.july import HOUR, days_before, load, record
from tests.unit.measurement.baseline.oracle import Oracle

LOOK_BACK = 45
ZONES = ["America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata", "America/Havana"]
# Within a month after clocks change in one place or another, either way; or in June.
DATES = st.one_of(
    st.dates(min_value=date(2027, 3, 10), max_value=date(2027, 4, 12)),
    st.dates(min_value=date(2027, 10, 25), max_value=date(2027, 11, 25)),
    st.dates(min_value=date(2027, 6, 1), max_value=date(2027, 6, 30)),
)
RULES: dict[str, tuple[XOfY, tuple[int, int], bool]] = {
    "10 of 10": (ten_of_ten(fewest=10, look_back=LOOK_BACK), (0, 0), False),
    "5 of 10": (five_of_ten(by=By.EVENT, fewest=10, look_back=LOOK_BACK), (0, 5), False),
    "5 by day": (five_of_ten(by=By.DAY, fewest=10, look_back=LOOK_BACK), (0, 5), True),
    "8 of 10": (middle_eight_of_ten(by=By.EVENT, look_back=LOOK_BACK), (1, 1), False),
    "8 by day": (middle_eight_of_ten(by=By.DAY, look_back=LOOK_BACK), (1, 1), True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    place: Calendar
    on: date
    event: Span
    events: frozenset[date]

    def days(self, number: int = LOOK_BACK + 2) -> list[date]:
        return [*days_before(self.on, number), self.on, self.on + timedelta(days=1)]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    on = draw(DATES)
    earlier = st.integers(1, LOOK_BACK).map(lambda back: on - timedelta(days=back))
    place = Calendar(
        zone=ZoneInfo(draw(st.sampled_from(ZONES))),
        holidays=frozenset(draw(st.sets(earlier, max_size=3))),
    )
    start = datetime.combine(on, time(draw(st.integers(0, 23))), tzinfo=place.zone).timestamp()
    return Case(
        place=place,
        on=on,
        event=Span(
            start=Instant(start), end=Instant(start + 3_600 * draw(st.integers(2, 6)))
        ),
        events=frozenset(draw(st.sets(earlier, max_size=4))),
    )  # fmt: skip


def some_watts(seed: int, start: float) -> float:
    """As if by chance, the same each time, and hardly ever the same twice."""
    return float((int(start) // 900 * 2_654_435_761 + seed * 40_503) % 1_000_003)


@given(
    cases(),
    st.sampled_from(sorted(RULES)),
    st.integers(0, 999),
    st.sets(st.integers(0, 24 * LOOK_BACK), max_size=4),
)
def test_an_independent_calculation_comes_to_the_same(
    case: Case, name: str, seed: int, missing: set[int]
) -> None:
    rule, drop, by_day = RULES[name]
    hours = sorted(record(case.days(), lambda _: 0.0, place=case.place))
    power = {
        start: some_watts(seed, start)
        for number, start in enumerate(hours)
        if number not in missing
    }
    past = Past(
        calendar=case.place,
        events=case.events,
        loads={start: load(start, watts / 1_000) for start, watts in power.items()},
        width=HOUR,
    )
    oracle = Oracle(power, zone=case.place.zone, off=case.place.holidays, events=case.events)

    ours = averaged(rule, past, event=case.event, window=None)
    theirs = oracle.baseline(
        list(starts(case.event, width=HOUR)), look_back=LOOK_BACK, drop=drop, by_day=by_day
    )

    if theirs is None:
        assert isinstance(ours, NoBaseline)
        assert ours.reason is Reason.TOO_FEW_DAYS
    else:
        assert isinstance(ours, Baseline)
        assert [each.power for each in ours.loads] == pytest.approx(theirs)


@given(cases(), st.sampled_from(sorted(RULES)), st.floats(-500, 500))
def test_of_constant_days_the_baseline_is_that_constant(case: Case, name: str, kw: float) -> None:
    known = record(case.days(), lambda _: kw, place=case.place)
    past = Past(calendar=case.place, events=case.events, loads=known, width=HOUR)
    baseline = averaged(RULES[name][0], past, event=case.event, window=None)

    if isinstance(baseline, Baseline):
        assert [each.power for each in baseline.loads] == pytest.approx(
            [kw * 1_000] * len(baseline.loads)
        )
        assert len(baseline.loads) == len(starts(case.event, width=HOUR))


@given(cases(), st.sampled_from(sorted(RULES)))
def test_nothing_of_an_event_day_nor_of_the_day_itself_enters(case: Case, name: str) -> None:
    def kw(shown: datetime) -> float:
        return nan if shown.date() in case.events or shown.date() >= case.on else 7.0

    known = record(case.days(), kw, place=case.place)
    past = Past(calendar=case.place, events=case.events, loads=known, width=HOUR)
    baseline = averaged(RULES[name][0], past, event=case.event, window=None)

    if isinstance(baseline, Baseline):
        assert not any(isnan(each.power or 0.0) for each in baseline.loads)
        assert not case.events & set(baseline.days)


@given(cases(), st.sampled_from(sorted(RULES)), st.integers(0, 9))
def test_an_hour_that_is_missing_never_counts_as_zero(case: Case, name: str, which: int) -> None:
    known = record(case.days(), lambda _: 7.0, place=case.place)
    past = Past(calendar=case.place, events=case.events, loads=known, width=HOUR)
    whole = averaged(RULES[name][0], past, event=case.event, window=None)
    if not isinstance(whole, Baseline):
        return
    day = whole.days[which % len(whole.days)]
    first = starts(case.place.span_of(day), width=HOUR)
    holes = {**known, **{start: load(start, None) for start in first}}
    holed = averaged(
        RULES[name][0],
        Past(calendar=case.place, events=case.events, loads=holes, width=HOUR),
        event=case.event,
        window=None,
    )

    if isinstance(holed, Baseline):
        assert day not in holed.days
        assert [each.power for each in holed.loads] == pytest.approx([7_000] * len(holed.loads))


@pytest.mark.parametrize(
    ("zone", "on", "hours"),
    [
        ("America/Los_Angeles", date(2027, 3, 14), 23),
        ("America/Los_Angeles", date(2027, 11, 7), 25),
        ("Europe/Berlin", date(2027, 3, 28), 23),
        ("Europe/Berlin", date(2027, 10, 31), 25),
        ("America/Havana", date(2027, 11, 7), 25),
    ],
)
def test_an_event_of_a_whole_day_has_as_many_hours_as_the_day(
    zone: str, on: date, hours: int
) -> None:
    place = Calendar(zone=ZoneInfo(zone), holidays=frozenset())
    known = record(days_before(on, 20), lambda _: 7.0, place=place)
    past = Past(calendar=place, events=(), loads=known, width=HOUR)
    rule = ten_of_ten(fewest=10, look_back=20, alike=ALL_ALIKE)
    baseline = averaged(rule, past, event=place.span_of(on), window=None)

    assert isinstance(baseline, Baseline)
    energy = sum((each.power or 0.0) * each.width / 3_600 for each in baseline.loads)
    assert energy == pytest.approx(7_000 * hours)


@pytest.mark.parametrize("changed", [date(2027, 3, 14), date(2027, 11, 7)])
def test_a_longer_or_shorter_day_is_not_higher_or_lower_for_that(changed: date) -> None:
    """All days have the same power, so the oldest are the lower ones, whatever their length."""
    place = Calendar(zone=ZoneInfo("America/Los_Angeles"), holidays=frozenset())
    on = changed + timedelta(days=3)
    known = record(days_before(on, 20), lambda _: 7.0, place=place)
    past = Past(calendar=place, events=(), loads=known, width=HOUR)
    noon = place.span_of(on).start + 12 * 3_600
    rule = five_of_ten(by=By.DAY, fewest=10, look_back=20, alike=ALL_ALIKE)
    baseline = averaged(
        rule, past, event=Span(start=Instant(noon), end=Instant(noon + 3_600)), window=None
    )

    assert isinstance(baseline, Baseline)
    assert list(baseline.days) == days_before(on, 5)
