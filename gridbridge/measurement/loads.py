"""Mean power in even intervals of time, and how well it is known.

        14:00       14:15       14:30       14:45
CP-1      | 2.75 kWh  | 2.75      | 1.4 in 450 s
CP-2      | 0.5       | 0.2, then | no cable
          |           | no cable  |
loads     | 13 kW     | 11.8 kW   | 11.2 kW         measured, measured, estimated

Nothing told is not the same as nothing drawn: where a meter was silent the load is missing, unless
nobody was plugged in.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, fsum
from typing import TYPE_CHECKING

from gridbridge.domain.units import HOUR, Instant, Seconds, WattHours, Watts
from gridbridge.measurement.buckets import added

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from gridbridge.domain.history import EnergyBucket, Every, EvseEnergy
    from gridbridge.measurement.buckets import Where

SLACK = Seconds(1.0)
"""So much may be untold in an interval that counts as measured: clocks and rounding."""
LEAST_TOLD = 0.5
"""Of the time with a cable: no more is filled in than was told."""


class Quality(StrEnum):
    """How well a load is known."""

    MEASURED = "measured"
    """At each moment of the interval each meter told, or had no cable plugged in."""
    ESTIMATED = "estimated"
    """Some meter told of a part of the time with a cable, and the rest is taken to be like it."""
    MISSING = "missing"
    """Some meter told of too little to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The time from `start` on and before `end`."""

    start: Instant
    end: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Mean power over an interval."""

    start: Instant
    width: Seconds
    power: Watts | None
    """Import positive, export negative; None where it is missing, and only there."""
    quality: Quality

    def __post_init__(self) -> None:
        """A missing load has no power, not even zero."""
        if (self.power is None) != (self.quality is Quality.MISSING):
            raise ValueError(f"a {self.quality} load cannot have the power {self.power}")

    @property
    def end(self) -> Instant:
        """When the next one begins."""
        return Instant(self.start + self.width)


def mean(of: Sequence[Load]) -> tuple[Watts, Quality]:
    """The mean of loads of one width, none of which may be missing, and how well it is known."""
    powers = [load.power for load in of if load.power is not None]
    measured = all(load.quality is Quality.MEASURED for load in of)
    quality = Quality.MEASURED if measured else Quality.ESTIMATED
    return Watts(fsum(powers) / len(of)), quality


def starts(span: Span, *, width: Seconds) -> tuple[Instant, ...]:
    """When the intervals begin that lie in `span` wholly; they are aligned to UTC."""
    first = ceil(span.start / width)
    return tuple(
        Instant(number * width) for number in range(first, max(int(span.end // width), first))
    )


def loads(
    buckets: Iterable[EnergyBucket],
    meters: Collection[Where],
    *,
    every: Every,
    over: Span,
    width: Seconds,
    idle: Mapping[Where, Sequence[Span]],
) -> tuple[Load, ...]:
    """What these meters add up to in each interval of `over`, from buckets no longer than `every`.

    `idle` tells when no cable was plugged in, oldest first: of that time no meter need tell.
    Raises ValueError without a meter, or if intervals cannot be made of such buckets.
    """
    if not meters:
        raise ValueError("no meter, no load")
    if width <= 0 or width % every.width:
        raise ValueError(f"intervals of {width} s cannot be made of buckets of {every}")
    rows = {
        (bucket.start, (each.station, each.evse)): each
        for bucket in added(buckets, every=every)
        for each in bucket.evses
    }
    return tuple(
        _sum(
            start,
            width,
            [
                _told(where, start, width, every, rows=rows, idle=idle.get(where, ()))
                for where in meters
            ],
        )
        for start in starts(over, width=width)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What is known of one meter in an interval."""

    metered: Seconds
    idle: Seconds
    """Beside the time metered."""
    energy: WattHours

    def quality(self, width: Seconds) -> Quality:
        plugged = width - self.idle
        if plugged - self.metered <= SLACK:
            return Quality.MEASURED
        return Quality.ESTIMATED if self.metered >= LEAST_TOLD * plugged else Quality.MISSING

    def whole(self, width: Seconds) -> float:
        """The energy of all of the interval; it must not be missing."""
        if self.quality(width) is Quality.MEASURED:
            return self.energy
        return self.energy * (width - self.idle) / self.metered


def _told(
    where: Where,
    start: Instant,
    width: Seconds,
    every: Every,
    *,
    rows: Mapping[tuple[Instant, Where], EvseEnergy],
    idle: Sequence[Span],
) -> _Told:
    parts = [
        _in_bucket(rows.get((bucket, where)), every, _overlap(bucket, every, idle))
        for bucket in (
            Instant(start + number * every.width) for number in range(round(width / every.width))
        )
    ]
    return _Told(
        metered=Seconds(fsum(part.metered for part in parts)),
        idle=Seconds(fsum(part.idle for part in parts)),
        energy=WattHours(fsum(part.energy for part in parts)),
    )


def _in_bucket(row: EvseEnergy | None, every: Every, idle: Seconds) -> _Told:
    metered = Seconds(0.0) if row is None else row.covered
    energy = WattHours(0.0 if row is None else row.imported - row.exported)
    if idle >= every.width:
        metered = Seconds(0.0)
    elif metered + idle > every.width + SLACK:
        # It tells while idle too, so nobody knows how much of what it told is beside that time.
        idle = Seconds(0.0)
    return _Told(metered=metered, idle=idle, energy=energy)


def _overlap(bucket: Instant, every: Every, idle: Sequence[Span]) -> Seconds:
    end, total = bucket + every.width, 0.0
    for number in range(bisect_right(idle, bucket, key=_end), len(idle)):
        if idle[number].start >= end:
            break
        total += min(idle[number].end, end) - max(idle[number].start, bucket)
    return Seconds(total)


def _end(span: Span) -> Instant:
    return span.end


def _sum(start: Instant, width: Seconds, told: Sequence[_Told]) -> Load:
    qualities = {each.quality(width) for each in told}
    if Quality.MISSING in qualities:
        return Load(start=start, width=width, power=None, quality=Quality.MISSING)
    energy = fsum(each.whole(width) for each in told)
    return Load(
        start=start,
        width=width,
        power=Watts(energy * HOUR / width),
        quality=Quality.ESTIMATED if Quality.ESTIMATED in qualities else Quality.MEASURED,
    )
