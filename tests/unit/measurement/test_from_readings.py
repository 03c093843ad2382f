"""From the readings of a meter to what was delivered, over days of 23, 24 and 25 hours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gridbridge.domain.facts import Metered, Reading
from gridbridge.domain.history import EnergyBucket, Every
from gridbridge.domain.ids import SiteId, StationId
from gridbridge.domain.units import Instant, Seconds, WattHours
from gridbridge.measurement.baseline.averaging import averaged, ten_of_ten
from gridbridge.measurement.baseline.choosing import Past
from gridbridge.measurement.baseline.days import ALL_ALIKE, Calendar
from gridbridge.measurement.baseline.notice import Notice
from gridbridge.measurement.baseline.result import Baseline
from gridbridge.measurement.baseline.same_day import Scaling, Window, adjusted
from gridbridge.measurement.book import Book
from gridbridge.measurement.buckets import added, rounded
from gridbridge.measurement.delivered import Asked, Performance, performance
from gridbridge.measurement.loads import Load, Quality, Span, loads

PLACE = Calendar(zone=ZoneInfo("America/Los_Angeles"), holidays=frozenset())
QUARTER = Seconds(900.0)
METER = (StationId("CP-1"), 1)


def kept(over: Span, kw: Callable[[datetime], float]) -> list[EnergyBucket]:
    """The quarters as they lie in the store, from a register that is read every quarter."""
    book, register, at = Book(), 0.0, over.start
    written = list[EnergyBucket]()
    while at <= over.end:
        reading = Reading(
            station=METER[0], epoch=1, evse=METER[1], taken=at, energy=WattHours(register)
        )
        book.receive(Metered(site=SiteId("depot"), readings=(reading,)), at=at)
        written += added(book.fresh(), every=Every.QUARTER)
        book.written_down()
        register += kw(datetime.fromtimestamp(at, PLACE.zone)) * 1_000 / 4
        at = Instant(at + QUARTER)
    return [rounded(bucket) for bucket in written]


def days(first: date, number: int) -> Span:
    last = first + timedelta(days=number - 1)
    return Span(start=PLACE.span_of(first).start, end=PLACE.span_of(last).end)


def known(buckets: list[EnergyBucket], over: Span) -> tuple[Load, ...]:
    return loads(buckets, [METER], every=Every.QUARTER, over=over, width=QUARTER, idle={})


@pytest.mark.parametrize(("changed", "hours"), [(date(2027, 3, 14), 23), (date(2027, 11, 7), 25)])
def test_no_energy_is_lost_or_counted_twice_where_clocks_change(changed: date, hours: int) -> None:
    first = changed - timedelta(days=1)
    over = days(first, 3)
    buckets = kept(over, lambda _: 20.0)

    energies = [
        sum((load.power or 0.0) * QUARTER / 3_600 for load in known(buckets, PLACE.span_of(day)))
        for day in (first, changed, changed + timedelta(days=1))
    ]

    assert energies == pytest.approx([480_000, hours * 20_000, 480_000])
    assert sum(energies) == pytest.approx(20_000 * (over.end - over.start) / 3_600)


def evening(buckets: list[EnergyBucket], on: date, over: Span) -> tuple[Baseline, Performance]:
    """An event from 17:00 to 19:00, heard of at 16:30, adjusted by the hour until 16:00."""
    start = Instant(PLACE.span_of(on).end - 7 * 3_600)
    event = Span(start=start, end=Instant(start + 7_200))
    by_start = {load.start: load for load in known(buckets, over)}
    past = Past(calendar=PLACE, events=(), loads=by_start, width=QUARTER)
    rule = ten_of_ten(fewest=10, look_back=12, alike=ALL_ALIKE)
    window = Window(begins=Seconds(7_200.0), ends=Seconds(3_600.0))
    plain = averaged(rule, past, event=event, window=window.before(start))
    assert isinstance(plain, Baseline)
    baseline = adjusted(
        plain,
        Scaling(window=window, least=0.8, most=1.2),
        metered=by_start,
        notice=Notice(heard=Instant(start - 1_800), precharge=None),
    )
    return baseline, performance(baseline, metered=by_start, asked=Asked.LESS)


def test_an_evening_in_the_week_after_clocks_changed() -> None:
    """20 kW as a rule, 22 kW that afternoon, 8 kW in the event: (22 - 8) kW for two hours."""
    on = date(2027, 3, 17)
    over = days(on - timedelta(days=12), 13)

    def kw(shown: datetime) -> float:
        if shown.date() != on:
            return 20.0
        return 8.0 if shown.hour in {17, 18} else 22.0

    buckets = kept(over, kw)
    baseline, delivered = evening(buckets, on, over)

    assert date(2027, 3, 14) in baseline.days
    assert delivered.energy == pytest.approx(28_000)
    assert delivered.mean == pytest.approx(14_000)
    assert delivered.share(Quality.MEASURED) == 1
    assert evening(kept(over, kw), on, over) == (baseline, delivered)
