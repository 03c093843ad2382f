"""X of Y once more, written from the words of the method and on naive local times alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta, tzinfo

from gridbridge.domain.units import Instant

HOUR = 3_600.0


class Oracle:
    """Hourly power in W by the start of the hour; an hour that is not there is missing."""

    def __init__(
        self,
        power: Mapping[Instant, float],
        *,
        zone: tzinfo,
        off: Collection[date],
        events: Collection[date],
    ) -> None:
        self.power, self.zone, self.off, self.events = power, zone, off, events
        self.shown = defaultdict[datetime, list[Instant]](list)
        for start in power:
            self.shown[self.local(start)].append(start)

    def local(self, start: Instant) -> datetime:
        return datetime.fromtimestamp(start, self.zone).replace(tzinfo=None, fold=0)

    def works(self, day: date) -> bool:
        return day.weekday() < 5 and day not in self.off

    def whole(self, day: date) -> list[float] | None:
        """The powers of a whole day; None if an hour is missing."""
        midnight, next_midnight = (
            datetime.combine(day + timedelta(days=n), time(), tzinfo=self.zone).timestamp()
            for n in (0, 1)
        )
        hours = [h for h in self.power if midnight <= h and h + HOUR <= next_midnight]
        expected = next_midnight // HOUR - -(-midnight // HOUR)
        return [self.power[h] for h in hours] if len(hours) == expected else None

    def baseline(
        self, event: list[Instant], *, look_back: int, drop: tuple[int, int], by_day: bool
    ) -> list[float] | None:
        """(highest, lowest) dropped of the latest ten; None with fewer than ten."""
        hours = [self.local(start) for start in event]
        today = hours[0].date()
        days: list[tuple[float, date, list[float]]] = []
        for day in (today - timedelta(days=n) for n in range(1, look_back + 1)):
            then = [hour - (today - day) for hour in hours]
            touched = {day, *(hour.date() for hour in then)}
            if self.works(day) != self.works(today) or max(touched) >= today:
                continue
            if touched & set(self.events) or any(len(self.shown[hour]) != 1 for hour in then):
                continue
            values = [self.power[self.shown[hour][0]] for hour in then]
            height = self.whole(day) if by_day else values
            if height is not None:
                days.append((sum(height) / len(height), day, values))
        if len(days) < 10:
            return None
        days = sorted(days[:10])[drop[1] : 10 - drop[0]]
        return [sum(column) / len(days) for column in zip(*(day[2] for day in days), strict=True)]
