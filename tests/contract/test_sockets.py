"""The promises of `Sockets` and `Inbox`."""

from __future__ import annotations

import asyncio

import pytest

from gridbridge.domain.ids import SiteId, StationId
from gridbridge.domain.slots import Slot
from gridbridge.domain.units import Seconds
from gridbridge.ports.store import Rewrite, Store, Wakeup
from tests.contract.samples import SITE, STATION
from tests.contract.worlds import World

STRAY = StationId("CP*|=@.x")
"""A station of no site, with every odd character that an identity may have."""

stations = pytest.mark.parametrize("station", [STATION, STRAY], ids=["at a site", "stray"])


@stations
async def test_the_newest_socket_wins(store: Store, other: Store, station: StationId) -> None:
    assert await store.holder(station) is None

    first = await store.claim(station)
    second = await other.claim(station)

    assert second == first + 1
    assert await store.holder(station) == ("gw-2", second)


async def test_a_station_that_comes_back_to_its_holder_gets_a_newer_epoch(store: Store) -> None:
    first = await store.claim(STATION)

    assert await store.claim(STATION) == first + 1
    assert await store.woken(wait_s=0) == []


@stations
async def test_the_holder_before_is_evicted(
    store: Store, other: Store, station: StationId
) -> None:
    await store.claim(station)

    await other.claim(station)

    (hint,) = await store.woken(wait_s=0)
    assert hint.station == station
    assert await other.woken(wait_s=0) == []


async def test_what_is_released_is_held_by_nobody(store: Store) -> None:
    epoch = await store.claim(STATION)

    await store.release(STATION, epoch)

    assert await store.holder(STATION) is None


async def test_an_older_socket_that_ends_leaves_the_newer_its_claim(
    store: Store, other: Store
) -> None:
    old = await store.claim(STATION)
    new = await other.claim(STATION)

    await store.release(STATION, old)

    assert await store.holder(STATION) == ("gw-2", new)


async def test_epochs_rise_over_a_release(store: Store) -> None:
    old = await store.claim(STATION)
    await store.release(STATION, old)

    assert await store.claim(STATION) == old + 1


async def test_after_a_wipe_epochs_rise_above_what_a_living_holder_had(
    world: World, store: Store
) -> None:
    await store.claim(STATION)
    old = await store.claim(STATION)
    await world.wipe()

    assert await store.claim(STATION) > old


@stations
async def test_what_a_station_said_yes_to_is_known_to_every_instance(
    store: Store, other: Store, station: StationId
) -> None:
    epoch = await store.claim(station)
    await store.acknowledge(station, epoch, evse=1, slot=Slot.PLAN, digest="aa")
    await store.acknowledge(station, epoch, evse=1, slot=Slot.STANDING, digest="bb")
    await store.acknowledge(station, epoch, evse=2, slot=Slot.PLAN, digest="cc")
    await store.acknowledge(station, epoch, evse=1, slot=Slot.PLAN, digest="dd")

    assert (await other.acknowledged(station)).digests == {
        (1, Slot.PLAN): "dd",
        (1, Slot.STANDING): "bb",
        (2, Slot.PLAN): "cc",
    }


@stations
async def test_what_an_older_socket_heard_is_not_remembered_over_a_newer_one(
    store: Store, other: Store, station: StationId
) -> None:
    old = await store.claim(station)
    new = await other.claim(station)

    assert await other.acknowledge(station, new, evse=1, slot=Slot.PLAN, digest="new")
    assert not await store.acknowledge(station, old, evse=1, slot=Slot.PLAN, digest="old")
    await other.release(station, new)
    assert not await store.acknowledge(station, old, evse=1, slot=Slot.PLAN, digest="old")

    assert (await store.acknowledged(station)).digests == {(1, Slot.PLAN): "new"}


async def test_after_a_wipe_a_living_socket_is_heard(world: World, store: Store) -> None:
    epoch = await store.claim(STATION)
    await world.wipe()

    assert await store.acknowledge(STATION, epoch, evse=1, slot=Slot.PLAN, digest="aa")


async def test_a_slot_that_may_hold_anything_is_no_longer_acknowledged(store: Store) -> None:
    epoch = await store.claim(STATION)
    await store.acknowledge(STATION, epoch, evse=1, slot=Slot.PLAN, digest="aa")
    await store.acknowledge(STATION, epoch, evse=1, slot=Slot.STANDING, digest="bb")

    found = await store.strike_out([Rewrite(STATION, epoch, ((1, Slot.PLAN), (2, Slot.PLAN)))])

    assert found == frozenset()
    assert (await store.acknowledged(STATION)).digests == {(1, Slot.STANDING): "bb"}


async def test_many_stations_of_many_sites_are_struck_out_in_one_call(store: Store) -> None:
    many = [StationId(f"MANY-{number}") for number in range(70)] + [STATION, STRAY]
    rewrites = []
    for station in many:
        epoch = await store.claim(station)
        for slot in (Slot.STANDING, Slot.PLAN):
            await store.acknowledge(station, epoch, evse=1, slot=slot, digest="aa")
        rewrites.append(Rewrite(station, epoch, ((1, Slot.PLAN),)))

    assert await store.strike_out(rewrites) == frozenset()

    for station in many:
        assert (await store.acknowledged(station)).digests == {(1, Slot.STANDING): "aa"}


async def test_who_holds_an_older_socket_is_told_and_strikes_nothing_out(
    store: Store, other: Store
) -> None:
    old = await store.claim(STATION)
    mine = await store.claim(STRAY)
    new = await other.claim(STATION)
    for station, epoch in ((STATION, new), (STRAY, mine)):
        await store.acknowledge(station, epoch, evse=1, slot=Slot.PLAN, digest="aa")

    found = await store.strike_out(
        [Rewrite(STATION, old, ((1, Slot.PLAN),)), Rewrite(STRAY, mine, ((1, Slot.PLAN),))]
    )

    assert found == {STATION}
    assert (await store.acknowledged(STATION)).digests == {(1, Slot.PLAN): "aa"}
    assert (await store.acknowledged(STRAY)).digests == {}


async def test_whether_a_newer_socket_is_there_can_be_asked_alone(
    store: Store, other: Store
) -> None:
    old = await store.claim(STATION)
    assert await store.strike_out([Rewrite(STATION, old)]) == frozenset()

    await other.claim(STATION)

    assert await store.strike_out([Rewrite(STATION, old)]) == {STATION}


async def test_a_newer_socket_that_was_released_stands_in_nobodys_way(
    store: Store, other: Store
) -> None:
    old = await store.claim(STATION)
    await other.release(STATION, await other.claim(STATION))

    assert await store.strike_out([Rewrite(STATION, old)]) == frozenset()


async def test_nothing_to_strike_out_is_no_error(store: Store) -> None:
    assert await store.strike_out([]) == frozenset()


async def test_a_station_that_forgets_holds_nothing_but_keeps_its_socket(store: Store) -> None:
    epoch = await store.claim(STATION)
    await store.acknowledge(STATION, epoch, evse=1, slot=Slot.PLAN, digest="aa")

    await store.forget(STATION)

    assert (await store.acknowledged(STATION)).digests == {}
    assert await store.holder(STATION) == ("gw-1", epoch)


async def test_of_a_station_never_seen_nothing_is_known(store: Store) -> None:
    assert (await store.acknowledged(STATION)).digests == {}
    assert await store.description(STATION) == {}


@stations
async def test_what_a_station_says_of_itself_adds_up(
    store: Store, other: Store, station: StationId
) -> None:
    await store.claim(station)
    await store.describe(station, {"protocol": "ocpp1.6", "model": "old"})
    await store.describe(station, {"vendor": "ACME", "model": "Ümlaut 7"})
    await store.describe(station, {})

    assert await other.description(station) == {
        "protocol": "ocpp1.6",
        "vendor": "ACME",
        "model": "Ümlaut 7",
    }


def hint(number: int) -> Wakeup:
    return Wakeup(site=SITE, station=StationId(f"CP-{number}"))


async def test_hints_reach_the_instance_they_are_for_once(store: Store, other: Store) -> None:
    await store.wake("gw-2", [hint(1), hint(2), hint(1)])
    await store.wake("gw-2", [hint(2)])

    assert await other.woken(wait_s=0) == [hint(1), hint(2)]
    assert await other.woken(wait_s=0) == []
    assert await store.woken(wait_s=0) == []


async def test_waking_waits_for_the_first_hint(store: Store, other: Store) -> None:
    waiting = asyncio.create_task(other.woken(wait_s=20))
    await asyncio.sleep(0)

    await store.wake("gw-2", [])
    await store.wake("gw-2", [hint(1)])

    assert await waiting == [hint(1)]


async def test_waking_ends_empty_where_nothing_comes(world: World, store: Store) -> None:
    waiting = asyncio.create_task(store.woken(wait_s=0.05))

    await world.pass_time(Seconds(0.1))

    assert await waiting == []


async def test_a_hint_for_an_instance_that_is_gone_is_no_error(store: Store) -> None:
    await store.wake("gw-gone", [Wakeup(site=SiteId("depot-8"), station=STATION)])

    assert await store.woken(wait_s=0) == []
