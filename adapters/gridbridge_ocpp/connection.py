"""One socket: its reader, who stores what was said, and what is sent when either has news.

The reader never waits for the store and what is sent never for what is being stored, so a slow
store holds up the answers to a station but no limit; only before the store says wrong what the
station holds, or where somebody else may hold its newer socket, the store is waited for, shortly.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from aiohttp import WSCloseCode, WSMsgType

from gridbridge.domain.units import FOREVER
from gridbridge.ports.facts import NotStoredError
from gridbridge.ports.store import Rewrite, StoreDownError
from gridbridge_ocpp.clearing import Cleared
from gridbridge_ocpp.outlet import Outlet
from gridbridge_ocpp.storing import Storing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aiohttp import web

    from gridbridge.domain.commands import StationDesired
    from gridbridge.domain.units import Instant
    from gridbridge.ports.clock import Clock
    from gridbridge.ports.facts import FactSink
    from gridbridge.ports.store import Sockets
    from gridbridge_ocpp.clearing import Clearing
    from gridbridge_ocpp.directory import StationEntry
    from gridbridge_ocpp.records import Record
    from gridbridge_ocpp.station import StationSession
    from gridbridge_ocpp.survey import Key

_LONGEST_WAIT_S = 3600.0
_LAST_WORDS_S = 5.0
_MESSAGES = frozenset({WSMsgType.TEXT, WSMsgType.BINARY})


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
        clearing: Clearing,
        clock: Clock,
        abort: Callable[[], None],
    ) -> None:
        """`abort` ends the socket without a word, so that its reader sees the end."""
        self.entry = entry
        self.epoch = epoch
        self._socket = socket
        self._session = session
        self._sink = sink
        self._storing = Storing(entry.id, epoch, session=session, sink=sink, sockets=sockets)
        self._clearing = clearing
        self._clock = clock
        self._abort = abort
        self._heard = True
        self._pinged = False
        self._outlet = Outlet(socket)
        self._to_write = asyncio.Event()
        self._records: deque[Record] = deque()
        self._to_store: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._looks_at = FOREVER
        self._serving = False
        self._leave: tuple[int, str] | None = None
        self._broken: Exception | None = None
        self._check_holder = False
        self._striking_out: list[Key] | None = None

    def desire(self, desired: StationDesired) -> None:
        """Have the station hold this; returns at once."""
        self._session.desire(desired)
        # Somebody else may hold the station's newer socket by now: a wish is worth the question.
        self._check_holder = True
        self._moved(self._clock.now())

    def doubt(self, keys: Iterable[Key]) -> None:
        """Nobody knows what these slots hold, whatever the store says; before `run`."""
        self._session.doubt(keys)

    def unsure(self) -> list[Key]:
        """Slots of which the store may say something wrong."""
        return self._session.unsure()

    def leave(self, code: int, reason: str) -> None:
        """Send nothing any more and close the socket; returns at once."""
        if self._leave is None:
            self._leave = (code, reason)
            self._to_write.set()

    def beat(self) -> None:
        """Ping a socket that was silent since the last beat; end it where it was so before."""
        try:
            self._beat()
        except Exception as error:  # noqa: BLE001 - see _moved
            self._broken = error
            self._to_write.set()

    def _beat(self) -> None:
        if self._heard or not self._serving:
            # What nobody reads yet was not missed.
            self._heard = self._pinged = False
        elif self._pinged:
            self._abort()
        else:
            self._pinged = True
            self._outlet.ping()
            self._to_write.set()

    async def run(self) -> str:
        """Serve until the socket is gone and what it said is stored; say why it went."""
        self._serving = True
        self._moved(self._clock.now())
        async with asyncio.TaskGroup() as tasks:
            writer = tasks.create_task(self._write(), name=f"write {self.entry.id}")
            recorder = tasks.create_task(self._record(), name=f"record {self.entry.id}")
            try:
                await self._read()
            finally:
                self._serving = False
                writer.cancel()
                if self._timer is not None:
                    self._timer.cancel()
                self._session.closed(self._clock.now())
                self._collect()
                self._wake_recorder()
                # A store that never answers must not keep a dead socket's tasks.
                asyncio.get_running_loop().call_later(_LAST_WORDS_S, recorder.cancel)
        if self._leave is not None:
            return self._leave[1]
        return f"closed {self._socket.close_code}"

    async def _read(self) -> None:
        while True:
            message = await self._socket.receive()
            self._heard = True
            if message.type is WSMsgType.PING:
                await self._socket.pong(message.data)
            elif message.type in _MESSAGES:
                self._hear(message.data)
            elif message.type is not WSMsgType.PONG:
                return

    def _hear(self, text: str | bytes) -> None:
        if self._leave is not None:
            # A newer socket speaks for the station.
            return
        now = self._clock.now()
        self._session.receive(text, now)
        for reading in self._session.readings():
            self._sink.meter(self.entry.site, reading)
        self._moved(now)

    def _moved(self, now: Instant) -> None:
        """Something changed: see what is to be stored and what is to be sent."""
        try:
            self._collect()
            self._look(now)
        except Exception as error:  # noqa: BLE001 - raised again where it ends this socket alone
            self._broken = error
            self._to_write.set()

    def _collect(self) -> None:
        records = self._session.records()
        if records:
            self._records.extend(records)
            self._wake_recorder()

    # What is sent.

    def _look(self, now: Instant) -> None:
        if self._striking_out is not None or not self._may_send():
            return
        if not self._check_holder and self._session.rests(now):
            self._look_at(self._session.rests_until, now)
            return
        keys = self._session.to_strike_out(now)
        if not keys and not self._check_holder:
            self._send(now)
            return
        self._check_holder = False
        self._striking_out = keys
        rewrite = Rewrite(self.entry.id, self.epoch, tuple(keys))
        self._clearing.ask(rewrite, self._cleared, after=self._storing.written(keys))

    def _cleared(self, cleared: Cleared) -> None:
        if cleared is Cleared.NEWER_SOCKET:
            self.leave(WSCloseCode.POLICY_VIOLATION, "replaced elsewhere")
            return
        keys, self._striking_out = self._striking_out, None
        for key in keys or ():
            record = self._session.on_record(key)
            if cleared is Cleared.STRUCK_OUT:
                record.struck()
            else:
                record.not_struck()
        try:
            if self._may_send():
                self._send(self._clock.now())
        except Exception as error:  # noqa: BLE001 - see _moved
            self._broken = error
            self._to_write.set()

    def _may_send(self) -> bool:
        return self._serving and self._leave is None and not self._outlet.stuck

    def _send(self, now: Instant) -> None:
        frames = self._session.frames_to_send(now)
        self._collect()
        if frames:
            self._outlet.send(frames)
            if self._outlet.stuck:
                self._to_write.set()
                return
        if self._session.rests(now):
            self._look_at(self._session.rests_until, now)
        else:
            self._look_at(self._session.next_wakeup(now), now)

    def _look_at(self, due: Instant, now: Instant) -> None:
        """Look again by then; a timer that comes earlier is left to come, and sees for itself."""
        if due >= self._looks_at or self._outlet.gone:
            return
        if self._timer is not None:
            self._timer.cancel()
        delay = min(max(due - now, 0.0), _LONGEST_WAIT_S)
        self._looks_at = due
        self._timer = asyncio.get_running_loop().call_later(delay, self._timer_came)

    def _timer_came(self) -> None:
        self._timer, self._looks_at = None, FOREVER
        self._moved(self._clock.now())

    async def _write(self) -> None:
        """Wait for a socket that takes nothing more for now, and close it when it is to leave."""
        while self._leave is None:
            await self._to_write.wait()
            self._to_write.clear()
            if self._broken is not None:
                raise self._broken
            if self._outlet.stuck:
                await self._outlet.drain()
                self._moved(self._clock.now())
        code, reason = self._leave
        await self._socket.close(code=code, message=reason.encode())

    # Who stores.

    async def _record(self) -> None:
        while True:
            while self._records:
                await self._store(self._records.popleft())
            if not self._serving:
                return
            self._to_store = asyncio.get_running_loop().create_future()
            await self._to_store

    def _wake_recorder(self) -> None:
        if self._to_store is not None and not self._to_store.done():
            self._to_store.set_result(None)

    async def _store(self, record: Record) -> None:
        try:
            await self._storing.store(record)
        except (NotStoredError, StoreDownError):
            self._session.not_stored(record)
        else:
            if record.message_id is None:
                # What became of a slot is stored: nothing new to send, nothing new to store.
                return
            self._session.stored(record, self._clock.now())
        self._moved(self._clock.now())
