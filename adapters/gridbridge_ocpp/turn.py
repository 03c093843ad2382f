"""The time, looked at once for all that happens in one turn of the loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gridbridge.domain.units import Instant
    from gridbridge.ports.clock import Clock


class Turn:
    """When the present turn began, as far as anybody asked: never later than the present."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._now: Instant | None = None

    def now(self) -> Instant:
        """The time at the first question of this turn."""
        if self._now is None:
            self._now = self._clock.now()
            asyncio.get_running_loop().call_soon(self._ends)
        return self._now

    def _ends(self) -> None:
        self._now = None
