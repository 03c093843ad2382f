"""Stations that were not let in, told in the log: the commonest fault of a first day.

Who dials is not known yet, and may dial as often and under as many names as it likes: each name is
told once a minute, and only so many names in that time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from gridbridge.domain.units import Instant, Seconds

if TYPE_CHECKING:
    from gridbridge.ports.clock import Clock

log = structlog.get_logger(__name__)

TOLD_EVERY: Final = Seconds(60.0)
MOST_NAMES: Final = 100


class Refusals:
    """Tells of refused stations, and of no flood of them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._told: dict[str, Instant] = {}

    def tell(self, name: str, peer: str | None, why: str) -> None:
        """Say that somebody under that name was refused, unless it was said lately."""
        now = self._clock.now()
        self._told = {each: at for each, at in self._told.items() if now - at < TOLD_EVERY}
        if name in self._told or len(self._told) >= MOST_NAMES:
            return
        self._told[name] = now
        log.warning("station_refused", station_id=name, peer=peer, reason=why)
