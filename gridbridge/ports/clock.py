"""Time as the runtime sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gridbridge.domain.units import Instant, Seconds


class Clock(Protocol):
    """The only way to the time."""

    def now(self) -> Instant:
        """The present, rounded to microseconds; never earlier than what it returned before."""
        ...

    async def sleep(self, duration: Seconds) -> None:
        """Return once that much time has passed; at once where it is not positive."""
        ...
