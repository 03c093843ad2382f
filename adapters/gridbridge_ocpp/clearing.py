"""Before stations are told something else: one call to the store for all that ask at the time."""

from __future__ import annotations

import asyncio
from enum import Enum, auto
from typing import TYPE_CHECKING, TypeAlias

import structlog

from gridbridge.ports.store import StoreDownError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from gridbridge.domain.units import Seconds
    from gridbridge.ports.store import Rewrite, Sockets

    Asked: TypeAlias = "tuple[Rewrite, Callable[[Cleared], None]]"

log = structlog.get_logger(__name__)

_TOLD_AT_ONCE = 50
"""After so many stations, whatever else is due gets its turn."""


class Cleared(Enum):
    """What became of it."""

    STRUCK_OUT = auto()
    UNKNOWN = auto()
    """The store did not answer in time: the records may stand."""
    NEWER_SOCKET = auto()
    """Nothing was struck out: somebody else speaks for the station."""


class Clearing:
    """Strikes out records, and finds out whose station has a newer socket, for many sockets."""

    def __init__(self, sockets: Sockets, within: Seconds) -> None:
        """Wait no longer than that for the store: a limit goes out without it."""
        self._sockets = sockets
        self._within = within
        self._asked: list[Asked] = []
        # They do not wait for each other, so no station waits longer because others have asked.
        self._running: set[asyncio.Task[None]] = set()

    def ask(
        self,
        rewrite: Rewrite,
        then: Callable[[Cleared], None],
        *,
        after: asyncio.Future[None] | None = None,
    ) -> None:
        """Have it done, `after` something where that is given; `then` must not raise.

        A store that is out of reach knows of no newer socket: what an old one says is dropped by
        its epoch.
        """
        if after is not None:
            self._begin(self._clear([(rewrite, then)], after))
            return
        if not self._asked:
            self._begin(self._clear_all())
        self._asked.append((rewrite, then))

    async def close(self) -> None:
        """Wait until all who asked were told."""
        while self._running:
            await asyncio.wait(self._running)

    def _begin(self, clearing: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(clearing, name="strike out")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _clear_all(self) -> None:
        asked, self._asked = self._asked, []
        await self._clear(asked)

    async def _clear(self, asked: list[Asked], after: asyncio.Future[None] | None = None) -> None:
        newer: frozenset[str] = frozenset()
        otherwise = Cleared.UNKNOWN
        try:
            async with asyncio.timeout(self._within):
                if after is not None:
                    await asyncio.wait([after])
                newer = await self._sockets.strike_out([rewrite for rewrite, _ in asked])
            otherwise = Cleared.STRUCK_OUT
        except (StoreDownError, TimeoutError):
            log.warning("records_not_struck_out", stations=len(asked))
        for number, (rewrite, then) in enumerate(asked, start=1):
            then(Cleared.NEWER_SOCKET if rewrite.station in newer else otherwise)
            if number % _TOLD_AT_ONCE == 0:
                await asyncio.sleep(0)
