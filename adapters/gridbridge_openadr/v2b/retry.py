"""When something is to be done next, and how long it waits after it failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gridbridge.domain.units import Instant, Seconds

if TYPE_CHECKING:
    import random

_BASE: Final = Seconds(1.0)
_LEAST: Final = Seconds(0.1)
_DOUBLINGS: Final = 16


class Retry:
    """The time of one job's next attempt.

    After the n-th failure in a row it waits a random part of 1 s times 2^(n-1), at most the cap:
    the truncated binary exponential back-off of the OpenADR profile, spread over all of it so
    that VENs do not come back in step.
    """

    def __init__(self, *, cap: Seconds, chance: random.Random, due: Instant) -> None:
        self._cap = cap
        self._chance = chance
        self.due = due
        self.failures = 0

    def at(self, due: Instant) -> None:
        """Start over: nothing failed, and it is due then."""
        self.due = due
        self.failures = 0

    def failed(self, now: Instant) -> None:
        """Wait longer than before."""
        longest = min(self._cap, _BASE * 2 ** min(self.failures, _DOUBLINGS))
        self.failures += 1
        self.due = Instant(now + max(_LEAST, longest * self._chance.random()))
