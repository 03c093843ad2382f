"""One socket and its three tasks: a reader, the only writer, and who stores what was said.

The reader never waits for the store and the writer never for what is being stored, so a slow store
holds up the answers to a station but no limit; the writer waits for the store shortly, before it
changes what the store says that the station holds.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

import structlog
from aiohttp import WSCloseCode, WSMsgType

from gridbridge.domain.commands import Outcome
from gridbridge.domain.facts import ProfileAnswered
from gridbridge.domain.units import FOREVER
from gridbridge.ports.facts import NotStoredError
from gridbridge.ports.store import StoreDownError

if TYPE_CHECKING:
    from aiohttp import web

    from gridbridge.domain.commands import StationDesired
    from gridbridge.domain.units import Instant, Seconds
    from gridbridge.ports.clock import Clock
    from gridbridge.ports.facts import FactSink
    from gridbridge.ports.store import Sockets
    from gridbridge_ocpp.directory import StationEntry
    from gridbridge_ocpp.reconciler import Key
    from gridbridge_ocpp.station import Record, StationSession

log = structlog.get_logger(__name__)

_LONGEST_WAIT_S = 3600.0
_LAST_WORDS_S = 5.0


class Connection:
    """A station's socket, from its handshake to its end."""

    def __init__(
        self,
        *,
        socket: web.WebSocketResponse,
        session: StationSession,
        entry: StationEntry,
        epoch: int,
        sink: FactSink,
        sockets: Sockets,
        clock: Clock,
        store_within: Seconds,
    ) -> None:
        self.entry = entry
        self.epoch = epoch
        self._socket = socket
        self._session = session
        self._sink = sink
        self._sockets = sockets
        self._clock = clock
        self._store_within = store_within
        self._to_write = asyncio.Event()
        self._to_store = asyncio.Event()
        self._records: deque[Record] = deque()
        self._over = False
        self._leave: tuple[int, str] | None = None
        self._check_holder = False

    def desire(self, desired: StationDesired) -> None:
        """Have the station hold this; returns at once."""
        self._session.desire(desired)
        # Somebody else may hold the station's newer socket by now: a wish is worth the question.
        self._check_holder = True
        self._moved()

    def leave(self, code: int, reason: str) -> None:
        """Send nothing any more and close the socket; returns at once."""
        if self._leave is None:
            self._leave = (code, reason)
            self._to_write.set()

    async def run(self) -> str:
        """Serve until the socket is gone and what it said is stored; say why it went."""
        self._moved()
        async with asyncio.TaskGroup() as tasks:
            writer = tasks.create_task(self._write(), name=f"write {self.entry.id}")
            recorder = tasks.create_task(self._record(), name=f"record {self.entry.id}")
            try:
                await self._read()
            finally:
                self._over = True
                writer.cancel()
                self._session.closed(self._clock.now())
                self._moved()
                self._to_store.set()
                # A store that never answers must not keep a dead socket's tasks.
                asyncio.get_running_loop().call_later(_LAST_WORDS_S, recorder.cancel)
        if self._leave is not None:
            return self._leave[1]
        return f"closed {self._socket.close_code}"

    async def _read(self) -> None:
        async for message in self._socket:
            if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                return
            if self._leave is not None:
                # A newer socket speaks for the station.
                continue
            self._session.receive(message.data, self._clock.now())
            for reading in self._session.readings():
                self._sink.meter(self.entry.site, reading)
            self._moved()

    def _moved(self) -> None:
        """Something changed: see what is to be stored and what is to be sent."""
        self._collect()
        self._to_write.set()

    def _collect(self) -> None:
        records = self._session.records()
        if records:
            self._records.extend(records)
            self._to_store.set()

    # The writer.

    async def _write(self) -> None:
        while not self._leaving():
            self._to_write.clear()
            await self._ask_holder()
            now = self._clock.now()
            keys = self._session.to_strike_out(now)
            for key in keys:
                await self._strike_out(key)
            now = self._clock.now() if keys else now
            frames = self._session.frames_to_send(now) if not self._leaving() else []
            self._collect()
            if not await self._send(frames):
                return
            if not frames:
                await self._until(self._session.next_wakeup(now), now)
        if self._leave is not None:
            code, reason = self._leave
            await self._socket.close(code=code, message=reason.encode())

    def _leaving(self) -> bool:
        return self._leave is not None

    async def _send(self, frames: list[str]) -> bool:
        for frame in frames:
            if self._leaving():
                return True
            try:
                await self._socket.send_str(frame)
            except ConnectionError:
                # The reader sees the same end.
                return False
        return True

    async def _until(self, due: Instant, now: Instant) -> None:
        if due >= FOREVER:
            await self._to_write.wait()
            return
        delay = min(max(due - now, 0.0), _LONGEST_WAIT_S)
        timer = asyncio.get_running_loop().call_later(delay, self._to_write.set)
        try:
            await self._to_write.wait()
        finally:
            timer.cancel()

    async def _ask_holder(self) -> None:
        """Leave where another instance holds the station's newer socket."""
        if not self._check_holder:
            return
        self._check_holder = False
        try:
            async with asyncio.timeout(self._store_within):
                holder = await self._sockets.holder(self.entry.id)
        except (StoreDownError, TimeoutError):
            # A limit does not wait for the store; what an old socket says is dropped by its epoch.
            return
        if holder is not None and holder[1] > self.epoch:
            self.leave(WSCloseCode.POLICY_VIOLATION, "replaced elsewhere")

    async def _strike_out(self, key: Key) -> None:
        try:
            async with asyncio.timeout(self._store_within):
                await self._sockets.acknowledge(
                    self.entry.id, evse=key[0], slot=key[1], digest=None
                )
        except (StoreDownError, TimeoutError):
            log.warning("record_not_struck_out", station_id=self.entry.id, slot=key[1])
        self._session.struck_out(key)

    # Who stores.

    async def _record(self) -> None:
        while True:
            self._to_store.clear()
            while self._records:
                await self._store(self._records.popleft())
            if self._over:
                return
            await self._to_store.wait()

    async def _store(self, record: Record) -> None:
        station = self.entry.id
        try:
            if record.forget:
                await self._sockets.forget(station)
            if record.description:
                await self._sockets.describe(station, dict(record.description))
            for fact in record.facts:
                await self._sink.record(fact)
                if isinstance(fact, ProfileAnswered):
                    self._log(fact)
            if record.acknowledged is not None:
                (evse, slot), text = record.acknowledged
                await self._sockets.acknowledge(station, evse=evse, slot=slot, digest=text)
        except (NotStoredError, StoreDownError):
            self._session.not_stored(record)
        else:
            self._session.stored(record, self._clock.now())
            if record.message_id is None:
                # What became of a slot is stored: nothing new to send, nothing new to store.
                return
        self._moved()

    def _log(self, fact: ProfileAnswered) -> None:
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
