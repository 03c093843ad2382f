"""Which days of the past a baseline is made from.

An event on a Thursday, the latest 3 like days of which the highest is dropped:

Thu  Fri  Sat    Sun    Mon  Tue    Wed  | Thu
     3rd  other  other  2nd  event  1st  | event      looked at from the latest on
     80   kind   kind   95          70                95 is too high: Wed and Fri are taken
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from gridbridge.domain.units import Instant, Seconds
from gridbridge.measurement.baseline.days import Calendar, Clock, Kind
from gridbridge.measurement.baseline.result import LeftOut, Why
from gridbridge.measurement.loads import Load, mean, starts

if TYPE_CHECKING:
    from collections.abc import Sequence


class By(StrEnum):
    """What makes a day high or low."""

    EVENT = "event"
    """Its mean power in the hours of the event."""
    DAY = "day"
    """Its mean power from midnight to midnight: a day of 25 hours is not higher for that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """How many of the days found are left out again; of equal ones the older is the lower."""

    highest: int
    lowest: int
    by: By


@dataclass(frozen=True, slots=True, kw_only=True)
class XOfY:
    """Take so many of the latest like days."""

    name: str
    of: int
    """Y: the days that are looked for; X are what `drop` leaves of them."""
    drop: Drop | None
    fewest: int
    """With fewer than this found there is no baseline; between, X of those there are."""
    look_back: int
    """How many days before the event's are looked at, of any kind."""
    alike: tuple[frozenset[Kind], ...]
    """Kinds in one set are like each other."""

    def __post_init__(self) -> None:
        """Refuse what would take no day, or would not say which."""
        if not 1 <= self.fewest <= self.of <= self.look_back or self.take < 1:
            raise ValueError(f"{self.name}: nothing can be taken so")
        both = self.drop is not None and self.drop.highest > 0 and self.drop.lowest > 0
        if both and self.fewest < self.of:
            raise ValueError(f"{self.name}: of fewer days it is not said which to drop")
        if sorted(kind for each in self.alike for kind in each) != sorted(Kind):
            raise ValueError(f"{self.name}: each kind of day belongs to one set")

    @property
    def take(self) -> int:
        """X."""
        return self.of - (0 if self.drop is None else self.drop.highest + self.drop.lowest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is known of the time before an event."""

    calendar: Calendar
    events: Collection[date]
    """Days in which any event had a part, whether it was answered or not."""
    loads: Mapping[Instant, Load]
    """By start."""
    width: Seconds

    def __post_init__(self) -> None:
        """Loads of different widths cannot be compared."""
        if any(load.width != self.width for load in self.loads.values()):
            raise ValueError(f"every load must be of {self.width} s")


@dataclass(frozen=True, slots=True, kw_only=True)
class LikeDay:
    """A day of the past with its loads at the clock times that were asked for."""

    day: date
    event: tuple[Load, ...]
    before: tuple[Load, ...]


def like_days(
    rule: XOfY, past: Past, *, on: date, event: Sequence[Clock], before: Sequence[Clock]
) -> tuple[list[LikeDay], list[LeftOut]]:
    """The latest `rule.of` days like `on` that can be used, latest first, and those passed over.

    A day with an event, and one of which a load is missing, is never among them.
    """
    kinds = next(each for each in rule.alike if past.calendar.kind_of(on) in each)
    found, left_out = list[LikeDay](), list[LeftOut]()
    for back in range(1, rule.look_back + 1):
        if len(found) == rule.of:
            break
        day = on - timedelta(days=back)
        seen = (
            _seen(past, day, on, event=event, before=before)
            if past.calendar.kind_of(day) in kinds
            else Why.OTHER_KIND
        )
        if isinstance(seen, LikeDay) and rule.drop is not None and rule.drop.by is By.DAY:
            seen = seen if _whole_day(past, day) else Why.MISSING
        if isinstance(seen, LikeDay):
            found.append(seen)
        else:
            left_out.append(LeftOut(day=day, why=seen))
    return found, left_out


def dropped(rule: XOfY, past: Past, found: Sequence[LikeDay]) -> dict[date, Why]:
    """Which of the days found are left out again, for being too high or too low."""
    surplus = len(found) - rule.take
    if rule.drop is None or surplus <= 0:
        return {}
    height = {
        each.day: mean(each.event if rule.drop.by is By.EVENT else _whole_day(past, each.day))[0]
        for each in found
    }
    ranked = sorted(height, key=lambda day: (height[day], day))
    lowest = min(rule.drop.lowest, surplus)
    highest = min(rule.drop.highest, surplus - lowest)
    return dict.fromkeys(ranked[:lowest], Why.TOO_LOW) | dict.fromkeys(
        ranked[len(ranked) - highest :], Why.TOO_HIGH
    )


def _seen(
    past: Past, day: date, on: date, *, event: Sequence[Clock], before: Sequence[Clock]
) -> LikeDay | Why:
    clocks = (*event, *before)
    reaches = {day + timedelta(days=clock.days) for clock in clocks}
    if any(each >= on or each in past.events for each in reaches):
        return Why.EVENT
    moments = [past.calendar.moments(clock, of=day) for clock in clocks]
    if any(len(each) != 1 for each in moments):
        return Why.CLOCK_CHANGE
    found = [past.loads.get(at) for (at,) in moments]
    known = tuple(load for load in found if load is not None and load.power is not None)
    if len(known) < len(clocks):
        return Why.MISSING
    return LikeDay(day=day, event=known[: len(event)], before=known[len(event) :])


def _whole_day(past: Past, day: date) -> tuple[Load, ...]:
    """Every load of a day; none if one is missing."""
    span = past.calendar.span_of(day)
    found = [past.loads.get(at) for at in starts(span, width=past.width)]
    known = tuple(load for load in found if load is not None and load.power is not None)
    return known if len(known) == len(found) else ()
