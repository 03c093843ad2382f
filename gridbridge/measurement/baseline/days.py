"""Local days: when they begin and end, of what kind they are, and the same clock on another day.

A day lasts from midnight to midnight of its place, which is 23 or 25 hours where clocks change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from gridbridge.domain.units import Instant
from gridbridge.measurement.loads import Span


class Kind(StrEnum):
    """What people do on a day."""

    WEEKDAY = "weekday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"
    HOLIDAY = "holiday"
    """Whatever day of the week it is."""


ALL_ALIKE = (frozenset(Kind),)
"""A bus depot that runs every day the same."""
BUSINESS_OR_NOT = (
    frozenset({Kind.WEEKDAY}),
    frozenset({Kind.SATURDAY, Kind.SUNDAY, Kind.HOLIDAY}),
)
"""Working days are like each other, and all others are."""
_SUNDAY, _SATURDAY = 6, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """What a wall clock shows, counted from a day: the night after a Friday belongs to Friday."""

    days: int
    """Of the date after that day, or before it where negative."""
    time: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The days of a place."""

    zone: tzinfo
    holidays: frozenset[date]

    def day_of(self, at: Instant) -> date:
        """The local date at that moment."""
        return self._shown(at).date()

    def kind_of(self, day: date) -> Kind:
        """Of what kind a day is; a holiday is nothing else."""
        if day in self.holidays:
            return Kind.HOLIDAY
        if day.weekday() == _SUNDAY:
            return Kind.SUNDAY
        return Kind.SATURDAY if day.weekday() == _SATURDAY else Kind.WEEKDAY

    def span_of(self, day: date) -> Span:
        """From its midnight to the next: days follow each other without a gap or an overlap."""
        return Span(start=self._midnight(day), end=self._midnight(day + timedelta(days=1)))

    def days_in(self, span: Span) -> tuple[date, ...]:
        """Every day that has a part in a span of time."""
        if span.end <= span.start:
            return ()
        first, last = self.day_of(span.start), self.day_of(span.end)
        # A span that ends with a day has no part in the next one.
        whole = self._midnight(last) == span.end
        return tuple(
            first + timedelta(days=number) for number in range((last - first).days + (not whole))
        )

    def clock_at(self, at: Instant, *, of: date) -> Clock:
        """What the clock shows at a moment, counted from a day."""
        shown = self._shown(at)
        return Clock(days=(shown.date() - of).days, time=shown.time().replace(fold=0))

    def moments(self, clock: Clock, *, of: date) -> tuple[Instant, ...]:
        """When the clock shows that, counted from another day.

        Once as a rule; never or twice where clocks change.
        """
        wanted = datetime.combine(of + timedelta(days=clock.days), clock.time, tzinfo=self.zone)
        found = {Instant(wanted.replace(fold=fold).timestamp()) for fold in (0, 1)}
        return tuple(
            sorted(
                at for at in found if self._shown(at).replace(fold=0, tzinfo=None)
                == wanted.replace(tzinfo=None)
            )
        )  # fmt: skip

    def _shown(self, at: Instant) -> datetime:
        return datetime.fromtimestamp(at, self.zone)

    def _midnight(self, day: date) -> Instant:
        # Where midnight comes twice this is the first, and where it is skipped the moment it is.
        return Instant(datetime.combine(day, time.min, tzinfo=self.zone).timestamp())
