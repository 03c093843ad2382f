"""What a car wants before it leaves."""

from __future__ import annotations

from dataclasses import dataclass

from gridbridge.domain.units import Instant, WattHours


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What somebody said of one session; a claim, and the newest counts."""

    energy: WattHours | None = None
    """Still wanted when it was said; None: nobody knows."""
    departure: Instant | None = None
    """When it is to be there; None: nobody knows."""
