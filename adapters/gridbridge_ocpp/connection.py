"""One socket: its reader, who stores what was said, and what is sent when either has news.

The reader never waits for the store and what is sent never for what is being stored, so a slow
store holds up the answers to a station but no limit; only before the store says wrong what the
station holds, or where somebody else may hold its newer socket, the store is waited for, shortly.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import WSCloseCode, WSMsgType

from gridbridge.ports.store import Rewrite
from gridbridge_ocpp.clearing import Cleared
from gridbridge_ocpp.outlet import Outlet
from gridbridge_ocpp.storing import Storing
from gridbridge_ocpp.waking import Waking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aiohttp import web

    from gridbridge.domain.commands import StationDesired
    from gridbridge.domain.units import Instant
    from gridbridge.ports.facts import FactSink
    from gridbridge.ports.store import Sockets
    from gridbridge_ocpp.clearing import Clearing
    from gridbridge_ocpp.directory import StationEntry
    from gridbridge_ocpp.keys import Key
    from gridbridge_ocpp.records import Record
    from gridbridge_ocpp.station import StationSession
    from gridbridge_ocpp.turn import Turn

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
        turn: Turn,
        abort: Callable[[], None],
    ) -> None:
        """`abort` ends the socket without a word, so that its reader sees the end."""
        self.entry = entry
        self.epoch = epoch
        self._socket = socket
        self._session = session
        self._sink = sink
        self._records = session.records
        self._storing = Storing(
            entry.id,
            epoch,
            records=session.records,
            sink=sink,
            sockets=sockets,
            stored=self._stored,
            not_stored=self._not_stored,
        )
        self._clearing = clearing
        self._turn = turn
        self._abort = abort
        self._heard = True
        self._pinged = False
        self._outlet = Outlet(socket)
        self._to_write = asyncio.Event()
        self._waking = Waking(lambda: self._moved(turn.now()))
        self._serving = False
        self._speaks = False
        """Whether it serves and is not to leave."""
        self._leave: tuple[int, str] | None = None
        self._broken: Exception | None = None
        self._wish: StationDesired | None = None
        """What nobody looked at yet."""
        self._asks = False
        """Whether it waits for the store, or to be asked what for."""

    def desire(self, desired: StationDesired) -> None:
        """Have the station hold this; returns at once, and a newer version may take its place."""
        if self._wish is None or self._wish.version <= desired.version:
            self._wish = desired
        if self._speaks and not self._asks:
            self._ask()

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
            self._speaks = False
            self._outlet.give_up()
            self._to_write.set()

    def beat(self) -> None:
        """Ping a socket that was silent since the last beat; end it where it was so before."""
        try:
            self._beat()
        except Exception as error:  # noqa: BLE001 - see _moved
            self._break(error)

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
        self._serving, self._speaks = True, self._leave is None
        self._moved(self._turn.now())
        async with asyncio.TaskGroup() as tasks:
            writer = tasks.create_task(self._write(), name=f"write {self.entry.id}")
            recorder = tasks.create_task(self._storing.run(), name=f"record {self.entry.id}")
            # Its own task: each message wakes it, and the handshake's handlers lie deep beneath.
            reader = tasks.create_task(self._read(), name=f"read {self.entry.id}")
            try:
                await asyncio.wait({reader})
            finally:
                self._serving = self._speaks = False
                writer.cancel()
                self._waking.cancel()
                self._session.closed(self._turn.now())
                self._storing.end()
                # A store that never answers must not keep a dead socket's tasks.
                asyncio.get_running_loop().call_later(_LAST_WORDS_S, recorder.cancel)
        if self._leave is not None:
            return self._leave[1]
        return f"closed {self._socket.close_code}"

    async def _read(self) -> None:
        while True:
            message = await self._socket.receive()
            self._heard = True
            if message.type in _MESSAGES:
                self._hear(message.data)
            elif message.type is WSMsgType.PING:
                await self._socket.pong(message.data)
            elif message.type is not WSMsgType.PONG:
                return

    def _hear(self, text: str | bytes) -> None:
        if self._leave is not None:
            # A newer socket speaks for the station.
            return
        now = self._turn.now()
        self._session.receive(text, now)
        if self._session.readings:
            for reading in self._session.readings:
                self._sink.meter(self.entry.site, reading)
            self._session.readings.clear()
        self._moved(now)

    def _moved(self, now: Instant) -> None:
        """Something changed: see what is to be stored and what is to be sent."""
        try:
            if self._records:
                self._storing.wake()
            self._look(now)
        except Exception as error:  # noqa: BLE001 - raised again where it ends this socket alone
            self._break(error)

    def _break(self, error: Exception) -> None:
        self._broken = error
        self._to_write.set()

    # What is sent.

    def _look(self, now: Instant) -> None:
        if self._asks or not self._speaks or self._outlet.stuck:
            return
        if self._wish is not None:
            # Somebody else may hold the station's newer socket by now: it is worth the question.
            self._ask()
            return
        rests_until = self._session.rests_until(now)
        if rests_until is not None:
            self._waking.by(rests_until, now)
        elif self._session.to_strike_out(now):
            self._ask()
        else:
            self._send(now)

    def _ask(self) -> None:
        self._asks = True
        self._clearing.ask(self)

    def rewrite(self) -> Rewrite | None:
        """As `Asker.rewrite`."""
        if not self._speaks or self._outlet.stuck:
            self._asks = False
            return None
        try:
            if self._wish is not None:
                self._take_wish(self._wish)
            keys = self._storing.striking_out = self._session.to_strike_out(self._turn.now())
        except Exception as error:  # noqa: BLE001 - see _moved
            self._break(error)
            return None
        rewrite = Rewrite(self.entry.id, self.epoch, tuple(keys))
        written = self._storing.written()
        if written is None:
            return rewrite
        self._clearing.ask_after(written, rewrite, self)
        return None

    def cleared(self, cleared: Cleared) -> None:
        """As `Asker.cleared`."""
        if cleared is Cleared.NEWER_SOCKET:
            self.leave(WSCloseCode.POLICY_VIOLATION, "replaced elsewhere")
            return
        self._asks = False
        try:
            if self._wish is not None:
                # What came meanwhile takes the place of what was asked for.
                self._take_wish(self._wish)
                if cleared is Cleared.UNKNOWN:
                    # A limit waits for the store no longer than once, however many follow it.
                    self._storing.striking_out += self._session.to_strike_out(self._turn.now())
            for key in self._storing.striking_out:
                self._session.struck_out(key, for_sure=cleared is Cleared.STRUCK_OUT)
            self._storing.striking_out = []
            if self._speaks and not self._outlet.stuck:
                self._send(self._turn.now())
        except Exception as error:  # noqa: BLE001 - see _moved
            self._break(error)

    def _take_wish(self, wish: StationDesired) -> None:
        self._wish = None
        self._session.desire(wish)

    def _send(self, now: Instant) -> None:
        frames = self._session.frames_to_send(now)
        if self._records:
            self._storing.wake()
        if frames:
            self._outlet.send(frames)
            if self._outlet.stuck:
                self._to_write.set()
                return
        if not self._outlet.gone:
            self._waking.by(self._session.next_wakeup(now), now)

    async def _write(self) -> None:
        """Wait for a socket that takes nothing more for now, and close it when it is to leave."""
        while self._leave is None:
            await self._to_write.wait()
            self._to_write.clear()
            if self._broken is not None:
                raise self._broken
            if self._outlet.stuck:
                await self._outlet.drain()
                self._moved(self._turn.now())
        code, reason = self._leave
        await self._socket.close(code=code, message=reason.encode())

    def _stored(self, record: Record) -> None:
        now = self._turn.now()
        self._session.stored(record, now)
        self._moved(now)

    def _not_stored(self, record: Record) -> None:
        self._session.not_stored(record)
        self._moved(self._turn.now())
