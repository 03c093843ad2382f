"""Before stations are told something else: one call to the store for all that ask at the time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from gridbridge.ports.store import StoreDownError

if TYPE_CHECKING:
    from collections.abc import Callable

    from gridbridge.domain.units import Seconds
    from gridbridge.ports.store import Rewrite, Sockets

log = structlog.get_logger(__name__)

_TOLD_AT_ONCE = 50
"""After so many stations, whatever else is due gets its turn."""


class Clearing:
    """Strikes out records, and finds out whose station has a newer socket, for many sockets."""

    def __init__(self, sockets: Sockets, within: Seconds) -> None:
        """Wait no longer than that for the store: a limit goes out without it."""
        self._sockets = sockets
        self._within = within
        self._asked: list[tuple[Rewrite, Callable[[bool], None]]] = []
        # They do not wait for each other, so no station waits longer because others have asked.
        self._running: set[asyncio.Task[None]] = set()

    def ask(self, rewrite: Rewrite, then: Callable[[bool], None]) -> None:
        """Have it done; `then`, which must not raise, is told whether there is a newer socket.

        A store that is out of reach knows of none: what an old socket says is dropped by its
        epoch.
        """
        if not self._asked:
            task = asyncio.get_running_loop().create_task(self._clear(), name="strike out")
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        self._asked.append((rewrite, then))

    async def close(self) -> None:
        """Wait until all who asked were told."""
        while self._running:
            await asyncio.wait(self._running)

    async def _clear(self) -> None:
        asked, self._asked = self._asked, []
        newer: frozenset[str] = frozenset()
        try:
            async with asyncio.timeout(self._within):
                newer = await self._sockets.strike_out([rewrite for rewrite, _ in asked])
        except (StoreDownError, TimeoutError):
            log.warning("records_not_struck_out", stations=len(asked))
        for number, (rewrite, then) in enumerate(asked, start=1):
            then(rewrite.station in newer)
            if number % _TOLD_AT_ONCE == 0:
                await asyncio.sleep(0)
