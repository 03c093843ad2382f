"""Stations for the end-to-end bench: `python -m tests.bench._end_to_end_stations PORT COUNT`.

Raw WebSockets in a process of their own: each boots (OCPP 1.6J), charges a car and accepts
whatever it is told. Standard output has a JSON object a line: that all have come, and for each
line of standard input (`quiet` or `reset`) that nobody was told anything for a while, or what was
told since: per station when its first profile came and when its last answer left, by
`CLOCK_MONOTONIC`. They leave when their standard input ends.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass

import aiohttp
import orjson
import uvloop

from tests.bench._fanout_sockets import allow_sockets, station_name

AT_ONCE = 20
PASSWORD = "a-password-of-20-chr"
QUIET_S = 3.0
"""Longer than anything the gateway waits for here: its settle time is 1 s."""
PATIENCE_S = 120.0
TOLD = "SetChargingProfile"


@dataclass(slots=True)
class Heard:
    """What one station was told since the last reset."""

    first: float | None = None
    answered: float = 0.0
    frames: int = 0


class Fleet:
    """All stations, and when one of them was told something."""

    def __init__(self, port: int, count: int) -> None:
        self._port = port
        self.heard = {station_name(number): Heard() for number in range(count)}
        self._unheard = count
        self._last = time.monotonic()
        self._entry = asyncio.Semaphore(AT_ONCE)

    async def station(self, client: aiohttp.ClientSession, name: str) -> None:
        async with self._entry:
            socket = await client.ws_connect(
                f"ws://127.0.0.1:{self._port}/ocpp/{name}",
                protocols=["ocpp1.6"],
                headers={"Authorization": aiohttp.encode_basic_auth(name, PASSWORD)},
            )
            for action, payload in _opening():
                await socket.send_str(orjson.dumps([2, action, action, payload]).decode())
                await self._until_answered(socket, name, action)
        async for message in socket:
            await self._take(socket, name, message.data, time.monotonic())
        raise ConnectionError(f"{name} was let go")

    async def _until_answered(
        self, socket: aiohttp.ClientWebSocketResponse, name: str, message_id: str
    ) -> None:
        while True:
            text = await socket.receive_str()
            frame = orjson.loads(text)
            if frame[0] == 3 and frame[1] == message_id:
                return
            await self._take(socket, name, text, time.monotonic())

    async def _take(
        self, socket: aiohttp.ClientWebSocketResponse, name: str, text: str, at: float
    ) -> None:
        kind, message_id, *rest = orjson.loads(text)
        if kind != 2:
            return
        await socket.send_str(f'[3,"{message_id}",{{"status":"Accepted"}}]')
        if rest[0] != TOLD:
            return
        heard = self.heard[name]
        if heard.first is None:
            heard.first = at
            self._unheard -= 1
        heard.frames += 1
        heard.answered = self._last = time.monotonic()

    async def quiet(self) -> None:
        """Everybody was told something since the last reset, and nobody anything for a while."""
        gives_up = time.monotonic() + PATIENCE_S
        while self._unheard or time.monotonic() - self._last < QUIET_S:
            if time.monotonic() > gives_up:
                raise TimeoutError(f"{self._unheard} stations were told nothing")
            await asyncio.sleep(0.1)

    def reset(self) -> list[tuple[float | None, float, int]]:
        """What was told since the last time, by station."""
        self._unheard = len(self.heard)
        told = [(each.first, each.answered, each.frames) for each in self.heard.values()]
        for name in self.heard:
            self.heard[name] = Heard()
        return told


def _opening() -> list[tuple[str, dict[str, object]]]:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return [
        ("BootNotification", {"chargePointVendor": "Bench", "chargePointModel": "One"}),
        (
            "StatusNotification",
            {"connectorId": 1, "errorCode": "NoError", "status": "Charging"},
        ),
        (
            "StartTransaction",
            {"connectorId": 1, "idTag": "CAR", "meterStart": 0, "timestamp": now},
        ),
    ]


async def attend(port: int, count: int) -> None:
    fleet = Fleet(port, count)
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
    )
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as client, asyncio.TaskGroup() as group:
        stations = [group.create_task(fleet.station(client, name)) for name in fleet.heard]
        async for line in lines:
            match line.decode().strip():
                case "quiet":
                    await fleet.quiet()
                    print(json.dumps({"quiet": True}), flush=True)
                case "reset":
                    print(json.dumps({"told": fleet.reset()}), flush=True)
        for task in stations:
            task.cancel()


if __name__ == "__main__":
    allow_sockets()
    uvloop.run(attend(int(sys.argv[1]), int(sys.argv[2])))
