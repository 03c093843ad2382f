"""The promises of `Ownership`, for partitions and VENs alike."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from gridbridge.domain.units import Seconds
from gridbridge.ports.store import Store
from tests.contract.samples import OTHER, VEN, P
from tests.contract.worlds import LEASE, World


@dataclass(frozen=True)
class Thing:
    """What can be owned."""

    acquire: Callable[[Store], Awaitable[int | None]]
    let_go: Callable[[Store], Awaitable[None]]


THINGS = [
    pytest.param(Thing(lambda store: store.acquire(P), lambda store: store.let_go(P)), id="p"),
    pytest.param(
        Thing(lambda store: store.acquire_ven(VEN), lambda store: store.let_go_ven(VEN)), id="ven"
    ),
]
owned = pytest.mark.parametrize("thing", THINGS)


@owned
async def test_one_instance_at_a_time_owns(store: Store, other: Store, thing: Thing) -> None:
    assert await thing.acquire(store) == 1

    assert await thing.acquire(other) is None


@owned
async def test_renewing_keeps_the_fence_and_prolongs_the_lease(
    world: World, store: Store, other: Store, thing: Thing
) -> None:
    fence = await thing.acquire(store)
    await world.pass_time(Seconds(LEASE - 1))

    assert await thing.acquire(store) == fence
    await world.pass_time(Seconds(LEASE - 1))

    assert await thing.acquire(other) is None


@owned
async def test_a_lease_that_ran_out_goes_to_who_asks_under_a_higher_fence(
    world: World, store: Store, other: Store, thing: Thing
) -> None:
    fence = await thing.acquire(store)
    assert fence is not None
    await world.pass_time(Seconds(LEASE + 0.1))

    taken = await thing.acquire(other)

    assert taken == fence + 1
    assert await thing.acquire(store) is None


@owned
async def test_an_owner_whose_lease_ran_out_gets_a_higher_fence_itself(
    world: World, store: Store, thing: Thing
) -> None:
    fence = await thing.acquire(store)
    assert fence is not None
    await world.pass_time(Seconds(LEASE + 0.1))

    assert await thing.acquire(store) == fence + 1


async def test_an_owner_that_asks_anew_gets_a_higher_fence(store: Store, other: Store) -> None:
    fence = await store.acquire(P)
    assert fence is not None

    assert await store.acquire(P, anew=True) == fence + 1
    assert await store.acquire(P) == fence + 1
    assert await other.acquire(P, anew=True) is None


async def test_asking_anew_after_a_lease_ran_out_counts_once(world: World, store: Store) -> None:
    fence = await store.acquire(P)
    assert fence is not None
    await world.pass_time(Seconds(LEASE + 0.1))

    assert await store.acquire(P, anew=True) == fence + 1


@owned
async def test_what_is_let_go_is_free_at_once(store: Store, other: Store, thing: Thing) -> None:
    fence = await thing.acquire(store)
    assert fence is not None

    await thing.let_go(store)

    taken = await thing.acquire(other)
    assert taken is not None
    assert taken > fence


@owned
async def test_only_the_owner_lets_go(store: Store, other: Store, thing: Thing) -> None:
    await thing.acquire(store)

    await thing.let_go(other)

    assert await thing.acquire(other) is None


@owned
async def test_after_a_wipe_the_fence_rises_above_what_a_living_owner_held(
    world: World, store: Store, thing: Thing
) -> None:
    await thing.acquire(store)
    await thing.let_go(store)
    fence = await thing.acquire(store)
    assert fence is not None
    await world.wipe()

    again = await thing.acquire(store)

    assert again is not None
    assert again > fence


async def test_partitions_are_owned_each_for_itself(store: Store, other: Store) -> None:
    await store.acquire(P)

    assert await other.acquire(OTHER) is not None


async def test_who_announces_itself_sees_all_that_live(store: Store, other: Store) -> None:
    assert await store.announce(version="1.0", listeners=["0.0.0.0:9000"]) == {"gw-1"}

    assert await other.announce(version="1.0", listeners=[]) == {"gw-1", "gw-2"}
    assert await store.announce(version="1.0", listeners=[]) == {"gw-1", "gw-2"}


async def test_who_stops_announcing_itself_is_gone_after_one_lease(
    world: World, store: Store, other: Store
) -> None:
    await store.announce(version="1.0", listeners=[])
    await world.pass_time(Seconds(LEASE + 0.1))

    assert await other.announce(version="1.0", listeners=[]) == {"gw-2"}


async def test_an_instance_says_its_name(store: Store) -> None:
    assert store.instance == "gw-1"
