"""Our contender of the fan-out bench: the gateway's own OCPP server; its store only counts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

from gridbridge.domain.commands import EvseDesired, Outcome, StationDesired
from gridbridge.domain.facts import ProfileAnswered, Reading, SiteFact, StationConnected
from gridbridge.domain.ids import SiteId, StationId
from gridbridge.domain.schedules import Period, Schedule
from gridbridge.domain.slots import Slot
from gridbridge.domain.units import Amperes, Instant, Seconds, Watts
from gridbridge.ports.store import Acknowledged, Rewrite
from gridbridge_ocpp.directory import EvseEntry, StationEntry
from gridbridge_ocpp.server import OcppServer
from gridbridge_ocpp.settings import Listener, SecurityProfile, Settings
from tests.bench._fanout_sockets import DISTINCT, PERIOD_S, Countdown, limits, station_number

SITE = SiteId("bench")
W_PER_A = 690.0
STANDING_A = 6.0


class WallClock:
    def now(self) -> Instant:
        return Instant(round(time.time(), 6))

    async def sleep(self, duration: Seconds) -> None:
        await asyncio.sleep(max(duration, 0.0))


class Everybody:
    """A directory in which every station exists."""

    def lookup(self, station: StationId) -> StationEntry:
        return StationEntry(id=station, site=SITE, evses=(EvseEntry(number=1),), max_periods=96)


class CountingStore:
    """A `FactSink` and `Sockets` that keep nothing but what the bench waits for."""

    def __init__(self) -> None:
        self.connected: Callable[[], None] = lambda: None
        self.accepted: Callable[[], None] = lambda: None
        self._epochs = 0

    async def record(self, fact: SiteFact) -> None:
        match fact:
            case StationConnected():
                self.connected()
            case ProfileAnswered(slot=Slot.PLAN, outcome=Outcome.ACCEPTED):
                self.accepted()
            case ProfileAnswered(outcome=Outcome.REFUSED | Outcome.UNKNOWN):
                raise AssertionError("a station has not accepted")
            case _:
                pass

    def meter(self, site: SiteId, reading: Reading) -> None:
        pass

    async def claim(self, station: StationId) -> int:  # noqa: ARG002 - one instance holds all
        self._epochs += 1
        return self._epochs

    async def holder(self, station: StationId) -> tuple[str, int] | None:  # noqa: ARG002 - see claim
        return None

    async def release(self, station: StationId, epoch: int) -> None:
        pass

    async def strike_out(self, rewrites: Sequence[Rewrite]) -> frozenset[StationId]:  # noqa: ARG002 - one instance holds all
        return frozenset()

    async def acknowledge(
        self,
        station: StationId,  # noqa: ARG002 - the names are the port's
        epoch: int,  # noqa: ARG002 - the port asks for it
        *,
        evse: int,  # noqa: ARG002 - the port asks for it
        slot: Slot,  # noqa: ARG002 - the port asks for it
        digest: str,  # noqa: ARG002 - the port asks for it
    ) -> bool:
        return True

    async def acknowledged(self, station: StationId) -> Acknowledged:  # noqa: ARG002 - all are new
        return Acknowledged(digests={})

    async def forget(self, station: StationId) -> None:
        pass

    async def describe(self, station: StationId, facts: Mapping[str, str]) -> None:
        pass

    async def description(self, station: StationId) -> dict[str, str]:  # noqa: ARG002 - none boots
        return {}


class Gateway:
    """The real server, told by `desire` as the engine tells it."""

    def __init__(self, count: int, periods: int) -> None:
        self._count, self._periods = count, periods
        self._store = CountingStore()
        listener = Listener(port=0, security_profile=SecurityProfile.OPEN, allow_insecure=True)
        self._server = OcppServer(
            Settings(listeners=(listener,), first_word_within=Seconds(0.0)),
            Everybody(),
            sink=self._store,
            sockets=self._store,
            clock=WallClock(),
            desired=self._nothing,
        )
        # All rounds speak of the same day, so that only the limits are news.
        self._from = Instant(time.time() // PERIOD_S * PERIOD_S)

    async def start(self, *, arrived: Callable[[], None]) -> int:
        self._store.connected = arrived
        await self._server.start()
        ((_, port),) = self._server.addresses
        return port

    def prepare(self, round_number: int) -> None:
        self._answers = Countdown(self._count)
        self._store.accepted = self._answers.one_more
        schedules = [self._schedule(share, round_number) for share in range(DISTINCT)]
        self._desired = [
            self._station(station, schedules[station_number(station) % DISTINCT], round_number)
            for station in sorted(self._server.connected())
        ]

    async def fan_out(self) -> None:
        for desired in self._desired:
            self._server.desire(desired)
        await self._answers.wait()

    async def _nothing(self, station: StationId) -> StationDesired | None:  # noqa: ARG002 - later
        return None

    def _schedule(self, share: int, round_number: int) -> Schedule:
        periods = tuple(
            Period(
                start=Instant(self._from + PERIOD_S * index),
                limit=Amperes(limit),
                limit_w=Watts(limit * W_PER_A),
            )
            for index, limit in enumerate(limits(share, self._periods, round_number))
        )
        return Schedule(periods=periods, until=Instant(self._from + PERIOD_S * self._periods))

    def _station(
        self, station: StationId, schedule: Schedule, round_number: int
    ) -> StationDesired:
        evse = EvseDesired(
            evse=1,
            standing_amps=Amperes(STANDING_A),
            standing_w=Watts(STANDING_A * W_PER_A),
            phases=3,
            dc=False,
            schedule=schedule,
        )
        return StationDesired(site=SITE, station=station, version=round_number + 1, evses=(evse,))
