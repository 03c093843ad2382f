"""Mean power in even intervals of time, and how well it is known.

        14:00       14:15       14:30       14:45
CP-1      | 2.75 kWh  | 2.75      | 1.4 (450 s told)
CP-2      | 0         | no cable  | no cable
loads     | 11 kW     | 11 kW     | 11.2 kW         measured, measured, estimated

Nothing told is not the same as nothing drawn: where a meter was silent the load is missing, unless
nobody was plugged in.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import ceil, fsum
from typing import TYPE_CHECKING

from gridbridge.domain.units import Instant, Seconds, WattHours, Watts
from gridbridge.measurement.buckets import added

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from gridbridge.domain.history import EnergyBucket, Every, EvseEnergy
    from gridbridge.measurement.buckets import Where

HOUR = Seconds(3_600.0)
SLACK = Seconds(1.0)
"""So much may be untold in an interval that counts as measured: clocks and rounding."""
LEAST_TOLD = 0.5
"""Of an interval: no more is filled in than was told."""


class Quality(StrEnum):
    """How well a load is known."""

    MEASURED = "measured"
    """Each meter told of the whole interval, or had no cable plugged in all the time."""
    ESTIMATED = "estimated"
    """Some meter told of a part of it, and the rest is taken to be like that part."""
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

    `idle` tells when no cable was plugged in: a bucket that lies in there wholly needs no meter.
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
    """What one meter told of an interval."""

    time: Seconds
    energy: WattHours


def _told(
    where: Where,
    start: Instant,
    width: Seconds,
    every: Every,
    *,
    rows: Mapping[tuple[Instant, Where], EvseEnergy],
    idle: Sequence[Span],
) -> _Told:
    time, energy = [], []
    for number in range(round(width / every.width)):
        bucket = Instant(start + number * every.width)
        row = rows.get((bucket, where))
        if row is not None:
            energy.append(row.imported - row.exported)
        if any(each.start <= bucket and bucket + every.width <= each.end for each in idle):
            time.append(every.width)
        elif row is not None:
            time.append(row.covered)
    return _Told(time=Seconds(fsum(time)), energy=WattHours(fsum(energy)))


def _sum(start: Instant, width: Seconds, told: Sequence[_Told]) -> Load:
    least = min(each.time for each in told)
    if least < LEAST_TOLD * width:
        return Load(start=start, width=width, power=None, quality=Quality.MISSING)
    whole = width - SLACK
    energy = fsum(
        each.energy if each.time >= whole else each.energy * width / each.time for each in told
    )
    return Load(
        start=start,
        width=width,
        power=Watts(energy * HOUR / width),
        quality=Quality.MEASURED if least >= whole else Quality.ESTIMATED,
    )
