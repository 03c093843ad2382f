"""Local days have 23 to 25 hours and follow each other without a gap."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridbridge.domain.units import Instant
from gridbridge.measurement.baseline.days import Calendar, Clock, Kind
from gridbridge.measurement.loads import Span

ZONES = [
    "UTC",
    "America/Los_Angeles",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "America/Havana",
    "America/Sao_Paulo",
    "Asia/Beirut",
    "Pacific/Apia",
]
DAYS = st.dates(min_value=date(2012, 1, 1), max_value=date(2030, 12, 31))


def calendar(zone: str, *holidays: date) -> Calendar:
    return Calendar(zone=ZoneInfo(zone), holidays=frozenset(holidays))


def utc(text: str) -> Instant:
    return Instant(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        ("America/Los_Angeles", date(2027, 3, 14), "2027-03-14T08:00", 23),
        ("America/Los_Angeles", date(2027, 11, 7), "2027-11-07T07:00", 25),
        ("Europe/Berlin", date(2027, 3, 28), "2027-03-27T23:00", 23),
        ("Europe/Berlin", date(2027, 6, 1), "2027-05-31T22:00", 24),
        ("Australia/Lord_Howe", date(2027, 10, 3), "2027-10-02T13:30", 23.5),
        # Clocks go from 00:00 to 01:00: the day begins when its midnight is skipped.
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T03:00", 23),
        # Clocks go from 01:00 back to 00:00: the day begins with the first of two midnights.
        ("America/Havana", date(2027, 11, 7), "2027-11-07T04:00", 25),
    ],
)
def test_when_a_day_begins_and_how_long_it_is(
    zone: str, day: date, start: str, hours: float
) -> None:
    span = calendar(zone).span_of(day)

    assert span.start == utc(start)
    assert (span.end - span.start) / 3_600 == hours


@given(st.sampled_from(ZONES), DAYS)
def test_days_neither_overlap_nor_leave_a_gap(zone: str, day: date) -> None:
    place = calendar(zone)
    today, tomorrow = place.span_of(day), place.span_of(day + timedelta(days=1))

    assert today.end == tomorrow.start
    assert place.day_of(today.start) == day
    assert place.day_of(Instant(today.end - 1)) == day
    assert place.days_in(today) == (day,)


@given(st.sampled_from(ZONES), DAYS, st.integers(0, 95), st.integers(-1, 1))
def test_a_moment_is_found_again_by_its_clock(
    zone: str, day: date, quarter: int, other: int
) -> None:
    place = calendar(zone)
    at = Instant(place.span_of(day).start + 900 * quarter)
    clock = place.clock_at(at, of=day + timedelta(days=other))

    assert at in place.moments(clock, of=day + timedelta(days=other))


@pytest.mark.parametrize(
    ("day", "shown", "expected"),
    [
        (date(2027, 3, 13), time(2, 30), ["2027-03-13T10:30"]),
        (date(2027, 3, 14), time(2, 30), []),
        (date(2027, 11, 7), time(1, 30), ["2027-11-07T08:30", "2027-11-07T09:30"]),
        (date(2027, 11, 7), time(2, 30), ["2027-11-07T10:30"]),
    ],
)
def test_a_clock_shows_a_time_once_or_never_or_twice(
    day: date, shown: time, expected: list[str]
) -> None:
    moments = calendar("America/Los_Angeles").moments(Clock(days=0, time=shown), of=day)

    assert list(moments) == [utc(each) for each in expected]


def test_the_night_after_belongs_to_the_day_before() -> None:
    place = calendar("Europe/Berlin")
    at = Instant(place.span_of(date(2027, 7, 16)).start + 3_600)
    clock = place.clock_at(at, of=date(2027, 7, 15))

    assert clock == Clock(days=1, time=time(1))
    assert place.moments(clock, of=date(2027, 7, 13)) == (at - 2 * 86_400,)


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2027, 7, 2), Kind.WEEKDAY),
        (date(2027, 7, 3), Kind.SATURDAY),
        (date(2027, 7, 4), Kind.HOLIDAY),
        (date(2027, 7, 5), Kind.HOLIDAY),
        (date(2027, 7, 11), Kind.SUNDAY),
    ],
)
def test_of_what_kind_a_day_is(day: date, kind: Kind) -> None:
    place = calendar("America/Los_Angeles", date(2027, 7, 4), date(2027, 7, 5))

    assert place.kind_of(day) is kind


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        (17, 19, [15]),
        (17, 24, [15]),
        (17, 25, [15, 16]),
        (17, 49, [15, 16, 17]),
        (0, 24, [15]),
        (17, 17, []),
    ],
)
def test_in_which_days_a_span_has_a_part(first: float, last: float, days: list[int]) -> None:
    place = calendar("Europe/Berlin")
    midnight = place.span_of(date(2027, 7, 15)).start
    span = Span(start=Instant(midnight + first * 3_600), end=Instant(midnight + last * 3_600))

    assert place.days_in(span) == tuple(date(2027, 7, day) for day in days)
