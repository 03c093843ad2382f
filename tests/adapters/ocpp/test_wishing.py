"""Of several wishes for a station the newest version is told, and none that it replaced."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from gridbridge.domain.facts import ProfileAnswered
from gridbridge.domain.ids import StationId
from gridbridge.domain.units import Seconds
from gridbridge.ports.store import Rewrite, StoreDownError
from gridbridge.testing import MemoryBackend, MemoryStore
from tests.adapters.ocpp.clients import station
from tests.adapters.ocpp.stations import TWO, desired, evse, schedule
from tests.adapters.ocpp.test_server import ME, World, world
from tests.adapters.ocpp.test_slot_records import limits

FIRST, SECOND, THIRD = schedule((0, 16)), schedule((0, 20)), schedule((0, 24))


class Asked(MemoryStore):
    """A store that takes its time to strike out, and may not do it then."""

    strikes = True
    calls = 0

    def __init__(self, backend: MemoryBackend) -> None:
        super().__init__(backend)
        self.asked, self.goes_on = asyncio.Event(), asyncio.Event()
        self.goes_on.set()

    async def strike_out(self, rewrites: Sequence[Rewrite]) -> frozenset[StationId]:
        self.calls += 1
        self.asked.set()
        await self.goes_on.wait()
        if not self.strikes:
            raise StoreDownError("strike_out: none today")
        return await super().strike_out(rewrites)


async def told(here: World, *, while_it_asks: bool, versions: Sequence[int]) -> list[float]:
    """The limits that a station is told which holds the first, in the order of their coming."""
    store = here.store
    assert isinstance(store, Asked)
    here.wish(FIRST)
    async with station(here.url, "ocpp1.6", ME) as client:
        await client.beat()
        await here.sink.has(ProfileAnswered, 2)
        store.asked.clear()
        store.goes_on.clear()
        for version in versions:
            here.server.desire(here.wish({2: SECOND, 3: THIRD}[version], version=version))
            if while_it_asks:
                await store.asked.wait()
        store.goes_on.set()
        await here.sink.has(ProfileAnswered, 3)
        return limits(await client.holds(3))[2:]


async def test_of_those_that_come_together_only_the_newest_is_told() -> None:
    async with world(store=Asked) as here:
        assert await told(here, while_it_asks=False, versions=(2, 3)) == [24.0]


async def test_an_older_version_does_not_replace_one_that_waits() -> None:
    async with world(store=Asked) as here:
        assert await told(here, while_it_asks=False, versions=(3, 2)) == [24.0]


async def test_one_that_comes_while_the_store_is_asked_takes_the_others_place() -> None:
    async with world(store=Asked, store_within=Seconds(30.0)) as here:
        assert await told(here, while_it_asks=True, versions=(2, 3)) == [24.0]


@pytest.mark.parametrize("strikes", [True, False], ids=["struck out", "unknown"])
async def test_one_that_comes_while_the_store_is_asked_waits_for_it_no_second_time(
    strikes: bool,  # noqa: FBT001  # a table of two
) -> None:
    async with world(store=Asked, store_within=Seconds(30.0)) as here:
        store = here.store
        assert isinstance(store, Asked)
        here.wish(FIRST)
        async with station(here.url, "ocpp1.6", ME) as client:
            await client.beat()
            await here.sink.has(ProfileAnswered, 2)
            store.strikes, store.calls = strikes, 0
            store.asked.clear()
            store.goes_on.clear()
            here.server.desire(here.wish(SECOND, version=2))
            await store.asked.wait()
            here.server.desire(here.wish(THIRD, version=3))
            store.goes_on.set()

            assert limits(await client.holds(3))[2:] == [24.0]
            assert store.calls == 1
            store.strikes = True


async def test_a_cut_that_comes_while_the_store_is_asked_waits_for_no_raise() -> None:
    async with world(store=Asked, store_within=Seconds(30.0), evses=TWO) as here:
        store = here.store
        assert isinstance(store, Asked)
        here.wanted = desired(evse(1, FIRST), evse(2, SECOND))
        async with station(here.url, "ocpp1.6", ME) as client:
            await client.beat()
            await here.sink.has(ProfileAnswered, 4)
            store.asked.clear()
            store.goes_on.clear()
            here.server.desire(desired(evse(1, SECOND), evse(2, SECOND), version=2))
            await store.asked.wait()
            here.server.desire(desired(evse(1, SECOND), evse(2, FIRST), version=3))
            store.goes_on.set()

            told = (await client.holds(6))[4:]

    assert [(each["evse"], *limits([each])) for each in told] == [(2, 16.0), (1, 20.0)]
