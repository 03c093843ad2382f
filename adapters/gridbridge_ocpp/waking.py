"""One timer for the earliest of several times."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gridbridge.domain.units import FOREVER

if TYPE_CHECKING:
    from collections.abc import Callable

    from gridbridge.domain.units import Instant

_LONGEST_WAIT_S = 3600.0


class Waking:
    """Calls at the latest when it is asked to, and then forgets what it was asked."""

    def __init__(self, call: Callable[[], None]) -> None:
        """`call` looks for itself what is due: it may come before anything is."""
        self._call = call
        self._timer: asyncio.TimerHandle | None = None
        self._due = FOREVER

    def by(self, due: Instant, now: Instant) -> None:
        """Call by then; a timer that comes earlier is left to come."""
        if due >= self._due:
            return
        if self._timer is not None:
            self._timer.cancel()
        delay = min(max(due - now, 0.0), _LONGEST_WAIT_S)
        self._due = due
        self._timer = asyncio.get_running_loop().call_later(delay, self._comes)

    def cancel(self) -> None:
        """Call no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _comes(self) -> None:
        self._timer, self._due = None, FOREVER
        self._call()
