"""The ways a station can be told a limit, from which its entry may pick."""

from __future__ import annotations

from enum import StrEnum


class RateUnit(StrEnum):
    """The unit of a charging schedule; the value is the wire's word in every version."""

    AMPS = "A"
    WATTS = "W"


class Rung(StrEnum):
    """Which purposes carry a limit."""

    STATION_MAX = "station-max"
    """A limit of the whole station, which binds whatever else the station holds."""
    PER_CONNECTOR = "per-connector"
    """The default of each EVSE, and the profile of each running transaction."""
