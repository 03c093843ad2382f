"""Metered energy of the past, in buckets of one length, aligned to UTC."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gridbridge.domain.ids import StationId
from gridbridge.domain.units import Instant, Seconds, WattHours


class Every(StrEnum):
    """How long a bucket is."""

    MINUTE = "1m"
    QUARTER = "15m"

    @property
    def width(self) -> Seconds:
        """From the start of a bucket to its end."""
        return Seconds(60.0) if self is Every.MINUTE else Seconds(900.0)

    @property
    def kept(self) -> Seconds:
        """How long a bucket stays in the store after its start."""
        return Seconds((2 if self is Every.MINUTE else 60) * 86_400.0)

    def start_of(self, at: Instant) -> Instant:
        """When the bucket began in which `at` lies."""
        return Instant(at // self.width * self.width)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseEnergy:
    """What one EVSE (or, as EVSE 0, a station's main meter) took and gave within a bucket."""

    station: StationId
    evse: int
    imported: WattHours
    exported: WattHours
    """What it gave back, as a magnitude."""
    covered: Seconds
    """How much of the bucket its meter tells of; of the rest nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyBucket:
    """What was metered at a site from `start` on; an EVSE that told nothing is not in it.

    Energy is as the EVSE's own meter has it: for DC at the output.
    """

    start: Instant
    evses: tuple[EvseEnergy, ...]
    """By station and EVSE."""

    @property
    def imported(self) -> WattHours:
        """Of all EVSEs; main meters measure the same again and are left out."""
        return WattHours(sum(each.imported for each in self.evses if each.evse > 0))

    @property
    def exported(self) -> WattHours:
        """Likewise, as a magnitude."""
        return WattHours(sum(each.exported for each in self.evses if each.evse > 0))

    @property
    def covered(self) -> Seconds:
        """Of the EVSE that told least."""
        return min((each.covered for each in self.evses if each.evse > 0), default=Seconds(0.0))
