"""The promises of `VenLog`."""

from __future__ import annotations

import pytest

from gridbridge.domain.ids import VenName
from gridbridge.domain.units import Seconds
from gridbridge.ports.store import START, FencedOffError, Snapshot, Store
from tests.contract.samples import VEN, heard, ven_decision
from tests.contract.worlds import LEASE, World


@pytest.fixture
async def fence(store: Store) -> int:
    """The fence of the store's instance, which owns the VEN."""
    fence = await store.acquire_ven(VEN)
    assert fence is not None
    return fence


async def test_facts_and_decisions_of_a_ven_lie_in_one_log(
    store: Store, other: Store, fence: int
) -> None:
    first = await store.append_ven(VEN, [heard(1), heard(1)])
    second = await store.decide_ven(VEN, fence=fence, decision=ven_decision(2))

    entries = await other.read_ven(VEN, after=START)
    assert [entry.recorded for entry in entries] == [heard(1), ven_decision(2)]
    assert [entry.id for entry in entries] == [first, second]
    assert [entry.id for entry in await other.read_ven(VEN, after=first)] == [second]


async def test_no_more_than_the_limit_is_read(store: Store) -> None:
    await store.append_ven(VEN, [heard(1), heard(2), heard(3)])

    entries = await store.read_ven(VEN, after=START, limit=2)

    assert [entry.recorded.seq for entry in entries] == [1, 2]


async def test_vens_keep_logs_of_their_own(store: Store) -> None:
    await store.append_ven(VEN, [heard(1)])

    assert await store.read_ven(VenName("prices"), after=START) == []


async def test_only_the_owner_trims_a_vens_log(store: Store, fence: int) -> None:
    await store.append_ven(VEN, [heard(1), heard(2)])
    third = await store.append_ven(VEN, [heard(3)])

    with pytest.raises(FencedOffError):
        await store.trim_ven(VEN, before=third, fence=fence + 1)

    assert await store.trim_ven(VEN, before=third, fence=fence) == 2
    assert [entry.recorded.seq for entry in await store.read_ven(VEN, after=START)] == [3]


async def test_state_and_view_are_kept(store: Store, other: Store, fence: int) -> None:
    assert await other.snapshot_ven(VEN) is None
    assert await other.view_ven(VEN) is None
    snapshot = Snapshot(upto="0000000000001", state=b"state")

    await store.save_ven(VEN, fence=fence, snapshot=snapshot, view=b"view")

    assert await other.snapshot_ven(VEN) == snapshot
    assert await other.view_ven(VEN) == b"view"


async def test_after_a_takeover_the_old_owner_writes_nothing(
    world: World, store: Store, other: Store, fence: int
) -> None:
    await world.pass_time(Seconds(LEASE + 0.1))
    await other.acquire_ven(VEN)

    with pytest.raises(FencedOffError):
        await store.decide_ven(VEN, fence=fence, decision=ven_decision(2))
    with pytest.raises(FencedOffError):
        await store.save_ven(VEN, fence=fence, snapshot=Snapshot(upto="1", state=b""), view=b"")

    assert await store.read_ven(VEN, after=START) == []
    assert await store.snapshot_ven(VEN) is None
    assert await store.view_ven(VEN) is None
