"""What a site delivered in an event: its baseline less what was metered, interval by interval."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import fsum
from typing import TYPE_CHECKING

from gridbridge.domain.units import HOUR, Instant, Seconds, WattHours, Watts
from gridbridge.measurement.loads import Load, Quality

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridbridge.measurement.baseline.result import Baseline

NOISE = Watts(1.0)
"""So much below what was committed is still as committed."""


class Asked(StrEnum):
    """Which way an event asked a site to move."""

    LESS = "less"
    """Draw less, or give back: a shed, a limit, a firm level, a dispatch to export."""
    MORE = "more"
    """Draw more: a dispatch to import, when there is too much power."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """One interval."""

    start: Instant
    width: Seconds
    baseline: Watts
    metered: Watts | None
    power: Watts | None
    """What was delivered: positive the way that was asked, negative the other way."""
    quality: Quality
    """Of what was metered; without it nothing is known to be delivered, not even zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """What was delivered in an event."""

    intervals: tuple[Delivered, ...]

    @property
    def energy(self) -> WattHours:
        """Of the intervals that are known, the negative ones included."""
        return WattHours(_energy(self._known()))

    @property
    def energy_where_positive(self) -> WattHours:
        """Of the intervals in which something was delivered: some programs count no others."""
        return WattHours(_energy([(width, max(power, 0.0)) for width, power in self._known()]))

    @property
    def mean(self) -> Watts | None:
        """Over the intervals that are known; None if none is."""
        known = self._known()
        if not known:
            return None
        return Watts(_energy(known) * HOUR / fsum(width for width, _ in known))

    @property
    def least(self) -> Watts | None:
        """In the worst interval that is known; None if none is."""
        return min((power for _, power in self._known()), default=None)

    def share(self, quality: Quality) -> float:
        """Of the intervals, how many are known so well."""
        return sum(each.quality is quality for each in self.intervals) / len(self.intervals)

    def kept(self, committed: Watts) -> float:
        """In how many of the intervals at least so much was delivered; not where it is missing.

        For a firm level that is the agreed load less the level.
        """
        kept = sum(power >= committed - NOISE for _, power in self._known())
        return kept / len(self.intervals)

    def _known(self) -> list[tuple[Seconds, Watts]]:
        return [(each.width, each.power) for each in self.intervals if each.power is not None]


def performance(
    baseline: Baseline, *, metered: Mapping[Instant, Load], asked: Asked
) -> Performance:
    """What was delivered in each interval of a baseline; `metered` has the loads by start."""
    return Performance(
        intervals=tuple(
            _delivered(expected, expected.power, metered.get(expected.start), asked)
            for expected in baseline.loads
            if expected.power is not None
        )
    )


def _delivered(expected: Load, power: Watts, metered: Load | None, asked: Asked) -> Delivered:
    drawn = None if metered is None else metered.power
    less = None if drawn is None else power - drawn
    return Delivered(
        start=expected.start,
        width=expected.width,
        baseline=power,
        metered=drawn,
        power=None if less is None else Watts(less if asked is Asked.LESS else -less),
        quality=Quality.MISSING if metered is None else metered.quality,
    )


def _energy(known: list[tuple[Seconds, float]] | list[tuple[Seconds, Watts]]) -> float:
    return fsum(power * width / HOUR for width, power in known)
