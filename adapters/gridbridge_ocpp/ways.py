"""In which words a station is told, as far as they depend on it and on what it took before."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from gridbridge_ocpp.rungs import RateUnit, Rung
from gridbridge_ocpp.versions import OcppVersion


class Taken(NamedTuple):
    """What of the units a station takes is known where a slot is worked out."""

    beneath: RateUnit | None
    """The unit of the EVSE's standing profile that it holds: it is the first to be tried."""
    here: RateUnit | None
    """The unit of what it holds in the slot itself."""
    refused: bool
    """Whether it has refused something there."""


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """What of a station, and of the rung it is told by, shapes the words; equal ones are one."""

    version: OcppVersion
    rung: Rung
    unit: RateUnit | None
    first_id: int
    max_periods: int
    taken: Taken


way_of = lru_cache(maxsize=4096)(Way)
