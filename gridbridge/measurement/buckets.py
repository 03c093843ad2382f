"""Energy in buckets: a flow is cut at the minutes, buckets of one start are added up.

        08:00        08:01        08:02
flow      |    ######|############|###         6.3 Wh from 08:00:30 to 08:02:15
buckets   |    1.8   |    3.6     | 0.9        covered 30 s, 60 s, 15 s
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from gridbridge.domain.history import EnergyBucket, Every, EvseEnergy
from gridbridge.domain.units import Instant, Seconds, WattHours

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gridbridge.domain.ids import StationId
    from gridbridge.measurement.energy import Flow

Where: TypeAlias = "tuple[StationId, int]"

PRECISION = 3
"""Decimals of a Wh and of a second: what is written down is no longer than it is true."""


def cut(where: Where, flow: Flow, *, every: Every) -> Iterator[EnergyBucket]:
    """The flow of one EVSE as one bucket each that it touches; nothing is lost or doubled."""
    whole = flow.end - flow.start
    start = flow.start
    while start < flow.end:
        bucket = every.start_of(start)
        end = min(Instant(bucket + every.width), flow.end)
        part = (end - start) / whole
        own = EvseEnergy(
            station=where[0],
            evse=where[1],
            imported=WattHours(flow.imported * part),
            exported=WattHours(flow.exported * part),
            covered=Seconds(end - start if flow.covers else 0.0),
        )
        yield EnergyBucket(start=bucket, evses=(own,))
        start = end


def added(buckets: Iterable[EnergyBucket], *, every: Every) -> list[EnergyBucket]:
    """The sum per bucket of that length, oldest first; shorter buckets become longer ones."""
    sums: dict[Instant, dict[Where, EvseEnergy]] = {}
    for bucket in buckets:
        rows = sums.setdefault(every.start_of(bucket.start), {})
        for each in bucket.evses:
            where = (each.station, each.evse)
            rows[where] = _sum(rows[where], each, every) if where in rows else each
    return [
        EnergyBucket(start=start, evses=tuple(rows[where] for where in sorted(rows)))
        for start, rows in sorted(sums.items())
    ]


def rounded(bucket: EnergyBucket) -> EnergyBucket:
    """As it is written down."""
    return EnergyBucket(
        start=bucket.start,
        evses=tuple(
            EvseEnergy(
                station=each.station,
                evse=each.evse,
                imported=WattHours(round(each.imported, PRECISION)),
                exported=WattHours(round(each.exported, PRECISION)),
                covered=Seconds(round(each.covered, PRECISION)),
            )
            for each in bucket.evses
        ),
    )


def _sum(one: EvseEnergy, two: EvseEnergy, every: Every) -> EvseEnergy:
    return EvseEnergy(
        station=one.station,
        evse=one.evse,
        imported=WattHours(one.imported + two.imported),
        exported=WattHours(one.exported + two.exported),
        # Parts that were rounded may add up to a hair more than there is.
        covered=Seconds(min(one.covered + two.covered, every.width)),
    )
