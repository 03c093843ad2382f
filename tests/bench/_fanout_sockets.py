"""What the contenders of the fan-out bench share: the profile they send, and a server."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

VERSION = "ocpp2.0.1"
PERIOD_S = 900
DISTINCT = 50
"""How many different profiles a fan-out has: as many sites, each with its own share."""

Handler = Callable[[str, web.WebSocketResponse], Awaitable[None]]


def station_name(number: int) -> str:
    return f"CS-{number:05}"


def station_number(name: str) -> int:
    return int(name.removeprefix("CS-"))


def limits(share: int, periods: int, round_number: int) -> list[float]:
    """Amperes by period: no two neighbours alike, and in every round others than before."""
    base = 6.0 + (share % DISTINCT) * 0.2 + (round_number % 5) * 0.1
    return [round(base + (period % 7) * 0.5, 1) for period in range(periods)]


def profile(name: str, periods: int, round_number: int) -> dict[str, Any]:
    """The SetChargingProfile of OCPP 2.0.1 that our server makes of the same limits."""
    steps = [
        {"startPeriod": PERIOD_S * period, "limit": limit, "numberPhases": 3}
        for period, limit in enumerate(limits(station_number(name), periods, round_number))
    ]
    schedule = {
        "id": 1_000_010,
        "startSchedule": "2027-01-15T08:00:00Z",
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": steps,
        "duration": PERIOD_S * periods,
    }
    body = {
        "id": 1_000_010,
        "stackLevel": 1,
        "chargingProfilePurpose": "ChargingStationMaxProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [schedule],
        "validTo": "2027-01-16T08:00:00Z",
    }
    return {"evseId": 0, "chargingProfile": body}


async def listen(handle: Handler) -> int:
    """Serve WebSockets on a free port of the loopback; says which."""

    async def accept(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=[VERSION], max_msg_size=65_536)
        await socket.prepare(request)
        await handle(request.match_info["id"], socket)
        return socket

    app = web.Application()
    app.router.add_get("/ocpp/{id}", accept)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port: int = runner.addresses[0][1]
    return port


def allow_sockets() -> None:
    """Let this process have as many sockets as the system allows it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Countdown:
    """Ends once that many things have happened."""

    def __init__(self, count: int) -> None:
        self._left = count
        self._done = asyncio.Event()

    def one_more(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._done.set()

    async def wait(self) -> None:
        await asyncio.wait_for(self._done.wait(), timeout=600)
