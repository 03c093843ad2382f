"""The system's clock, the only one there is outside tests and simulation."""

from __future__ import annotations

import asyncio
import time

from gridbridge.domain.units import Instant, Seconds


class SystemClock:
    """Wall-clock time that never runs backwards while the process lives.

    It follows the monotonic clock from the wall-clock time at start, and steps forward (never
    back) where the wall clock was set.
    """

    def __init__(self) -> None:
        self._last = Instant(0.0)

    def now(self) -> Instant:
        """The present, rounded to microseconds."""
        self._last = Instant(max(self._last, round(time.time(), 6)))
        return self._last

    async def sleep(self, duration: Seconds) -> None:
        """Return once that much time has passed."""
        await asyncio.sleep(max(duration, 0.0))
