"""What a station should hold, and what became of telling it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gridbridge.domain.ids import SiteId, StationId
from gridbridge.domain.schedules import Schedule
from gridbridge.domain.units import Amperes, Watts


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseDesired:
    """What one EVSE should hold: the standing profile under a schedule."""

    evse: int
    standing_amps: Amperes
    standing_w: Watts
    phases: int
    """How many phase conductors it loads: what a limit in watts is spread over."""
    dc: bool
    schedule: Schedule | None
    max_discharge_pct: float | None = None
    """OCPP 2.1 DER stations: LimitMaxDischarge in percent of the maximum; None: not set by us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StationDesired:
    """What one station should hold; a larger version replaces a smaller one wholly."""

    site: SiteId
    station: StationId
    version: int
    evses: tuple[EvseDesired, ...]
    feed_amps: Amperes | None = None
    """What its EVSEs share, for a station-wide profile; None: no such bound."""


class Outcome(StrEnum):
    """What became of a command. A timeout is UNKNOWN, never ACCEPTED."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """It may or may not hold: no answer, or the socket died."""
