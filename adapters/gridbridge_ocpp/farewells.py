"""That sockets are gone, stored however long the store is away."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gridbridge.domain.facts import StationDisconnected
from gridbridge.domain.units import Seconds
from gridbridge.ports.facts import NotStoredError
from gridbridge.ports.store import StoreDownError

if TYPE_CHECKING:
    from collections.abc import Container

    from gridbridge.domain.ids import StationId
    from gridbridge.ports.clock import Clock
    from gridbridge.ports.facts import FactSink
    from gridbridge.ports.store import Sockets
    from gridbridge_ocpp.directory import StationEntry

_EVERY = Seconds(1.0)


class Farewells:
    """A station that is gone must not count as connected."""

    def __init__(
        self, sink: FactSink, sockets: Sockets, clock: Clock, held: Container[StationId]
    ) -> None:
        """`held` are the stations that have a socket here at the time."""
        self._sink = sink
        self._sockets = sockets
        self._clock = clock
        self._held = held
        self._announced: dict[StationId, int] = {}
        """The newest epoch whose `StationConnected` is stored."""
        self.tasks: set[asyncio.Task[object]] = set()
        """Those that are not stored yet."""

    def greeted(self, station: StationId, epoch: int) -> None:
        """The station's `StationConnected` is stored."""
        self._announced[station] = max(epoch, self._announced.get(station, 0))

    def say(self, entry: StationEntry, epoch: int, reason: str) -> None:
        """Have it stored that the socket is gone; returns at once."""
        gone = StationDisconnected(site=entry.site, station=entry.id, epoch=epoch, reason=reason)
        task: asyncio.Task[object] = asyncio.create_task(
            self._say(gone), name=f"farewell {entry.id}"
        )
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def drop(self) -> None:
        """Give up what could not be stored."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _say(self, gone: StationDisconnected) -> None:
        # A newer socket says the same by its epoch.
        while self._announced.get(gone.station, 0) <= gone.epoch:
            # One that is held here is about to.
            if gone.station not in self._held and await self._stored(gone):
                return
            await self._clock.sleep(_EVERY)

    async def _stored(self, gone: StationDisconnected) -> bool:
        try:
            await self._sink.record(gone)
            await self._sockets.release(gone.station, gone.epoch)
        except (NotStoredError, StoreDownError):
            return False
        return True
