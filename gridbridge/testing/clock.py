"""A clock that stands still until it is told to go on."""

from __future__ import annotations

import asyncio
import heapq
from itertools import count

from gridbridge.domain.units import Instant, Seconds

SETTLING = 50
"""Rounds of the event loop that woken tasks get before the clock goes on."""


class VirtualClock:
    """Time for tests: whoever sleeps is woken by `advance`, in the order of the deadlines."""

    def __init__(self, start: Instant = Instant(1_800_000_000.0)) -> None:
        self._now = start
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = count()

    def now(self) -> Instant:
        """The present, as `advance` left it."""
        return Instant(round(self._now, 6))

    async def sleep(self, duration: Seconds) -> None:
        """Return once `advance` has passed that much time; at once where it is not positive."""
        if duration <= 0:
            return
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + duration, next(self._order), woken))
        await woken

    @property
    def next_deadline(self) -> Instant | None:
        """When the first sleeper wants to be woken; None where nobody sleeps."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return Instant(self._sleepers[0][0]) if self._sleepers else None

    async def advance(self, duration: Seconds) -> None:
        """Let that much time pass, stopping at each deadline on the way.

        At each stop the woken tasks run until they wait again, for at most `SETTLING` rounds of
        the loop; what waits for a socket or a thread is not waited for.
        """
        if duration < 0:
            raise ValueError("time does not go back")
        await self._settle()
        end = self._now + duration
        while (deadline := self.next_deadline) is not None and deadline <= end:
            self._now = Instant(max(self._now, deadline))
            while self._sleepers and self._sleepers[0][0] <= self._now:
                woken = heapq.heappop(self._sleepers)[2]
                if not woken.done():
                    woken.set_result(None)
            await self._settle()
        self._now = Instant(end)
        await self._settle()

    @staticmethod
    async def _settle() -> None:
        for _ in range(SETTLING):
            await asyncio.sleep(0)
