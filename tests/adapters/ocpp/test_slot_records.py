"""What the store says of a slot is struck out before it may be wrong, and never put back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ocpp.routing import on
from ocpp.v16 import call as call16

from gridbridge.domain.commands import Outcome
from gridbridge.domain.facts import (
    EvseStatusChanged,
    ProfileAnswered,
    SiteFact,
    StationDisconnected,
)
from gridbridge.domain.ids import StationId
from gridbridge.domain.slots import Slot
from gridbridge.domain.units import Seconds
from gridbridge.ports.store import Rewrite, StoreDownError
from gridbridge.testing import MemoryBackend, MemoryStore, VirtualClock
from gridbridge_ocpp.clearing import Cleared, Clearing
from gridbridge_ocpp.slot_record import SlotRecord
from tests.adapters.ocpp.clients import Json, Station16, station
from tests.adapters.ocpp.stations import STATION, evse, limits_of, schedule
from tests.adapters.ocpp.test_server import ME, WaitingSink, World, world
from tests.adapters.ocpp.test_station import PLAN, holding

LOW, HIGH = schedule((0, 16)), schedule((0, 32))
SLOT = (1, Slot.PLAN)


class Deaf(Station16):
    """It takes 32 A, and never says so."""

    @on("SetChargingProfile")  # type: ignore[untyped-decorator]  # the package has no types
    async def _set(self, connector_id: int, cs_charging_profiles: Json) -> object:
        answer = super()._set(connector_id, cs_charging_profiles)
        if limits([cs_charging_profiles]) == [32.0]:
            await asyncio.get_running_loop().create_future()
        return answer


def limits(profiles: list[Json]) -> list[float]:
    return [
        float(each["charging_schedule"]["charging_schedule_period"][0]["limit"])
        for each in profiles
    ]


class SlowSink(WaitingSink):
    """A sink that takes its time for what became of one version's plan."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.goes_on = asyncio.Event(), asyncio.Event()

    async def record(self, fact: SiteFact) -> None:
        if isinstance(fact, ProfileAnswered) and (fact.slot, fact.version) == (Slot.PLAN, 1):
            self.asked.set()
            await self.goes_on.wait()
        await super().record(fact)


class SlowStore(MemoryStore):
    """A store that takes its time for what a plan holds, and may strike nothing out."""

    strikes = True
    slow = False

    def __init__(self, backend: MemoryBackend) -> None:
        super().__init__(backend)
        self.calls: list[str] = []
        self.asked, self.goes_on, self.struck = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def acknowledge(
        self, station: StationId, epoch: int, *, evse: int, slot: Slot, digest: str
    ) -> bool:
        if self.slow and slot is Slot.PLAN:
            self.asked.set()
            await self.goes_on.wait()
        self.calls.append(f"acknowledge {slot}")
        return await super().acknowledge(station, epoch, evse=evse, slot=slot, digest=digest)

    async def strike_out(self, rewrites: Sequence[Rewrite]) -> frozenset[StationId]:
        if not self.strikes:
            raise StoreDownError("strike_out: none today")
        self.calls += [f"strike out {slot}" for each in rewrites for _, slot in each.slots]
        self.struck.set()
        return await super().strike_out(rewrites)


async def recorded(here: World) -> set[Slot]:
    return {slot for _, slot in (await here.store.acknowledged(STATION)).digests}


async def test_what_was_struck_out_before_it_was_written_is_not_written() -> None:
    sink = SlowSink()
    async with world(sink=sink) as here:
        here.wish(LOW)
        async with station(here.url, "ocpp1.6", ME, Deaf) as client:
            await client.beat()
            await sink.asked.wait()
            here.server.desire(here.wish(HIGH, version=2))
            await client.holds(3)
            sink.goes_on.set()
            await sink.has(ProfileAnswered, 2)
        await sink.has(StationDisconnected)

        assert await recorded(here) == {Slot.STANDING}
        here.wish(LOW, version=3)
        async with station(here.url, "ocpp1.6", ME) as client:
            await client.beat()
            assert limits(await client.holds(1)) == [16.0]


async def test_what_is_being_written_is_written_before_it_is_struck_out() -> None:
    async with world(store=SlowStore, store_within=Seconds(30.0)) as here:
        store = here.store
        assert isinstance(store, SlowStore)
        store.slow = True
        here.wish(LOW)
        async with station(here.url, "ocpp1.6", ME, Deaf) as client:
            await client.beat()
            await store.asked.wait()
            here.server.desire(here.wish(HIGH, version=2))
            store.goes_on.set()
            await client.holds(3)

            assert store.calls == ["acknowledge standing", "acknowledge plan", "strike out plan"]
            assert await recorded(here) == {Slot.STANDING}


class Crossing(SlowStore):
    """A store whose word that something is struck out takes its time."""

    async def strike_out(self, rewrites: Sequence[Rewrite]) -> frozenset[StationId]:
        newer = await super().strike_out(rewrites)
        if any(each.slots for each in rewrites):
            self.asked.set()
            await self.goes_on.wait()
        return newer


async def test_what_is_being_struck_out_is_not_written() -> None:
    sink = SlowSink()
    async with world(sink=sink, store=Crossing, store_within=Seconds(30.0)) as here:
        store = here.store
        assert isinstance(store, Crossing)
        here.wish(LOW)
        async with station(here.url, "ocpp1.6", ME, Deaf) as client:
            await client.beat()
            await sink.asked.wait()
            here.server.desire(here.wish(HIGH, version=2))
            await store.asked.wait()
            status = call16.StatusNotification(
                connector_id=1, error_code="NoError", status="Preparing"
            )
            told = asyncio.create_task(client.call(status))
            sink.goes_on.set()
            # It is stored behind what the plan was.
            await sink.has(EvseStatusChanged)
            store.goes_on.set()
            await client.holds(3)
            await told

            assert await recorded(here) == {Slot.STANDING}


def test_what_could_not_be_written_again_may_still_stand() -> None:
    record = SlotRecord()
    record.tell("16 A")
    record.leaves("16 A")
    record.not_struck()
    record.tell("16 A")
    record.stands("16 A")

    record.lost("16 A")

    assert record.unsure
    assert record.bars


async def unanswered_at_its_end(here: World) -> None:
    """It holds 16 A, the store cannot strike that out, and it dies with 32 A unanswered."""
    store = here.store
    assert isinstance(store, SlowStore)
    here.wish(LOW)
    async with station(here.url, "ocpp1.6", ME, Deaf) as client:
        await client.beat()
        await here.sink.has(ProfileAnswered, 2)
        store.strikes = False
        here.server.desire(here.wish(HIGH, version=2))
        await client.holds(3)


async def test_what_could_not_be_struck_out_is_struck_out_once_the_socket_is_gone() -> None:
    async with world(store=SlowStore) as here:
        store = here.store
        assert isinstance(store, SlowStore)
        here.clock.until = at_once = asyncio.Event()
        at_once.set()
        await unanswered_at_its_end(here)
        await here.sink.has(StationDisconnected)
        assert await recorded(here) == {Slot.STANDING, Slot.PLAN}

        store.strikes = True
        store.struck.clear()
        async with asyncio.timeout(30):
            await store.struck.wait()

        assert await recorded(here) == {Slot.STANDING}


async def test_until_it_is_struck_out_a_newer_socket_does_not_believe_it() -> None:
    async with world(store=SlowStore) as here:
        # A farewell is tried once, and not again before the station is back.
        here.clock.until = asyncio.Event()
        await unanswered_at_its_end(here)
        await here.sink.has(StationDisconnected)
        assert await recorded(here) == {Slot.STANDING, Slot.PLAN}

        here.wish(LOW, version=3)
        async with station(here.url, "ocpp1.6", ME) as client:
            await client.beat()
            assert limits(await client.holds(1)) == [16.0]
        assert isinstance(here.store, SlowStore)
        here.store.strikes = True
        here.clock.until.set()


class Asker:
    """A socket, as far as it asks."""

    def __init__(self) -> None:
        self.found: list[Cleared] = []

    def rewrite(self) -> Rewrite:
        return Rewrite(STATION, 1, (SLOT,))

    def cleared(self, cleared: Cleared) -> None:
        self.found.append(cleared)


async def test_a_limit_waits_for_what_is_being_written_no_longer_than_for_the_store() -> None:
    store = MemoryStore(MemoryBackend(VirtualClock()))
    clearing = Clearing(store, Seconds(0.0))
    asker = Asker()
    never = asyncio.get_running_loop().create_future()

    clearing.ask_after(never, asker.rewrite(), asker)
    await clearing.close()

    assert asker.found == [Cleared.UNKNOWN]
    assert not never.done()


def test_a_record_that_could_not_be_struck_out_is_struck_out_before_the_next_try() -> None:
    station = holding()
    station.store_down = True
    station.desire(evse(plan=HIGH), version=2)
    first = station.sent()
    station.answer("nonsense")
    station.store_down = False
    station.wait(2)

    to_strike_out = station.session.to_strike_out(station.now)

    assert [limits_of(call) for call in first] == [[32.0]]
    assert station.told()[-1] == (*SLOT, 2, Outcome.UNKNOWN)
    assert to_strike_out == [SLOT]
    assert station.session.frames_to_send(station.now) == []


def test_a_record_that_may_be_written_is_struck_out_before_the_next_change() -> None:
    station = holding()
    station.desire(evse(plan=HIGH), version=2)
    station.sent()
    station.store_down = True
    station.answer()
    station.store_down = False

    station.desire(evse(plan=PLAN), version=3)

    assert station.session.to_strike_out(station.now) == [SLOT]


def test_a_record_that_was_not_written_is_written_at_the_next_look() -> None:
    station = holding()
    station.desire(evse(plan=HIGH), version=2)
    station.sent()
    station.store_down = True
    station.answer()
    station.store_down = False
    assert SLOT not in station.stored

    station.desire(evse(plan=HIGH), version=3)

    assert station.sent() == []
    assert SLOT in station.stored
