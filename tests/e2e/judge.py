"""Whether outside stations together drew more than they might, by the architecture's definition.

A grid limit counts as exceeded from max(its start, its arrival + 15 s + the longest settle time);
a connection at any time; both beyond 1 % and 5 s.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING

from tests.e2e.drawing import Station

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


EVERY_S = 0.2
NOISE = 1.01
NOISE_S = 5.0
GRACE_S = 15.0


@dataclass(frozen=True, kw_only=True)
class Limit:
    """So many watts at most over ``[start, end)``."""

    name: str
    watts: float
    start: float = -inf
    end: float = inf

    @classmethod
    def of_grid(
        cls, name: str, *, watts: float, start: float, end: float, arrived: float, settle: float
    ) -> Limit:
        """A limit of an event, from when it counts."""
        counts = max(start, arrived + GRACE_S + settle)
        return cls(name=name, watts=watts, start=counts, end=end)


@dataclass(kw_only=True)
class Judge:
    """Samples the sum of what stations draw."""

    stations: Sequence[Station]
    samples: list[tuple[float, float]] = field(default_factory=list)
    """(moment, watts)."""

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Sample until the block ends."""
        task = asyncio.create_task(self._sample())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _sample(self) -> None:
        while True:
            now = time.time()
            self.samples.append((now, sum(station.watts(now) for station in self.stations)))
            await asyncio.sleep(EVERY_S)

    def exceeded(self, *limits: Limit) -> list[str]:
        """Each stretch above a limit that was longer than noise, in words."""
        return [found for limit in limits for found in self._above(limit)]

    def _above(self, limit: Limit) -> list[str]:
        found: list[str] = []
        since: float | None = None
        most = 0.0
        inside = [(at, watts) for at, watts in self.samples if limit.start <= at < limit.end]
        for at, watts in [*inside, (inf, 0.0)]:
            if watts > limit.watts * NOISE:
                since, most, last = at if since is None else since, max(most, watts), at
                continue
            if since is not None and last - since > NOISE_S:
                found.append(
                    f"{limit.name}: up to {most:.0f} W of {limit.watts:.0f} W "
                    f"for {last - since:.1f} s"
                )
            since, most = None, 0.0
        return found

    def within(self, limit: Limit) -> list[float]:
        """What was drawn while a limit counted."""
        return [watts for at, watts in self.samples if limit.start <= at < limit.end]
