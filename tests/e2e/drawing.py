"""A station outside the gateway that keeps what it is told, draws accordingly, and comes back.

It speaks through the `ocpp` package's client over `websockets`. What it holds outlives its socket,
as in a real station's flash; its power follows a lower limit only after a lag.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import websockets
from ocpp.exceptions import OCPPError
from websockets.asyncio.client import connect

from tests.adapters.ocpp.clients import basic
from tests.e2e.composite import PHASE_VOLTS, PHASES, allowed, key_of, same_from
from tests.e2e.wire import CLIENTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

EVSE = 1
LEAST_A = 6.0
"""IEC 61851-1: a car that is offered less does not charge."""
REMEMBERED_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Received:
    """One profile that the gateway sent."""

    at: float
    profile: dict[str, Any]
    answer: str
    known: bool
    """It asked for what the station held already."""


@dataclass(kw_only=True)
class Manners:
    """How a station behaves where it does not simply obey."""

    answer: Callable[[dict[str, Any]], str] = lambda _profile: "Accepted"
    """The status it answers a profile with; raises OCPPError for a CALLERROR."""
    answers_after_s: float = 0.0
    mute: bool = False
    """Takes profiles and never answers."""
    obeys: bool = True
    """False: draws what its car wants, whatever it holds."""


@dataclass(kw_only=True, eq=False)
class Station:
    """One EVSE on three phases, with or without a car."""

    name: str
    protocol: str
    port: int
    password: bytes
    max_a: float = 32.0
    lag_s: float = 0.0
    meters_every_s: float = 1.0
    manners: Manners = field(default_factory=Manners)
    on_profile: Callable[[dict[str, Any]], None] = lambda _profile: None
    """Told of each profile before it is held or answered."""

    def __post_init__(self) -> None:
        self.held: dict[tuple[int, str, int], dict[str, Any]] = {}
        self.received: list[Received] = []
        self.transaction: str | None = None
        self.wants_a = 0.0
        self.client: Any = None
        self._back = asyncio.Event()
        self._booted = False
        self._sessions = 0
        self._socket: Any = None
        self._followed: deque[tuple[float, float]] = deque()
        """(moment, amperes it was allowed), of the last minute."""

    # --- power ---------------------------------------------------------------------------------

    def allows(self, at: float) -> float:
        """Amperes per phase by all that it holds, and its hardware."""
        composite = allowed(self.held.values(), evse=EVSE, transaction=self.transaction, at=at)
        return min(composite, self.max_a)

    def amps(self, at: float) -> float:
        """What it draws per phase at a moment, asked for in the order of time."""
        self._note(at)
        offered = self.allows(at)
        if self.lag_s > 0:
            offered = max(amps for since, amps in self._followed if since >= at - self.lag_s)
        if not self.manners.obeys:
            offered = self.max_a
        if self.transaction is None or offered < LEAST_A:
            return 0.0
        return min(offered, self.wants_a)

    def watts(self, at: float) -> float:
        return self.amps(at) * PHASE_VOLTS * PHASES

    def _note(self, at: float) -> None:
        self._followed.append((at, self.allows(at)))
        while self._followed[0][0] < at - REMEMBERED_S:
            self._followed.popleft()

    # --- profiles ------------------------------------------------------------------------------

    async def asked(self, profile: dict[str, Any]) -> str:
        """Take a SetChargingProfile; the status to answer."""
        self.on_profile(profile)
        now = time.time()
        before = self.held.get(key_of(profile))
        known = before is not None and same_from(before, profile, now)
        if self.manners.answers_after_s:
            await asyncio.sleep(self.manners.answers_after_s)
        try:
            answer = self.manners.answer(profile)
        except OCPPError as error:
            self._log(profile, type(error).__name__, known=known)
            raise
        self._log(profile, answer, known=known)
        if answer == "Accepted":
            # Up to here the old one held.
            self._note(time.time())
            self._keep(profile)
        if self.manners.mute:
            await asyncio.Event().wait()
        return answer

    def _log(self, profile: dict[str, Any], answer: str, *, known: bool) -> None:
        self.received.append(Received(at=time.time(), profile=profile, answer=answer, known=known))

    def _keep(self, profile: dict[str, Any]) -> None:
        # Within a purpose and level, and by its id, a profile replaces (1.6, 5.16.4; K01.FR.05).
        self.held = {key: old for key, old in self.held.items() if _id(old) != _id(profile)}
        self.held[key_of(profile)] = profile

    # --- its life ------------------------------------------------------------------------------

    async def run(self) -> None:
        """Be connected whenever somebody listens, until cancelled."""
        while True:
            with suppress(OSError, websockets.WebSocketException, TimeoutError):
                await self._connected()
            self.client = None
            await asyncio.sleep(0.3)

    async def _connected(self) -> None:
        async with connect(
            f"ws://127.0.0.1:{self.port}/ocpp/{self.name}",
            subprotocols=[self.protocol],  # type: ignore[list-item]  # its Subprotocol is a NewType of str
            additional_headers=basic(self.name, self.password),
            proxy=None,
        ) as socket:
            self._socket = socket
            client = CLIENTS[self.protocol](self.name, socket, self.asked)
            # A call of the package outlives its socket: it waits half a minute for its answer.
            tasks = {
                asyncio.create_task(client.start()),
                asyncio.create_task(self._talk(client)),
            }
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                client.stop()
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _talk(self, client: Any) -> None:  # noqa: ANN401 - the package has no types
        """Boot once, and meter from then on."""
        if not self._booted:
            await client.boot()
            await client.status(occupied=False)
            self._booted = True
        self.client = client
        self._back.set()
        while True:
            now = time.time()
            await client.meter(self.transaction, watts=self.watts(now), amps=self.amps(now))
            await asyncio.sleep(self.meters_every_s)

    async def hang_up(self) -> None:
        """Drop the socket; it comes back by itself."""
        self._back.clear()
        await self._socket.close()
        await self._back.wait()

    async def plug_in(self, *, wants_a: float = 32.0) -> None:
        """A car comes and charges; told to the gateway now or, where nobody listens, later."""
        self._sessions += 1
        while True:
            client = self.client
            if client is not None:
                with suppress(websockets.WebSocketException, TimeoutError):
                    await client.status(occupied=True)
                    name = await client.begin(f"{self.name}-{self._sessions}")
                    self.transaction, self.wants_a = name, wants_a
                    return
            await asyncio.sleep(0.1)


def _id(profile: dict[str, Any]) -> int:
    return int(profile.get("charging_profile_id", profile.get("id", 0)))


@asynccontextmanager
async def living(*stations: Station) -> AsyncIterator[None]:
    """Let stations live until the block ends."""
    lives = [asyncio.create_task(station.run(), name=station.name) for station in stations]
    try:
        yield
    finally:
        for life in lives:
            life.cancel()
        await asyncio.gather(*lives, return_exceptions=True)
