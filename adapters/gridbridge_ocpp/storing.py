"""One record of a socket after the other, into the store."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from gridbridge.domain.commands import Outcome
from gridbridge.domain.facts import ProfileAnswered
from gridbridge.ports.facts import NotStoredError
from gridbridge.ports.store import StoreDownError

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable

    from gridbridge.domain.ids import StationId
    from gridbridge.ports.facts import FactSink
    from gridbridge.ports.store import Sockets
    from gridbridge_ocpp.keys import Key
    from gridbridge_ocpp.records import Record

log = structlog.get_logger(__name__)


class Storing:
    """Stores what one socket brings, in its order."""

    def __init__(
        self,
        station: StationId,
        epoch: int,
        *,
        records: deque[Record],
        sink: FactSink,
        sockets: Sockets,
        stored: Callable[[Record], None],
        not_stored: Callable[[Record], None],
    ) -> None:
        """Take from `records`.

        `stored` is told of what a call waits for, and `not_stored` of that of which any may be
        stored, or nothing.
        """
        self._station = station
        self._epoch = epoch
        self._records = records
        self._sink = sink
        self._sockets = sockets
        self._stored, self._not_stored = stored, not_stored
        self._idle: asyncio.Future[None] | None = None
        self._ends = False
        self.striking_out: list[Key] = []
        """Slots whose records are about to go: of these nothing is written meanwhile."""
        self._writing: Key | None = None
        self._written: asyncio.Future[None] | None = None

    def wake(self) -> None:
        """There are records."""
        if self._idle is not None and not self._idle.done():
            self._idle.set_result(None)

    def end(self) -> None:
        """Have `run` return once all is stored."""
        self._ends = True
        self.wake()

    async def run(self) -> None:
        """Store whatever comes, until told to end."""
        while True:
            while self._records:
                record = self._records.popleft()
                try:
                    await self._store(record)
                except (NotStoredError, StoreDownError):
                    self._not_stored(record)
                else:
                    if record.message_id is not None:
                        self._stored(record)
            if self._ends:
                return
            self._idle = asyncio.get_running_loop().create_future()
            await self._idle

    async def _store(self, record: Record) -> None:
        if record.forget:
            await self._sockets.forget(self._station)
        if record.description:
            await self._sockets.describe(self._station, dict(record.description))
        for fact in record.facts:
            await self._sink.record(fact)
            if isinstance(fact, ProfileAnswered) and fact.outcome is not Outcome.ACCEPTED:
                _log(fact)
        if record.acknowledged is None:
            return
        key, text, known = record.acknowledged
        # Of a write and a strike that cross, nobody knows which the store does last.
        if key in self.striking_out or not known.leaves(text):
            return
        self._writing = key
        evse, slot = key
        try:
            # Where the station has a newer socket, that one knows better.
            if await self._sockets.acknowledge(
                self._station, self._epoch, evse=evse, slot=slot, digest=text
            ):
                known.stands(text)
        finally:
            self._writing = None
            if self._written is not None:
                self._written.set_result(None)
                self._written = None

    def written(self) -> asyncio.Future[None] | None:
        """Done once what is being written of one of `striking_out` is, or is given up.

        None where nothing is.
        """
        if self._writing not in self.striking_out:
            return None
        if self._written is None:
            self._written = asyncio.get_running_loop().create_future()
        return self._written


def _log(fact: ProfileAnswered) -> None:
    log.warning(
        "limit_refused" if fact.outcome is Outcome.REFUSED else "limit_unknown",
        station_id=fact.station,
        evse=fact.evse,
        slot=fact.slot.value,
        version=fact.version,
        reason=fact.detail,
    )
