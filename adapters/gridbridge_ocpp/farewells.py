"""That sockets are gone, and what they left unsure, stored however long the store is away."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from gridbridge.domain.facts import StationDisconnected
from gridbridge.domain.units import Seconds
from gridbridge.ports.facts import NotStoredError
from gridbridge.ports.store import Rewrite, StoreDownError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gridbridge.domain.ids import StationId
    from gridbridge.ports.clock import Clock
    from gridbridge.ports.facts import FactSink
    from gridbridge.ports.store import Sockets
    from gridbridge_ocpp.directory import StationEntry
    from gridbridge_ocpp.keys import Key

_EVERY = Seconds(1.0)


class Unsure(Protocol):
    """A socket, as far as it leaves something behind."""

    def unsure(self) -> Iterable[Key]:
        """Slots of which the store may say something wrong."""
        ...


class Farewells:
    """A station that is gone must not count as connected, nor as holding what it may not hold."""

    def __init__(
        self, sink: FactSink, sockets: Sockets, clock: Clock, held: Mapping[StationId, Unsure]
    ) -> None:
        """`held` are the stations that have a socket here at the time."""
        self._sink = sink
        self._sockets = sockets
        self._clock = clock
        self._held = held
        self._announced: dict[StationId, int] = {}
        """The newest epoch whose `StationConnected` is stored."""
        self._unsure: dict[StationId, frozenset[Key]] = {}
        """What sockets that are gone left."""
        self.tasks: set[asyncio.Task[object]] = set()
        """Those that are not stored yet."""

    def greeted(self, station: StationId, epoch: int) -> None:
        """The station's `StationConnected` is stored."""
        self._announced[station] = max(epoch, self._announced.get(station, 0))

    def doubted(self, station: StationId) -> frozenset[Key]:
        """What earlier sockets of the station left, for its newest one, which answers for it now.

        To be asked after what the store says, in the step in which the newest takes over.
        """
        left = self._unsure.pop(station, frozenset())
        former = self._held.get(station)
        return left if former is None else left.union(former.unsure())

    def say(
        self, entry: StationEntry, epoch: int, reason: str, unsure: Iterable[Key] = ()
    ) -> None:
        """Have it stored that the socket is gone, and what it left struck out; returns at once."""
        left = self._unsure.get(entry.id, frozenset()).union(unsure)
        if left:
            self._unsure[entry.id] = left
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
            await self._strike_out(gone.station, gone.epoch)
            await self._sockets.release(gone.station, gone.epoch)
        except (NotStoredError, StoreDownError):
            return False
        return True

    async def _strike_out(self, station: StationId, epoch: int) -> None:
        left = self._unsure.get(station)
        if not left:
            return
        newer = await self._sockets.strike_out([Rewrite(station, epoch, tuple(left))])
        # Where there is a newer socket elsewhere, what it read may be wrong once it is back here.
        if not newer and self._unsure.get(station) == left:
            del self._unsure[station]
