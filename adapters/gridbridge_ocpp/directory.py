"""Which stations exist, and what is known of each before it connects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from gridbridge.domain.ids import SiteId, StationId
from gridbridge_ocpp.rungs import RateUnit, Rung


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseEntry:
    """One EVSE, as far as the wire is concerned."""

    number: int
    """1 and up; a connector of OCPP 1.6."""
    conductors: int = 3
    """How many phase conductors it loads."""
    dc: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StationEntry:
    """One station, and what its model is known to do."""

    id: StationId
    site: SiteId
    evses: tuple[EvseEntry, ...]
    credential: str | None = field(default=None, repr=False)
    """What `credentials.hashed` made of its password; None: it cannot prove itself."""
    forgets_on_reboot: bool = False
    forgets_on_reconnect: bool = False
    v2x: bool = False
    """Whether it is ever given setpoints; then transaction profiles carry its schedule."""
    rate_unit: RateUnit | None = None
    """The only unit it takes; None: amperes for AC, else watts, and the other if refused."""
    rung: Rung | None = None
    """The only rung to use; None: `station-max` for a single EVSE, then `per-connector`."""
    max_periods: int = 24
    """Most periods that it takes in one schedule."""
    first_profile_id: int = 1_000_000
    """Our profile ids begin here; lower for stations that cap ids."""

    def __post_init__(self) -> None:
        """Raise ValueError, by name, for what cannot be told to any station."""
        if self.rung is Rung.STATION_MAX and len(self.evses) > 1:
            raise ValueError(f"{self.id}: rung station-max needs a single EVSE")
        if self.max_periods < 1:
            raise ValueError(f"{self.id}: max_periods must be at least 1")

    def evse(self, number: int) -> EvseEntry | None:
        """The EVSE of that number; None if the station has none."""
        return next((each for each in self.evses if each.number == number), None)


class Directory(Protocol):
    """The stations that may connect."""

    def lookup(self, station: StationId) -> StationEntry | None:
        """What is known of a station; None where it is unknown, and so refused."""
        ...
