"""One record of a socket after the other, into the store."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from gridbridge.domain.commands import Outcome
from gridbridge.domain.facts import ProfileAnswered

if TYPE_CHECKING:
    from collections.abc import Collection

    from gridbridge.domain.ids import StationId
    from gridbridge.ports.facts import FactSink
    from gridbridge.ports.store import Sockets
    from gridbridge_ocpp.records import Record
    from gridbridge_ocpp.station import StationSession
    from gridbridge_ocpp.survey import Key

log = structlog.get_logger(__name__)


class Storing:
    """Stores what one socket brings."""

    def __init__(
        self,
        station: StationId,
        epoch: int,
        *,
        session: StationSession,
        sink: FactSink,
        sockets: Sockets,
    ) -> None:
        self._station = station
        self._epoch = epoch
        self._session = session
        self._sink = sink
        self._sockets = sockets
        self._writing: Key | None = None
        self._written: asyncio.Future[None] | None = None

    async def store(self, record: Record) -> None:
        """Store one; raises NotStoredError or StoreDownError, and then any of it may be stored."""
        if record.forget:
            await self._sockets.forget(self._station)
        if record.description:
            await self._sockets.describe(self._station, dict(record.description))
        for fact in record.facts:
            await self._sink.record(fact)
            if isinstance(fact, ProfileAnswered):
                _log(fact)
        if record.acknowledged is None:
            return
        key, text = record.acknowledged
        known = self._session.on_record(key)
        if not known.leaves(text):
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

    def written(self, keys: Collection[Key]) -> asyncio.Future[None] | None:
        """Done once what is being written of one of the slots is, or is given up.

        None where nothing is; what was not begun yet is not written once its slot is struck out.
        """
        if self._writing not in keys:
            return None
        if self._written is None:
            self._written = asyncio.get_running_loop().create_future()
        return self._written


def _log(fact: ProfileAnswered) -> None:
    if fact.outcome is Outcome.ACCEPTED:
        return
    log.warning(
        "limit_refused" if fact.outcome is Outcome.REFUSED else "limit_unknown",
        station_id=fact.station,
        evse=fact.evse,
        slot=fact.slot.value,
        version=fact.version,
        reason=fact.detail,
    )
