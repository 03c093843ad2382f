"""Work that comes round by the wall clock and belongs to no event: upkeep and checks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from gridbridge.domain.units import Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be run again and again, and how often.

    It runs one at a time: one that is still running when its turn comes skips that turn. One that
    raises is tried again at its next turn, and holds up no other.
    """

    name: str
    """For the log; each job of a process has its own."""
    every: Seconds
    """From one turn to the next."""
    first_after: Seconds = Seconds(0.0)
    """From the start to the first turn."""
    jitter: Seconds = Seconds(0.0)
    """Every turn comes later by chance, by this much at most, lest all gateways come at once."""
    run: Callable[[], Awaitable[None]]

    def __post_init__(self) -> None:
        """Raise ValueError where it would never rest or would have come before the start."""
        if self.every <= 0 or self.first_after < 0 or self.jitter < 0:
            raise ValueError(f"{self.name}: every > 0, first_after and jitter >= 0")
