"""Which days a baseline is the mean of, by hand: the table is in `july`.

The methods as their sources have them: 10 of 10, CAISO tariff section 4.13.4 (customer load
baseline); 5 of 10, the highest five (CAISO residential, PJM's high X of Y); middle 8 of 10, ERCOT
"Demand Response Baseline Methodologies". NAESB WEQ-015 has them all as baselines of type I.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from gridbridge.domain.units import Instant, Seconds
from gridbridge.measurement.baseline.averaging import (
    averaged,
    five_of_ten,
    middle_eight_of_ten,
    ten_of_ten,
)
from gridbridge.measurement.baseline.choosing import By, Drop, Past, XOfY
from gridbridge.measurement.baseline.days import ALL_ALIKE, BUSINESS_OR_NOT, Kind
from gridbridge.measurement.baseline.result import Baseline, NoBaseline, Reason, Why
from gridbridge.measurement.loads import Quality, Span
from tests.unit.measurement.baseline.july import (
    EVENT,
    HOUR,
    ON,
    TEN,
    afternoon,
    at,
    days_before,
    kilowatts,
    load,
    past,
    record,
)

ALL_TEN = ten_of_ten(fewest=10, look_back=45)


def found(rule: XOfY, known: Past, event: Span = EVENT, window: Span | None = None) -> Baseline:
    baseline = averaged(rule, known, event=event, window=window)
    assert isinstance(baseline, Baseline), baseline
    return baseline


def why(baseline: Baseline | NoBaseline) -> dict[date, Why]:
    return {each.day: each.why for each in baseline.left_out}


def test_ten_of_ten_is_the_mean_of_the_latest_ten() -> None:
    """(100+110+120+130+90+80+105+95+115+105)/10 and (50+52+54+56+58+60+62+64+66+68)/10."""
    baseline = found(ALL_TEN, past())

    assert kilowatts(baseline.loads) == [105.0, 59.0]
    assert [each.start for each in baseline.loads] == [at(17), at(18)]
    assert baseline.days == TEN
    assert baseline.method == "10-of-10"


def test_five_of_ten_is_the_mean_of_the_highest_five() -> None:
    """9 July, 30 June, 12 July, 29 June, 2 July: (130+115+120+105+105)/5, (56+66+54+68+62)/5."""
    baseline = found(five_of_ten(by=By.EVENT, fewest=10, look_back=45), past())

    assert kilowatts(baseline.loads) == [115.0, 61.2]
    assert [day.day for day in baseline.days] == [29, 30, 2, 9, 12]


def test_the_middle_eight_of_ten_leaves_the_highest_and_the_lowest_out() -> None:
    """Without 9 and 6 July: (1050-130-80)/8 and (590-56-60)/8."""
    baseline = found(middle_eight_of_ten(by=By.EVENT, look_back=45), past())

    assert kilowatts(baseline.loads) == [105.0, 59.25]
    assert [day for day, left in why(baseline).items() if left is Why.TOO_HIGH] == [
        date(2027, 7, 9)
    ]
    assert [day for day, left in why(baseline).items() if left is Why.TOO_LOW] == [
        date(2027, 7, 6)
    ]


def test_by_day_the_night_counts_too() -> None:
    """The 14th had 500 kW at night: without it and the 6th (1050-100-80)/8 and (590-50-60)/8."""

    def with_a_night(shown: datetime) -> float:
        return 500.0 if (shown.day, shown.hour) == (14, 3) else afternoon(shown)

    known = past(record(days_before(ON, 45), with_a_night))
    baseline = found(middle_eight_of_ten(by=By.DAY, look_back=45), known)

    assert kilowatts(baseline.loads) == [108.75, 60.0]


def test_each_day_that_was_passed_over_has_its_reason() -> None:
    baseline = found(ALL_TEN, past())

    assert list(why(baseline).items()) == [
        (date(2027, 7, 11), Why.OTHER_KIND),
        (date(2027, 7, 10), Why.OTHER_KIND),
        (date(2027, 7, 8), Why.EVENT),
        (date(2027, 7, 5), Why.OTHER_KIND),
        (date(2027, 7, 4), Why.OTHER_KIND),
        (date(2027, 7, 3), Why.OTHER_KIND),
    ]


def test_a_sunday_is_made_of_days_off() -> None:
    """Back from Sunday the 11th: 10, 5 (a holiday), 4, 3, then 27 and 26 June."""
    on = date(2027, 7, 11)
    event = Span(start=at(17, on), end=at(19, on))
    baseline = found(replace(ALL_TEN, of=6, fewest=6), past(), event)

    assert [day.day for day in baseline.days] == [26, 27, 3, 4, 5, 10]


def test_where_all_days_are_alike_only_events_are_left_out() -> None:
    baseline = found(ten_of_ten(fewest=10, look_back=45, alike=ALL_ALIKE), past())

    assert [day.day for day in baseline.days] == [4, 5, 6, 7, 9, 10, 11, 12, 13, 14]


@pytest.mark.parametrize(
    ("look_back", "fewest", "days"),
    [(16, 10, 10), (15, 9, 9), (15, 10, None), (12, 5, 6)],
)
def test_with_too_few_days_there_is_no_number(
    look_back: int, fewest: int, days: int | None
) -> None:
    known = past()
    rule = replace(ALL_TEN, look_back=look_back, fewest=fewest)
    baseline = averaged(rule, known, event=EVENT, window=None)

    if days is None:
        assert isinstance(baseline, NoBaseline)
        assert baseline.reason is Reason.TOO_FEW_DAYS
        assert baseline.detail == "9 of the 10 days needed, within 15 days"
        assert why(baseline)[date(2027, 7, 8)] is Why.EVENT
    else:
        assert isinstance(baseline, Baseline)
        assert len(baseline.days) == days


@pytest.mark.parametrize(("look_back", "days"), [(9, 5), (7, 4), (16, 5)])
def test_the_highest_five_of_fewer_are_still_five(look_back: int, days: int) -> None:
    rule = replace(five_of_ten(by=By.EVENT, fewest=4, look_back=45), look_back=max(look_back, 10))
    known = past(record(days_before(ON, look_back), afternoon))

    assert len(found(rule, known).days) == days


def test_the_lowest_five_of_seven_leave_the_highest_two_out() -> None:
    rule = replace(ALL_TEN, drop=Drop(highest=5, lowest=0, by=By.EVENT), fewest=5)
    baseline = found(rule, past(record(days_before(ON, 13), afternoon)))

    assert [day for day, left in why(baseline).items() if left is Why.TOO_HIGH] == [
        date(2027, 7, 12),
        date(2027, 7, 9),
    ]


def test_a_day_with_a_missing_load_is_replaced_by_an_older_one() -> None:
    known = record(days_before(ON, 45), afternoon)
    known[at(18, date(2027, 7, 13))] = load(at(18, date(2027, 7, 13)), None)
    baseline = found(ALL_TEN, past(known))

    assert why(baseline)[date(2027, 7, 13)] is Why.MISSING
    assert baseline.days[0] == date(2027, 6, 28)
    assert kilowatts(baseline.loads) == [144.0, 103.8]  # (1050-110+500)/10, (590-52+500)/10


def test_a_day_that_nobody_metered_is_missing_not_zero() -> None:
    known = {
        start: each
        for start, each in record(days_before(ON, 45), afternoon).items()
        if not at(0, date(2027, 7, 13)) <= start < at(0, date(2027, 7, 14))
    }

    assert why(found(ALL_TEN, past(known)))[date(2027, 7, 13)] is Why.MISSING


def test_a_load_missing_at_night_matters_only_where_the_day_is_ranked() -> None:
    known = record(days_before(ON, 45), afternoon)
    night = at(3, date(2027, 7, 13))
    known[night] = load(night, None)

    assert date(2027, 7, 13) in found(ALL_TEN, past(known)).days
    by_event = middle_eight_of_ten(by=By.EVENT, look_back=45)
    assert date(2027, 7, 13) in found(by_event, past(known)).days
    by_day = middle_eight_of_ten(by=By.DAY, look_back=45)
    assert why(found(by_day, past(known)))[date(2027, 7, 13)] is Why.MISSING


def test_what_was_estimated_is_said() -> None:
    known = record(days_before(ON, 45), afternoon)
    known[at(18, date(2027, 7, 13))] = load(at(18, date(2027, 7, 13)), 52, guess=True)

    assert [each.quality for each in found(ALL_TEN, past(known)).loads] == [
        Quality.MEASURED,
        Quality.ESTIMATED,
    ]


def test_of_equal_days_the_older_is_the_lower() -> None:
    known = past(record(days_before(ON, 45), lambda _: 7.0))
    baseline = found(five_of_ten(by=By.EVENT, fewest=10, look_back=45), known)

    assert baseline.days == TEN[5:]


def test_a_night_is_compared_with_nights() -> None:
    """From Thursday 23:00 to Friday 1:00; Wednesday's night would reach into the event's day."""
    event = Span(start=at(23), end=at(1, date(2027, 7, 16)))
    known = past(record(days_before(ON, 45), lambda shown: shown.day + shown.hour / 100))
    baseline = found(replace(ALL_TEN, of=3, fewest=3), known, event)

    assert why(baseline)[date(2027, 7, 14)] is Why.EVENT
    assert [day.day for day in baseline.days] == [9, 12, 13]  # the 7th reaches into the 8th
    assert kilowatts(baseline.loads) == [round(34 / 3 + 0.23, 6), round(37 / 3, 6)]


def test_a_part_of_an_hour_is_not_an_interval() -> None:
    event = Span(start=Instant(at(17) + 60), end=Instant(at(19) + 60))

    assert [each.start for each in found(ALL_TEN, past(), event).loads] == [at(18)]

    short = Span(start=Instant(at(17) + 60), end=at(18))
    nothing = averaged(ALL_TEN, past(), event=short, window=None)
    assert isinstance(nothing, NoBaseline)
    assert nothing.reason is Reason.NO_WHOLE_INTERVAL


def test_the_window_is_expected_of_the_same_days() -> None:
    window = Span(start=at(12), end=at(14))

    assert kilowatts(found(ALL_TEN, past(), window=window).before) == [10.0, 40.0]


@pytest.mark.parametrize(
    ("month", "day", "hour"), [(3, 14, 2), (11, 7, 1)], ids=["no such hour", "twice that hour"]
)
def test_a_day_whose_clock_skips_or_repeats_the_hour_does_not_count(
    month: int, day: int, hour: int
) -> None:
    changed = date(2027, month, day)
    on = date(2027, month, day + 1)
    known = past(record(days_before(on, 20), lambda _: 7.0), events=())
    rule = ten_of_ten(fewest=10, look_back=20, alike=ALL_ALIKE)
    baseline = found(rule, known, Span(start=at(hour, on), end=at(hour + 1, on)))

    assert why(baseline) == {changed: Why.CLOCK_CHANGE}

    other_hour = found(rule, known, Span(start=at(12, on), end=at(13, on)))
    assert changed in other_hour.days


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"fewest": 0}, id="a mean of no day"),
        pytest.param({"fewest": 11}, id="more than are looked for"),
        pytest.param({"look_back": 9}, id="a look back that cannot hold them"),
        pytest.param({"drop": Drop(highest=0, lowest=10, by=By.DAY)}, id="none left"),
        pytest.param(
            {"drop": Drop(highest=1, lowest=1, by=By.DAY), "fewest": 9}, id="who is the middle?"
        ),
        pytest.param({"alike": (frozenset({Kind.WEEKDAY}),)}, id="a kind like none"),
        pytest.param({"alike": (*BUSINESS_OR_NOT, frozenset({Kind.SUNDAY}))}, id="a kind in two"),
    ],
)
def test_a_rule_that_cannot_say_what_to_take_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="10-of-10"):
        replace(ALL_TEN, **wrong)  # type: ignore[arg-type]  # the fields of a rule


def test_loads_of_another_width_are_refused() -> None:
    with pytest.raises(ValueError, match="900"):
        Past(
            calendar=past().calendar,
            events=(),
            loads={at(1): load(at(1), 1, width=HOUR)},
            width=Seconds(900.0),
        )
