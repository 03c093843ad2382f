"""The server on loopback, against stations that share none of our code."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TypeVar

import pytest
import structlog
import websockets

from gridbridge.domain.commands import Outcome, StationDesired
from gridbridge.domain.facts import (
    EvseStatusChanged,
    ProfileAnswered,
    SessionStarted,
    SiteFact,
    StationBooted,
    StationConnected,
    StationDisconnected,
)
from gridbridge.domain.ids import StationId
from gridbridge.domain.schedules import Schedule
from gridbridge.domain.slots import Slot
from gridbridge.domain.units import Instant, Seconds
from gridbridge.ports.fleet import Fleet
from gridbridge.runtime.clock import SystemClock
from gridbridge.testing import MemoryBackend, MemoryStore, RecordingSink
from gridbridge_ocpp.credentials import hashed
from gridbridge_ocpp.directory import StationEntry
from gridbridge_ocpp.server import OcppServer
from gridbridge_ocpp.settings import Certificate, Listener, SecurityProfile, Settings
from gridbridge_ocpp.tokens import TokenPolicy
from tests.adapters.ocpp.clients import basic, dialled, station
from tests.adapters.ocpp.stations import NOW, STATION, desired, entry, evse, schedule

T = TypeVar("T")
PASSWORD = b"correct-horse-battery"
ME = basic(STATION, PASSWORD)
WRONG = b"wrong-password-16"
MINE = f"/ocpp/{STATION}"
PROTOCOLS = ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"]


class Stopwatch:
    """Real time that passes, begun at the NOW of the schedules."""

    def __init__(self) -> None:
        self._clock = SystemClock()
        self._begun = self._clock.now()
        self.until: asyncio.Event | None = None
        """Whoever sleeps is woken by this, not by time."""
        self._sleeps = 0
        self._asleep = asyncio.Event()

    def now(self) -> Instant:
        return Instant(NOW + self._clock.now() - self._begun)

    async def sleep(self, duration: Seconds) -> None:
        self._sleeps += 1
        self._asleep.set()
        if self.until is None:
            await self._clock.sleep(duration)
        else:
            await self.until.wait()
            await asyncio.sleep(0)

    async def slept(self, times: int) -> None:
        """Return once somebody went to sleep that often."""
        async with asyncio.timeout(30):
            while self._sleeps < times:
                self._asleep.clear()
                await self._asleep.wait()


class WaitingSink(RecordingSink):
    """A sink that can be waited at."""

    def __init__(self) -> None:
        super().__init__()
        self._stored = asyncio.Condition()

    async def record(self, fact: SiteFact) -> None:
        await super().record(fact)
        async with self._stored:
            self._stored.notify_all()

    async def has(self, kind: type[T], count: int = 1) -> list[T]:
        """The facts of a kind, once there are that many."""

        def found() -> list[T]:
            return [fact for fact in self.facts if isinstance(fact, kind)]

        async with asyncio.timeout(30), self._stored:
            await self._stored.wait_for(lambda: len(found()) >= count)
        return found()


class World:
    """A server with its ports."""

    def __init__(
        self,
        listener: Listener | None = None,
        *,
        sink: WaitingSink | None = None,
        store: type[MemoryStore] = MemoryStore,
        store_within: Seconds = Seconds(0.25),
        **changes: object,
    ) -> None:
        self.clock = Stopwatch()
        self.sink = sink or WaitingSink()
        self.store = store(MemoryBackend(self.clock))
        self.entry: StationEntry = entry(credential=hashed(PASSWORD, b"salt"), **changes)
        self.wanted: StationDesired | None = None
        listener = listener or Listener(port=0, security_profile=SecurityProfile.BASIC)
        self.server = OcppServer(
            Settings(
                listeners=(listener,),
                tokens=TokenPolicy(key=b"test"),
                first_word_within=Seconds(30.0),
                store_within=store_within,
            ),
            self,
            sink=self.sink,
            sockets=self.store,
            clock=self.clock,
            desired=self.desired,
        )

    def lookup(self, station: StationId) -> StationEntry | None:
        return self.entry if station == self.entry.id else None

    async def desired(self, _station: StationId) -> StationDesired | None:
        return self.wanted

    def wish(self, plan: Schedule, version: int = 1) -> StationDesired:
        self.wanted = desired(evse(plan=plan), version=version)
        return self.wanted

    @property
    def url(self) -> str:
        host, port = self.server.addresses[0]
        return f"ws://{host}:{port}/ocpp/{STATION}"


@asynccontextmanager
async def world(
    listener: Listener | None = None,
    *,
    sink: WaitingSink | None = None,
    store: type[MemoryStore] = MemoryStore,
    store_within: Seconds = Seconds(0.25),
    **changes: object,
) -> AsyncIterator[World]:
    each = World(listener, sink=sink, store=store, store_within=store_within, **changes)
    await each.store.open()
    await each.server.start()
    try:
        yield each
    finally:
        await each.server.stop()


def accepted(facts: list[ProfileAnswered]) -> list[tuple[Slot, int]]:
    return [(fact.slot, fact.version) for fact in facts if fact.outcome is Outcome.ACCEPTED]


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_station_works_and_is_limited(protocol: str) -> None:
    async with world() as here:
        here.wish(schedule((0, 16), (600, 10)))
        async with station(here.url, protocol, ME) as client:
            await client.work()
            profiles = await client.holds(2)
            answers = await here.sink.has(ProfileAnswered, 2)
            here.server.desire(here.wish(schedule((0, 8)), version=2))
            await client.holds(3)

    limits = [
        [period["limit"] for period in _schedule(profile)["charging_schedule_period"]]
        for profile in profiles
    ]
    kinds = [type(fact) for fact in here.sink.facts]
    assert limits == [[6.0], [16.0, 10.0], [8.0]]
    assert accepted(answers)[:2] == [(Slot.STANDING, 1), (Slot.PLAN, 1)]
    assert kinds[:2] == [StationConnected, StationBooted]
    assert {EvseStatusChanged, SessionStarted} <= set(kinds)
    assert [reading.power for _, reading in here.sink.readings] == [3500.0]
    assert here.sink.facts[-1] == StationDisconnected(
        site=here.entry.site, station=STATION, epoch=1, reason="closed 1000"
    )


def _schedule(profile: dict[str, object]) -> dict[str, list[dict[str, float]]]:
    found = profile["charging_schedule"]
    first = found[0] if isinstance(found, list) else found
    assert isinstance(first, dict)
    return first


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_after_a_reconnect_nothing_is_sent_again(protocol: str) -> None:
    async with world() as here:
        here.wish(schedule((0, 16)))
        async with station(here.url, protocol, ME) as client:
            await client.work()
            await client.holds(2)
            await here.sink.has(ProfileAnswered, 2)
        await here.sink.has(StationDisconnected)
        async with station(here.url, protocol, ME) as client:
            await client.beat()
            answers = await here.sink.has(ProfileAnswered, 4)
            await client.beat()

            assert client.profiles == []
            assert accepted(answers) == [(Slot.STANDING, 1), (Slot.PLAN, 1)] * 2


@pytest.mark.parametrize(
    ("path", "headers", "why"),
    [
        pytest.param(MINE, basic(STATION, WRONG), "wrong password", id="password"),
        pytest.param(MINE, basic("CP-2", PASSWORD), "wrong password", id="user name of another"),
        pytest.param("/ocpp/CP-2", basic("CP-2", PASSWORD), "no site has this", id="unknown"),
        pytest.param("/ocpp/no%20id", basic("no id", PASSWORD), "no identity", id="no identity"),
        pytest.param(MINE, {}, "no password", id="nothing"),
        pytest.param(MINE, {"Authorization": "Basic %%%"}, "wrong password", id="no base64"),
        pytest.param(MINE, {"Authorization": "Bearer x"}, "wrong password", id="another scheme"),
    ],
)
async def test_whoever_is_not_the_station_gets_the_same_401_and_the_log_says_why(
    path: str, headers: dict[str, str], why: str
) -> None:
    with structlog.testing.capture_logs() as logs:
        async with world() as here:
            url = here.url.replace(f"/ocpp/{STATION}", path)

            with pytest.raises(websockets.InvalidStatus) as refused:
                async with dialled(url, ["ocpp1.6"], headers):
                    pass

            assert refused.value.response.status_code == 401
            assert refused.value.response.body == b""
            assert here.sink.facts == []

    (told,) = [each for each in logs if each["event"] == "station_refused"]
    assert told["reason"].startswith(why)
    assert WRONG.decode() not in str(logs)


async def test_with_tls_a_station_is_served_over_it_alone(
    certificates: tuple[Certificate, ...],
) -> None:
    listener = Listener(port=0, certificates=certificates)
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.load_verify_locations(certificates[0].certificate)
    trusting.check_hostname = False
    async with world(listener=listener) as here:
        secure = here.url.replace("ws:", "wss:")
        async with dialled(secure, ["ocpp2.1"], ME, trusting) as socket:
            await socket.send('[2,"1","Heartbeat",{}]')
            reply = await socket.recv()
        with pytest.raises((websockets.InvalidHandshake, OSError)):
            async with dialled(here.url, ["ocpp2.1"], ME):
                pass

    assert str(reply).startswith('[3,"1",')


async def test_two_servers_may_share_a_port() -> None:
    shared = Listener(port=0, security_profile=SecurityProfile.BASIC, reuse_port=True)
    async with world(listener=shared) as one:
        same = replace(shared, port=one.server.addresses[0][1])
        async with world(listener=same) as two:
            assert one.server.addresses == two.server.addresses


async def test_without_a_profile_a_known_station_needs_no_password() -> None:
    listener = Listener(port=0, security_profile=SecurityProfile.OPEN, allow_insecure=True)
    async with world(listener=listener) as here:
        async with dialled(here.url, ["ocpp1.6"], {}):
            await here.sink.has(StationConnected)
        with pytest.raises(websockets.InvalidStatus):
            async with dialled(here.url.replace(STATION, "CP-2"), ["ocpp1.6"], {}):
                pass


async def test_the_newest_socket_wins_and_the_old_one_is_closed_with_1008() -> None:
    async with world() as here, dialled(here.url, ["ocpp1.6"], ME) as old:
        await here.sink.has(StationConnected)
        async with dialled(here.url, ["ocpp1.6"], ME) as new:
            connected = await here.sink.has(StationConnected, 2)
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await old.recv()
            await new.send('[2,"1","Heartbeat",{}]')
            reply = await new.recv()

            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1008
            assert str(reply).startswith('[3,"1",')
            assert [fact.epoch for fact in connected] == [1, 2]
            assert here.server.connected() == {STATION}


async def test_a_socket_that_another_instance_replaced_is_left_at_the_next_wish() -> None:
    async with world() as here, dialled(here.url, ["ocpp1.6"], ME) as old:
        await here.sink.has(StationConnected)
        await here.store.claim(STATION)
        here.server.desire(here.wish(schedule((0, 8))))

        with pytest.raises(websockets.ConnectionClosed) as closed:
            await old.recv()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008


async def test_a_wish_that_cannot_even_be_read_ends_its_socket_and_not_who_delivers_it() -> None:
    unreadable = schedule((0, 8))
    (period,) = unreadable.periods
    object.__setattr__(period, "limit", "eight")
    async with world() as here:
        async with dialled(here.url, ["ocpp1.6"], ME) as old:
            await here.sink.has(StationConnected)
            await old.send('[2,"1","Heartbeat",{}]')
            await old.recv()

            here.server.desire(here.wish(unreadable))

            with pytest.raises(websockets.ConnectionClosed):
                await old.recv()
        here.wanted = None
        async with dialled(here.url, ["ocpp1.6"], ME) as again:
            await again.send('[2,"1","Heartbeat",{}]')
            assert str(await again.recv()).startswith('[3,"1",')


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        pytest.param(["ocpp2.1", "ocpp1.6"], "ocpp2.1", id="its first"),
        pytest.param(["ocpp1.6", "ocpp2.1"], "ocpp1.6", id="its first, though older"),
        pytest.param(["ocpp9", "ocpp2.0.1"], "ocpp2.0.1", id="its first that is spoken"),
    ],
)
async def test_the_stations_preference_picks_the_version(offered: list[str], chosen: str) -> None:
    async with world() as here, dialled(here.url, offered, ME) as socket:
        assert socket.subprotocol == chosen


@pytest.mark.parametrize("offered", [["ocpp1.5"], None])
async def test_without_a_common_version_it_is_upgraded_without_one_and_closed(
    offered: list[str] | None,
) -> None:
    async with world() as here, dialled(here.url, offered, ME) as socket:
        with pytest.raises(websockets.ConnectionClosed):
            await socket.recv()

        assert socket.subprotocol is None
        assert here.sink.facts == []


async def test_an_identity_may_be_percent_encoded() -> None:
    async with world(id=StationId("CP+1@x")) as here:
        url = here.url.replace(f"/{STATION}", "/CP%2B1%40x")
        async with dialled(url, ["ocpp1.6"], basic("CP+1@x", PASSWORD)):
            (connected,) = await here.sink.has(StationConnected)

    assert connected.station == "CP+1@x"


async def test_a_message_over_the_limit_closes_its_socket_alone() -> None:
    async with world() as here, dialled(here.url, ["ocpp1.6"], ME) as socket:
        await socket.send('[2,"1","Heartbeat",{"x":"' + "x" * 70_000 + '"}]')
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await socket.recv()
        async with dialled(here.url, ["ocpp1.6"], ME) as again:
            await again.send('[2,"1","Heartbeat",{}]')
            reply = await again.recv()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009
    assert str(reply).startswith('[3,"1",')


async def test_nothing_that_a_station_sends_ends_the_session() -> None:
    async with world() as here, dialled(here.url, ["ocpp1.6"], ME) as socket:
        for text in ("{", "[2]", '[2,"a",{},{}]', '[2,"b","Nope",{}]', "[" * 30_000, "null"):
            await socket.send(text)
        await socket.send(b"\xff\xfe")
        await socket.send('[2,"ok","Heartbeat",{}]')
        async with asyncio.timeout(30):
            while not str(await socket.recv()).startswith('[3,"ok",'):
                pass


async def test_deflate_is_spoken_where_it_is_offered() -> None:
    async with world() as here, dialled(here.url, ["ocpp2.1"], ME) as socket:
        assert socket.response is not None
        assert "permessage-deflate" in socket.response.headers["Sec-WebSocket-Extensions"]


async def test_while_the_store_is_down_a_station_is_asked_to_come_again() -> None:
    async with world() as here:
        here.store.down = True
        async with dialled(here.url, ["ocpp1.6"], ME) as socket:
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await socket.recv()
        here.store.down = False

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1013


async def test_a_cut_goes_out_while_the_store_is_down() -> None:
    async with world() as here:
        here.wish(schedule((0, 16)))
        async with station(here.url, "ocpp1.6", ME) as client:
            await client.work()
            await client.holds(2)
            await here.sink.has(ProfileAnswered, 2)
            here.store.down = here.sink.down = True
            here.server.desire(here.wish(schedule((0, 8)), version=2))
            profiles = await client.holds(3)
            here.store.down = here.sink.down = False

    assert _schedule(profiles[-1])["charging_schedule_period"][0]["limit"] == 8.0


async def test_a_farewell_waits_for_the_store_however_long_it_is_away() -> None:
    async with world() as here:
        async with dialled(here.url, ["ocpp1.6"], ME):
            await here.sink.has(StationConnected)
            here.store.down = here.sink.down = True
            here.clock.until = at_once = asyncio.Event()
            at_once.set()
        await here.clock.slept(200)
        here.store.down = here.sink.down = False
        gone = await here.sink.has(StationDisconnected)

    assert [fact.epoch for fact in gone] == [1]


async def test_a_farewell_is_not_stored_once_the_station_is_back() -> None:
    async with world() as here:
        async with dialled(here.url, ["ocpp1.6"], ME):
            await here.sink.has(StationConnected)
            here.sink.down = True
            here.clock.until = asyncio.Event()
        await here.clock.slept(1)
        here.sink.down = False
        async with dialled(here.url, ["ocpp1.6"], ME):
            await here.sink.has(StationConnected, 2)
            here.clock.until.set()

    gone = [fact for fact in here.sink.facts if isinstance(fact, StationDisconnected)]
    assert [fact.epoch for fact in gone] == [2]


async def test_a_socket_whose_connect_may_be_stored_is_said_to_be_gone() -> None:
    async with world() as here:
        here.sink.down = True
        async with dialled(here.url, ["ocpp1.6"], ME) as socket:
            with pytest.raises(websockets.ConnectionClosed):
                await socket.recv()
        here.sink.down = False
        gone = await here.sink.has(StationDisconnected)

    assert [fact.epoch for fact in gone] == [1]


async def test_stopping_closes_every_socket_with_1012_and_stores_that_it_is_gone() -> None:
    async with world() as here:
        async with dialled(here.url, ["ocpp1.6"], ME) as socket:
            await here.sink.has(StationConnected)
            stopping = asyncio.create_task(here.server.stop())
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await socket.recv()
            await stopping

        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
        assert isinstance(here.sink.facts[-1], StationDisconnected)
        assert await here.store.holder(STATION) is None


def test_the_server_is_a_fleet() -> None:
    fleet: Fleet = World().server

    assert fleet.connected() == frozenset()
