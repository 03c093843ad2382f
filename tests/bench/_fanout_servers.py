"""One contender of the fan-out bench: `python -m tests.bench._fanout_servers NAME COUNT PERIODS`.

It says on standard output, a JSON object a line, on which port it listens, that all stations have
come, and for each line of standard input the CPU seconds that telling all of them has cost. What
decides the profiles is not part of it: each is handed what the stations shall hold.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections.abc import Callable
from importlib import resources
from typing import Any, Protocol
from uuid import uuid4

import orjson
import structlog
import uvloop
from aiohttp import WSMsgType, web
from jsonschema_rs import Draft6Validator
from ocpp.v201 import ChargePoint, call, call_result, datatypes

from tests.bench._fanout_gateway import Gateway
from tests.bench._fanout_sockets import VERSION, Countdown, allow_sockets, listen, profile

RESPONSE_TIMEOUT_S = 600
# What a server does right after the last answer belongs to the fan-out as well.
SETTLE_S = 0.05


class Contender(Protocol):
    """A server of stations."""

    async def start(self, *, arrived: Callable[[], None]) -> int:
        """Listen; says on which port, and tells of each station that comes."""
        ...

    def prepare(self, round_number: int) -> None:
        """Have at hand what the stations shall hold in this round; not measured."""
        ...

    async def fan_out(self) -> None:
        """Tell every station, and return when each has accepted."""
        ...


class Bare:
    """The least that sends a checked profile and checks its answer."""

    def __init__(self, count: int, periods: int) -> None:
        self._count, self._periods = count, periods
        self._sockets: dict[str, web.WebSocketResponse] = {}
        self._pending: dict[str, str] = {}
        self._request = Draft6Validator(schema("SetChargingProfileRequest"))
        self._response = Draft6Validator(schema("SetChargingProfileResponse"))

    async def start(self, *, arrived: Callable[[], None]) -> int:
        async def handle(name: str, socket: web.WebSocketResponse) -> None:
            self._sockets[name] = socket
            arrived()
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._answered(orjson.loads(message.data))

        return await listen(handle)

    def prepare(self, round_number: int) -> None:
        self._answers = Countdown(self._count)
        self._payloads = {
            name: profile(name, self._periods, round_number) for name in self._sockets
        }

    async def fan_out(self) -> None:
        for name, socket in self._sockets.items():
            payload = self._payloads[name]
            self._request.validate(payload)
            message_id = str(uuid4())
            self._pending[message_id] = name
            frame = [2, message_id, "SetChargingProfile", payload]
            await socket.send_str(orjson.dumps(frame).decode())
        await self._answers.wait()

    def _answered(self, frame: list[Any]) -> None:
        kind, message_id, payload = frame
        self._response.validate(payload)
        if kind == 3 and self._pending.pop(message_id) and payload["status"] == "Accepted":
            self._answers.one_more()


class Package:
    """The `ocpp` package's own ChargePoint, as its README has it, on the same sockets."""

    def __init__(self, count: int, periods: int) -> None:
        self._count, self._periods = count, periods
        self._points: dict[str, ChargePoint] = {}

    async def start(self, *, arrived: Callable[[], None]) -> int:
        async def handle(name: str, socket: web.WebSocketResponse) -> None:
            point = ChargePoint(name, _Connection(socket), response_timeout=RESPONSE_TIMEOUT_S)
            self._points[name] = point
            arrived()
            try:
                await point.start()
            except ConnectionError:
                return

        return await listen(handle)

    def prepare(self, round_number: int) -> None:
        self._calls = {
            name: as_package_call(profile(name, self._periods, round_number))
            for name in self._points
        }

    async def fan_out(self) -> None:
        results = await asyncio.gather(
            *(point.call(self._calls[name]) for name, point in self._points.items())
        )
        accepted = call_result.SetChargingProfile(status="Accepted")
        if any(result != accepted for result in results):
            raise SystemExit("a station has not accepted")


class _Connection:
    """What the package wants of a socket."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket

    async def recv(self) -> str:
        message = await self._socket.receive()
        if message.type is not WSMsgType.TEXT:
            raise ConnectionError("closed")
        text: str = message.data
        return text

    async def send(self, text: str) -> None:
        await self._socket.send_str(text)


def as_package_call(payload: dict[str, Any]) -> call.SetChargingProfile:
    """The same payload in the package's classes."""
    body = payload["chargingProfile"]
    (schedule,) = body["chargingSchedule"]
    return call.SetChargingProfile(
        evse_id=payload["evseId"],
        charging_profile=datatypes.ChargingProfileType(
            id=body["id"],
            stack_level=body["stackLevel"],
            charging_profile_purpose=body["chargingProfilePurpose"],
            charging_profile_kind=body["chargingProfileKind"],
            valid_to=body["validTo"],
            charging_schedule=[
                datatypes.ChargingScheduleType(
                    id=schedule["id"],
                    charging_rate_unit=schedule["chargingRateUnit"],
                    start_schedule=schedule["startSchedule"],
                    duration=schedule["duration"],
                    charging_schedule_period=[
                        datatypes.ChargingSchedulePeriodType(
                            start_period=step["startPeriod"],
                            limit=step["limit"],
                            number_phases=step["numberPhases"],
                        )
                        for step in schedule["chargingSchedulePeriod"]
                    ],
                )
            ],
        ),
    )


def schema(name: str) -> dict[str, Any]:
    file = resources.files("ocpp") / "v201" / "schemas" / f"{name}.json"
    read: dict[str, Any] = orjson.loads(file.read_text(encoding="utf-8-sig"))
    return read


CONTENDERS: dict[str, Callable[[int, int], Contender]] = {
    "ours": Gateway,
    "bare": Bare,
    "package": Package,
}


def say(**fields: object) -> None:
    print(json.dumps(fields), flush=True)


async def serve(name: str, count: int, periods: int) -> None:
    everybody = Countdown(count)
    contender = CONTENDERS[name](count, periods)
    say(port=await contender.start(arrived=everybody.one_more), version=VERSION)
    await everybody.wait()
    say(connected=count)
    round_number = 0
    while await asyncio.to_thread(sys.stdin.readline):
        contender.prepare(round_number)
        round_number += 1
        gc.collect()
        before = time.process_time()
        await contender.fan_out()
        await asyncio.sleep(SETTLE_S)
        say(cpu_s=time.process_time() - before)


def log_to_stderr() -> None:
    """Standard output is for figures; that stations come and go is not worth a line here."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger("warning"),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


if __name__ == "__main__":
    allow_sockets()
    log_to_stderr()
    uvloop.run(serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
