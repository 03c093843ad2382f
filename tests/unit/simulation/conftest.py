"""A tiny CSMS that accepts everything: as a function, and behind a WebSocket."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import WSMsgType, web

from gridbridge.simulation.spec import Protocol
from gridbridge.simulation.stations import schemas
from gridbridge.simulation.stations.station import Station

NOW = "2027-01-15T08:00:00Z"


def accept(protocol: Protocol, action: str) -> dict[str, Any]:
    """What a CSMS answers that lets everybody charge."""
    if action == "BootNotification":
        return {"status": "Accepted", "currentTime": NOW, "interval": 300}
    if action == "Heartbeat":
        return {"currentTime": NOW}
    if action == "Authorize":
        key = "idTagInfo" if protocol is Protocol.V16 else "idTokenInfo"
        return {key: {"status": "Accepted"}}
    if action == "StartTransaction":
        return {"transactionId": 77, "idTagInfo": {"status": "Accepted"}}
    if action == "NotifyEVChargingNeeds":
        return {"status": "NoChargingProfile"}
    return {}


class Talk:
    """Answers a station's calls without a socket, and keeps them."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, station: Station, now: float) -> None:
        """Let the station say everything it has to say."""
        while (call := station.next_call(now)) is not None:
            self.calls.append((call.action, call.payload))
            answer = accept(station.spec.protocol, call.action)
            station.check_answer(call, answer)
            if call.on_answer is not None:
                call.on_answer(answer, now)

    def all(self, action: str) -> list[dict[str, Any]]:
        return [payload for name, payload in self.calls if name == action]


@pytest.fixture
def talk() -> Talk:
    return Talk()


class Csms:
    """A WebSocket server for stations of one version, with HTTP Basic if it has passwords."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        self.passwords: dict[str, str] = {}
        self.refused = 0
        self.connections = 0
        self.url = ""
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.problems: list[str] = []
        self._socket: web.WebSocketResponse | None = None
        self._answers: dict[str, asyncio.Future[Any]] = {}
        self._news = asyncio.Condition()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["id"]
        expected = self.passwords.get(name)
        header = request.headers.get("Authorization", "")
        token = base64.b64encode(f"{name}:{expected}".encode()).decode()
        if expected is not None and header != f"Basic {token}":
            self.refused += 1
            return web.Response(status=401)
        socket = web.WebSocketResponse(protocols=(self.protocol,), autoping=False)
        await socket.prepare(request)
        self._socket = socket
        self.connections += 1
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await self._hear(socket, json.loads(message.data))
        return socket

    async def _hear(self, socket: web.WebSocketResponse, frame: list[Any]) -> None:
        if frame[0] != 2:
            self._answers.pop(frame[1]).set_result(frame[2:])
            return
        _, message_id, action, payload = frame
        problem = schemas.problem(self.protocol, action, payload)
        if problem:
            self.problems.append(f"{action}: {problem}")
        await socket.send_json([3, message_id, accept(self.protocol, action)])
        async with self._news:
            self.calls.append((action, payload))
            self._news.notify_all()

    async def heard(self, condition: Callable[[Csms], bool]) -> None:
        """Wait until what was heard fulfils the condition."""
        async with asyncio.timeout(30), self._news:
            await self._news.wait_for(lambda: condition(self))

    def count(self, action: str) -> int:
        return sum(name == action for name, _ in self.calls)

    async def ask(self, action: str, payload: dict[str, Any]) -> list[Any]:
        """What follows the message id in the station's answer."""
        assert self._socket is not None
        message_id = f"m{len(self.calls)}-{action}"[:36]
        self._answers[message_id] = asyncio.get_running_loop().create_future()
        await self._socket.send_json([2, message_id, action, payload])
        async with asyncio.timeout(30):
            return list(await self._answers[message_id])

    async def hang_up(self) -> None:
        assert self._socket is not None
        await self._socket.close()


@pytest.fixture
async def csms() -> AsyncIterator[Callable[[Protocol], Awaitable[Csms]]]:
    """Start a CSMS of a version on a loopback port."""
    runners: list[web.AppRunner] = []

    async def start(protocol: Protocol) -> Csms:
        made = Csms(protocol)
        app = web.Application()
        app.router.add_get("/ocpp/{id}", made.serve)
        runner = web.AppRunner(app, shutdown_timeout=0.2)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        made.url = f"ws://127.0.0.1:{runner.addresses[0][1]}/ocpp"
        runners.append(runner)
        return made

    yield start
    for runner in runners:
        await runner.cleanup()
