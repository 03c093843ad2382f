"""A station's WebSocket: it dials, comes back with growing pauses, and fails when told to."""

from __future__ import annotations

import asyncio
import uuid
from base64 import b64encode
from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING

import aiohttp
import structlog

from gridbridge.simulation.spec import OutageKind
from gridbridge.simulation.stations import frames
from gridbridge.simulation.stations.frames import Answered, Asked, Call, Fault, Payload

if TYPE_CHECKING:
    from collections.abc import Callable

    from gridbridge.simulation.stations.station import Station

log = structlog.get_logger(__name__)

_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 5.0
_ANSWER_WITHIN_S = 10.0
_LOOK_AGAIN_S = 0.5


class Link:
    """Holds one station's socket for as long as `run` runs."""

    def __init__(self, station: Station, url: str, *, clock: Callable[[], float]) -> None:
        self._station = station
        self._url = f"{url}/{station.spec.id}"
        self._clock = clock
        self._random = Random(station.spec.id)
        self._output = asyncio.Event()
        self._audible = asyncio.Event()
        self._reachable = asyncio.Event()
        self._waiting: dict[str, asyncio.Future[Payload | Fault]] = {}
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        station.outbox.on_output = self._output.set
        self._audible.set()
        self._reachable.set()

    async def fail(self, kind: OutageKind, duration_s: float) -> None:
        """Be unreachable for that long, in that way."""
        log.info("station_outage", station_id=self._station.spec.id, kind=kind.value)
        if kind is OutageKind.HALF_OPEN:
            self._audible.clear()
            await asyncio.sleep(duration_s)
            self._audible.set()
            return
        self._reachable.clear()
        if self._socket is not None:
            await self._socket.close()
        if kind is OutageKind.REBOOT:
            self._station.rebooted(self._clock())
        await asyncio.sleep(duration_s)
        self._reachable.set()

    async def run(self) -> None:
        """Dial until cancelled; the pauses double, with jitter, and start anew after a success."""
        wait = _FIRST_WAIT_S
        async with aiohttp.ClientSession() as session:
            while True:
                await self._reachable.wait()
                try:
                    async with session.ws_connect(
                        self._url,
                        protocols=(self._station.spec.protocol,),
                        headers=self._headers(),
                        autoping=False,
                        timeout=aiohttp.ClientWSTimeout(ws_close=0.5),
                    ) as socket:
                        await self._serve(socket)
                    wait = _FIRST_WAIT_S
                except (aiohttp.ClientError, OSError, TimeoutError) as error:
                    log.debug("dial_failed", station_id=self._station.spec.id, error=str(error))
                    wait = min(2.0 * wait, _LONGEST_WAIT_S)
                await asyncio.sleep(wait * self._random.uniform(0.5, 1.0))

    def _headers(self) -> dict[str, str]:
        spec = self._station.spec
        if spec.password is None:
            return {}
        token = b64encode(f"{spec.id}:{spec.password}".encode()).decode()
        return {"Authorization": f"Basic {token}"}

    async def _serve(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        if socket.protocol != self._station.spec.protocol:
            log.warning("wrong_subprotocol", station_id=self._station.spec.id)
            return
        self._socket = socket
        self._station.connected(self._clock())
        writer = asyncio.create_task(self._write(socket))
        try:
            await self._read(socket)
        finally:
            writer.cancel()
            ended = (await asyncio.gather(writer, return_exceptions=True))[0]
            self._socket = None
            self._station.disconnected(self._clock())
            for future in self._waiting.values():
                future.cancel()
            self._waiting.clear()
        if isinstance(ended, AssertionError):
            raise ended

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if not self._audible.is_set():
                # Half open: the other side speaks to nobody.
                continue
            if message.type is aiohttp.WSMsgType.PING:
                await socket.pong(message.data)
            elif message.type is aiohttp.WSMsgType.TEXT:
                await self._hear(socket, message.data)
            if self._station.wants_reboot:
                self._station.rebooted(self._clock())
                await socket.close()

    async def _hear(self, socket: aiohttp.ClientWebSocketResponse, text: str) -> None:
        match frames.read(text):
            case Asked(id=message_id, action=action, payload=payload):
                reply = self._station.receive(action, payload, self._clock())
                await socket.send_str(
                    frames.answer(message_id, reply, self._station.spec.protocol)
                )
                self._output.set()
            case Answered(id=message_id, answer=answer):
                future = self._waiting.pop(message_id, None)
                if future is not None and not future.done():
                    future.set_result(answer)

    async def _write(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while True:
            await self._audible.wait()
            call = self._station.next_call(self._clock())
            if call is None:
                self._output.clear()
                # Not wait_for: until Python 3.12 it may swallow a cancellation.
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_AGAIN_S):
                        await self._output.wait()
                continue
            await self._ask(socket, call)

    async def _ask(self, socket: aiohttp.ClientWebSocketResponse, call: Call) -> None:
        """One call at a time (OCPP-J); one that lasts is repeated until it is answered."""
        message_id = str(uuid.uuid4())
        future: asyncio.Future[Payload | Fault] = asyncio.get_running_loop().create_future()
        self._waiting[message_id] = future
        try:
            await socket.send_str(frames.call(message_id, call.action, call.payload))
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                answer = await future
        except TimeoutError:
            answer = Fault(code="NoAnswer", description=call.action)
        except (asyncio.CancelledError, OSError, aiohttp.ClientError):
            if call.lasting:
                self._station.outbox.put_back(call)
            raise
        finally:
            self._waiting.pop(message_id, None)
        self._station.check_answer(call, answer)
        if call.on_answer is not None:
            call.on_answer(answer, self._clock())
