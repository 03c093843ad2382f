"""X of Y: the mean of days like the event's.

The family is NAESB's "Baseline Type-I" (WEQ-015, Measurement and Verification of Demand Response):
what a meter said on days before. 10 of 10 is CAISO's (tariff section 4.13.4), 5 of 10 the highest
five of the ten, the middle 8 of 10 is ERCOT's ("Demand Response Baseline Methodologies").
How far they look back and how few days they put up with is the program's to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.measurement.baseline.choosing import (
    By,
    Drop,
    Past,
    XOfY,
    dropped,
    like_days,
)
from gridbridge.measurement.baseline.days import BUSINESS_OR_NOT, Kind
from gridbridge.measurement.baseline.result import (
    Baseline,
    LeftOut,
    NoBaseline,
    Reason,
    no_whole_interval,
)
from gridbridge.measurement.loads import Load, Span, mean, starts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gridbridge.domain.units import Instant, Seconds

Alike = tuple[frozenset[Kind], ...]


def ten_of_ten(*, fewest: int, look_back: int, alike: Alike = BUSINESS_OR_NOT) -> XOfY:
    """The mean of the latest ten."""
    return XOfY(name="10-of-10", of=10, drop=None, fewest=fewest, look_back=look_back, alike=alike)


def five_of_ten(*, by: By, fewest: int, look_back: int, alike: Alike = BUSINESS_OR_NOT) -> XOfY:
    """The mean of the highest five of the latest ten."""
    drop = Drop(highest=0, lowest=5, by=by)
    return XOfY(name="5-of-10", of=10, drop=drop, fewest=fewest, look_back=look_back, alike=alike)


def middle_eight_of_ten(*, by: By, look_back: int, alike: Alike = BUSINESS_OR_NOT) -> XOfY:
    """The mean of the latest ten without the highest and the lowest."""
    drop = Drop(highest=1, lowest=1, by=by)
    return XOfY(
        name="middle 8-of-10", of=10, drop=drop, fewest=10, look_back=look_back, alike=alike
    )


def averaged(rule: XOfY, past: Past, *, event: Span, window: Span | None) -> Baseline | NoBaseline:
    """The mean over the days that `rule` takes, at each clock time of the event.

    All intervals have the same days. `window` is what a same-day adjustment will look at; what is
    expected there is of these days too.
    """
    wanted = starts(event, width=past.width)
    if not wanted:
        return no_whole_interval(rule.name, past.width)
    earlier = () if window is None else starts(window, width=past.width)
    on = past.calendar.day_of(wanted[0])
    found, left_out = like_days(
        rule,
        past,
        on=on,
        event=[past.calendar.clock_at(at, of=on) for at in wanted],
        before=[past.calendar.clock_at(at, of=on) for at in earlier],
    )
    if len(found) < rule.fewest:
        detail = f"{len(found)} of the {rule.fewest} days needed, within {rule.look_back} days"
        return NoBaseline(
            method=rule.name,
            reason=Reason.TOO_FEW_DAYS,
            detail=detail,
            left_out=tuple(left_out),
        )
    out = dropped(rule, past, found)
    days = [each for each in reversed(found) if each.day not in out]
    left_out += [LeftOut(day=day, why=why) for day, why in out.items()]
    return Baseline(
        method=rule.name,
        loads=_means(wanted, past.width, [each.event for each in days]),
        before=_means(earlier, past.width, [each.before for each in days]),
        days=tuple(each.day for each in days),
        left_out=tuple(sorted(left_out, key=lambda each: each.day, reverse=True)),
    )


def _means(
    at: Iterable[Instant], width: Seconds, days: Sequence[tuple[Load, ...]]
) -> tuple[Load, ...]:
    return tuple(
        _mean(start, width, same_clock)
        for start, same_clock in zip(at, zip(*days, strict=True), strict=True)
    )


def _mean(start: Instant, width: Seconds, loads: Sequence[Load]) -> Load:
    power, quality = mean(loads)
    return Load(start=start, width=width, power=power, quality=quality)
