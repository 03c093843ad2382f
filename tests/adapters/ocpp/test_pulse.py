"""A socket that is dead is found out; one that is merely silent is asked and kept."""

from __future__ import annotations

import asyncio
from itertools import chain, repeat

import pytest
import structlog

from gridbridge.domain.facts import StationConnected, StationDisconnected
from gridbridge.domain.units import Seconds
from gridbridge.testing import MemoryBackend, MemoryStore, VirtualClock
from gridbridge_ocpp.clearing import Clearing
from gridbridge_ocpp.connection import Connection
from gridbridge_ocpp.pulse import keep_beating
from gridbridge_ocpp.server import OcppServer
from gridbridge_ocpp.settings import Listener, SecurityProfile, Settings
from gridbridge_ocpp.turn import Turn
from tests.adapters.ocpp.stations import STATION, Station, entry
from tests.adapters.ocpp.test_server import WaitingSink

PING, PONG = 0x89, 0x8A
GREETING = (
    f"GET /ocpp/{STATION} HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ocpp1.6\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


class Listening:
    """A directory of one station, and nothing that it should hold."""

    def lookup(self, _station: object) -> object:
        return entry()

    async def desired(self, _station: object) -> None:
        return None


class Beaten:
    """A socket that is beaten, and may fail at it."""

    def __init__(self, error: Exception | None = None) -> None:
        self.twice = asyncio.Event()
        self._beats = 0
        self._error = error

    def beat(self) -> None:
        self._beats += 1
        if self._beats == 2:
            self.twice.set()
        if self._error is not None:
            raise self._error


async def test_a_socket_that_fails_at_a_beat_stops_no_other_from_being_asked() -> None:
    failing, fine = Beaten(RuntimeError("unable to perform operation")), Beaten()
    with structlog.testing.capture_logs() as logs:
        beating = asyncio.create_task(keep_beating(lambda: [failing, fine], Seconds(0.0)))

        async with asyncio.timeout(30):
            await fine.twice.wait()
        beating.cancel()

    assert {"event": "beat_failed", "exc_info": True, "log_level": "error"} in logs


async def test_a_beat_that_fails_as_a_whole_is_told_of_and_the_next_one_comes() -> None:
    fine = Beaten()
    answers = chain([None], repeat([fine]))
    with structlog.testing.capture_logs() as logs:
        beating = asyncio.create_task(
            keep_beating(lambda: next(answers) or no_sockets(), Seconds(0.0))
        )

        async with asyncio.timeout(30):
            await fine.twice.wait()
        beating.cancel()

    assert [each["event"] for each in logs] == ["pulse_failed"]


def no_sockets() -> list[Beaten]:
    raise RuntimeError("dictionary changed size during iteration")


class Silent:
    """A socket that takes pings, never speaks and cannot be ended."""

    close_code = 1006

    def __init__(self) -> None:
        self._message: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def receive(self) -> None:
        await self._message

    async def ping(self) -> None:
        pass

    def abort(self) -> None:
        raise RuntimeError("the transport is gone")


async def test_a_socket_that_cannot_be_aborted_ends_all_the_same() -> None:
    socket, clock = Silent(), VirtualClock()
    store = MemoryStore(MemoryBackend(clock))
    connection = Connection(
        socket=socket,  # type: ignore[arg-type]  # as much of one as is used
        session=Station().session,
        entry=entry(),
        epoch=1,
        sink=WaitingSink(),
        sockets=store,
        clearing=Clearing(store, Seconds(0.0)),
        turn=Turn(clock),
        abort=socket.abort,
    )
    running = asyncio.create_task(connection.run())
    await asyncio.sleep(0)

    for _ in range(3):
        connection.beat()

    with pytest.raises(ExceptionGroup) as ended:
        await running
    assert ended.group_contains(RuntimeError, match="the transport is gone")


@pytest.mark.parametrize("answers", [0, 3])
async def test_a_silent_socket_is_pinged_until_it_does_not_answer(answers: int) -> None:
    sink, clock = WaitingSink(), VirtualClock()
    store = MemoryStore(MemoryBackend(clock))
    await store.open()
    listener = Listener(port=0, security_profile=SecurityProfile.OPEN, allow_insecure=True)
    here = Listening()
    server = OcppServer(
        Settings(listeners=(listener,), ping=Seconds(0.02)),
        here,  # type: ignore[arg-type]  # a directory of one
        sink=sink,
        sockets=store,
        clock=clock,
        desired=here.desired,
    )
    await server.start()
    reader, writer = await asyncio.open_connection(*server.addresses[0])
    writer.write(GREETING.encode())
    await reader.readuntil(b"\r\n\r\n")

    pings = 0
    while frame := await reader.read(2):
        assert frame == bytes([PING, 0])
        pings += 1
        if pings <= answers:
            # Clients mask what they send; of nothing there is nothing to mask.
            writer.write(bytes([PONG, 0x80, 0, 0, 0, 0]))
    connected, gone = await sink.has(StationConnected), await sink.has(StationDisconnected)
    writer.close()
    await server.stop()

    assert pings == answers + 1
    assert [each.epoch for each in connected] == [each.epoch for each in gone]
