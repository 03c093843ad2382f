"""An event on a Thursday in Los Angeles, and the hourly loads of the weeks before it.

The event is on 15 July 2027 from 17:00 to 19:00. There was another on Thursday the 8th, and Monday
the 5th was a holiday.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gridbridge.domain.units import Instant, Seconds, Watts
from gridbridge.measurement.baseline.choosing import Past
from gridbridge.measurement.baseline.days import Calendar
from gridbridge.measurement.loads import Load, Quality, Span, starts

HOUR = Seconds(3_600.0)
PLACE = Calendar(
    zone=ZoneInfo("America/Los_Angeles"), holidays=frozenset({date(2027, 7, 4), date(2027, 7, 5)})
)
ON = date(2027, 7, 15)

# The load in kW from 17:00 and from 18:00.
#                       17   18   both
AFTERNOONS = {
    date(2027, 7, 14): (100, 50),  # 150
    date(2027, 7, 13): (110, 52),  # 162
    date(2027, 7, 12): (120, 54),  # 174
    date(2027, 7, 9): (130, 56),  # 186, the highest
    date(2027, 7, 8): (10, 10),  # an event
    date(2027, 7, 7): (90, 58),  # 148
    date(2027, 7, 6): (80, 60),  # 140, the lowest
    date(2027, 7, 5): (5, 5),  # a holiday
    date(2027, 7, 2): (105, 62),  # 167
    date(2027, 7, 1): (95, 64),  # 159
    date(2027, 6, 30): (115, 66),  # 181
    date(2027, 6, 29): (105, 68),  # 173
    date(2027, 6, 28): (500, 500),  # the eleventh
}
TEN = tuple(
    sorted(day for day in AFTERNOONS if day.day not in {5, 8} and day != date(2027, 6, 28))
)


def at(hour: int, day: date = ON, place: Calendar = PLACE) -> Instant:
    """On the hour, local time."""
    return Instant(datetime.combine(day, time(hour), tzinfo=place.zone).timestamp())


EVENT = Span(start=at(17), end=at(19))


def load(start: Instant, kw: float | None, *, width: Seconds = HOUR, guess: bool = False) -> Load:
    """One load; None: it is missing."""
    if kw is None:
        return Load(start=start, width=width, power=None, quality=Quality.MISSING)
    quality = Quality.ESTIMATED if guess else Quality.MEASURED
    return Load(start=start, width=width, power=Watts(kw * 1_000), quality=quality)


def record(
    days: Iterable[date],
    kw: Callable[[datetime], float | None],
    *,
    place: Calendar = PLACE,
    width: Seconds = HOUR,
) -> dict[Instant, Load]:
    """Every load of these days, by the local time when it begins."""
    return {
        start: load(start, kw(datetime.fromtimestamp(start, place.zone)), width=width)
        for day in days
        for start in starts(place.span_of(day), width=width)
    }


def days_before(day: date, number: int) -> list[date]:
    return [day - timedelta(days=back) for back in range(number, 0, -1)]


def afternoon(shown: datetime) -> float:
    """40 kW from 13:00 to 16:00, what the table says from 17:00 to 19:00, and else 10 kW."""
    if 13 <= shown.hour < 16:
        return 40.0
    hours = AFTERNOONS.get(shown.date(), (1, 1))
    return float(hours[shown.hour - 17]) if shown.hour in {17, 18} else 10.0


def past(
    loads: dict[Instant, Load] | None = None,
    *,
    events: Iterable[date] = (date(2027, 7, 8),),
    place: Calendar = PLACE,
    width: Seconds = HOUR,
) -> Past:
    """The weeks before the event, as the table says."""
    known = record(days_before(ON, 45), afternoon) if loads is None else loads
    return Past(calendar=place, events=frozenset(events), loads=known, width=width)


def kilowatts(loads: Iterable[Load]) -> list[float | None]:
    """Rounded to a milliwatt."""
    return [None if each.power is None else round(each.power / 1_000, 6) for each in loads]
