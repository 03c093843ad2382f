"""The system's clock, the only one there is outside tests and simulation."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from gridbridge.domain.units import Instant, Seconds

if TYPE_CHECKING:
    from collections.abc import Callable


class SystemClock:
    """Wall-clock time that never runs backwards while the process lives.

    It follows the monotonic clock from the wall-clock time at start, and steps forward (never
    back) where the wall clock was set: one that is set back leaves this clock running on ahead.
    """

    def __init__(
        self,
        *,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._ahead = wall() - monotonic()
        """Of the monotonic clock; only grows."""

    def now(self) -> Instant:
        """The present, rounded to microseconds."""
        monotonic = self._monotonic()
        self._ahead = max(self._ahead, self._wall() - monotonic)
        return Instant(round(monotonic + self._ahead, 6))

    async def sleep(self, duration: Seconds) -> None:
        """Return once that much time has passed."""
        await asyncio.sleep(max(duration, 0.0))
