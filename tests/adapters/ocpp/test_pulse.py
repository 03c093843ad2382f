"""A socket that is dead is found out; one that is merely silent is asked and kept."""

from __future__ import annotations

import asyncio

import pytest

from gridbridge.domain.facts import StationConnected, StationDisconnected
from gridbridge.domain.units import Seconds
from gridbridge.testing import MemoryBackend, MemoryStore, VirtualClock
from gridbridge_ocpp.server import OcppServer
from gridbridge_ocpp.settings import Listener, SecurityProfile, Settings
from tests.adapters.ocpp.stations import STATION, entry
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
