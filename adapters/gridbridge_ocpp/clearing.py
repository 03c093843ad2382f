"""Before stations are told something else: one call to the store for many that ask at the time.

Each is looked at, struck out and told beside few others, while what it is made of is at hand.
"""

from __future__ import annotations

import asyncio
from collections import deque
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

import structlog

from gridbridge.ports.store import StoreDownError

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from gridbridge.domain.units import Seconds
    from gridbridge.ports.store import Rewrite, Sockets

log = structlog.get_logger(__name__)

_AT_ONCE = 50
"""After so many stations, whatever else is due gets its turn."""


class Cleared(Enum):
    """What became of it."""

    STRUCK_OUT = auto()
    UNKNOWN = auto()
    """The store did not answer in time: the records may stand."""
    NEWER_SOCKET = auto()
    """Nothing was struck out: somebody else speaks for the station."""


class Asker(Protocol):
    """One socket. Neither may raise."""

    def rewrite(self) -> Rewrite | None:
        """What is to be struck out, said right before it is; None: nothing for now."""
        ...

    def cleared(self, cleared: Cleared) -> None:
        """Hear what became of it."""
        ...


class Clearing:
    """Strikes out records, and finds out whose station has a newer socket, for many sockets."""

    def __init__(self, sockets: Sockets, within: Seconds) -> None:
        """Wait no longer than that for the store: a limit goes out without it."""
        self._sockets = sockets
        self._within = within
        self._asked: deque[Asker] = deque()
        self._starting = False
        # They do not wait for each other, so no station waits longer because others have asked.
        self._running: set[asyncio.Task[None]] = set()

    def ask(self, asker: Asker) -> None:
        """Have it done soon.

        A store that is out of reach knows of no newer socket: what an old one says is dropped by
        its epoch.
        """
        self._asked.append(asker)
        if not self._starting:
            self._starting = True
            self._begin(self._start())

    def ask_after(self, written: asyncio.Future[None], rewrite: Rewrite, asker: Asker) -> None:
        """Have it done once something is written, which is waited for no longer than the rest."""
        self._begin(self._clear([(rewrite, asker)], written))

    async def close(self) -> None:
        """Wait until all who asked were told."""
        while self._running:
            await asyncio.wait(self._running)

    def _begin(self, clearing: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(clearing, name="strike out")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _start(self) -> None:
        while self._asked:
            some = [self._asked.popleft() for _ in range(min(_AT_ONCE, len(self._asked)))]
            self._begin(self._clear_some(some))
            await asyncio.sleep(0)
        self._starting = False

    async def _clear_some(self, askers: Sequence[Asker]) -> None:
        asked: list[tuple[Rewrite, Asker]] = []
        for asker in askers:
            rewrite = asker.rewrite()
            if rewrite is not None:
                asked.append((rewrite, asker))
        if asked:
            await self._clear(asked)

    async def _clear(
        self, asked: Sequence[tuple[Rewrite, Asker]], after: asyncio.Future[None] | None = None
    ) -> None:
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
        for rewrite, asker in asked:
            asker.cleared(Cleared.NEWER_SOCKET if rewrite.station in newer else otherwise)
