"""The promises of `FactLog`."""

from __future__ import annotations

import asyncio

import pytest

from gridbridge.domain.units import Seconds
from gridbridge.ports.store import START, FencedOffError, Store
from tests.contract.samples import OTHER, P, recorded
from tests.contract.worlds import World


async def seqs(store: Store, partition: int = P, after: str = START) -> list[int]:
    found = await store.read({partition: after}, wait_s=0)
    return [entry.recorded.seq for entry in found.get(partition, [])]


async def test_facts_are_read_in_the_order_they_were_appended_whoever_reads(
    store: Store, other: Store
) -> None:
    facts = [recorded(1), recorded(2), recorded(3)]

    await store.append(P, facts)

    for reader in (store, other):
        found = await reader.read({P: START}, wait_s=0)
        assert [entry.recorded for entry in found[P]] == facts


async def test_only_what_is_later_than_the_position_is_read(store: Store) -> None:
    first = await store.append(P, [recorded(1)])
    last = await store.append(P, [recorded(2), recorded(3)])

    assert await seqs(store, after=first) == [2, 3]
    assert await seqs(store, after=last) == []


async def test_log_ids_sort_by_age_as_texts(store: Store) -> None:
    last = await store.append(P, [recorded(seq) for seq in range(40)])

    ids = [entry.id for entry in (await store.read({P: START}, wait_s=0))[P]]
    assert ids == sorted(set(ids))
    assert ids[0] > START
    assert ids[-1] == last


async def test_appending_nothing_returns_the_newest_id(store: Store) -> None:
    assert await store.append(P, []) == START
    last = await store.append(P, [recorded(1)])

    assert await store.append(P, []) == last


async def test_a_fact_of_a_writer_is_stored_once(store: Store, other: Store) -> None:
    first = await store.append(P, [recorded(1), recorded(2)])

    again = await other.append(P, [recorded(1), recorded(2)])

    assert again == first
    assert await seqs(store) == [1, 2]


async def test_what_is_new_among_what_was_stored_is_stored(store: Store) -> None:
    await store.append(P, [recorded(1)])

    await store.append(P, [recorded(1), recorded(2), recorded(2), recorded(3)])

    assert await seqs(store) == [1, 2, 3]


async def test_a_fact_that_comes_late_is_not_taken_for_one_seen(store: Store) -> None:
    await store.append(P, [recorded(7)])

    await store.append(P, [recorded(6)])

    assert await seqs(store) == [7, 6]


async def test_writers_and_partitions_count_for_themselves(store: Store) -> None:
    await store.append(P, [recorded(1), recorded(1, writer="gw-2-77aa")])
    await store.append(OTHER, [recorded(1)])

    assert await seqs(store) == [1, 1]
    assert await seqs(store, OTHER) == [1]


async def test_partitions_are_read_together_and_an_empty_one_is_left_out(store: Store) -> None:
    await store.append(P, [recorded(1)])
    await store.append(OTHER, [recorded(2)])

    found = await store.read({P: START, OTHER: START, (P + 2) % 64: START}, wait_s=0)

    assert {partition: len(entries) for partition, entries in found.items()} == {P: 1, OTHER: 1}


async def test_no_more_than_the_limit_is_read_and_the_oldest_first(store: Store) -> None:
    await store.append(P, [recorded(seq) for seq in range(5)])

    found = await store.read({P: START}, wait_s=0, limit=2)

    assert [entry.recorded.seq for entry in found[P]] == [0, 1]


async def test_reading_no_partition_finds_nothing(store: Store) -> None:
    assert await store.read({}, wait_s=0) == {}


async def test_reading_waits_for_the_first_entry(store: Store, other: Store) -> None:
    reading = asyncio.create_task(store.read({P: START, OTHER: START}, wait_s=20))
    await asyncio.sleep(0)

    await other.append(OTHER, [recorded(1)])

    found = await reading
    assert [entry.recorded.seq for entry in found[OTHER]] == [1]


async def test_a_blocked_read_delays_no_write(store: Store) -> None:
    reading = asyncio.create_task(store.read({P: START}, wait_s=20))
    await asyncio.sleep(0)

    await store.append(OTHER, [recorded(1)])
    assert not reading.done()

    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert await store.ping()


async def test_reading_ends_empty_where_nothing_comes(world: World, store: Store) -> None:
    reading = asyncio.create_task(store.read({P: START}, wait_s=0.05))

    await world.pass_time(Seconds(0.1))

    assert await reading == {}


async def test_trimming_drops_what_is_older_and_says_how_much(store: Store) -> None:
    await store.append(P, [recorded(1), recorded(2)])
    third = await store.append(P, [recorded(3)])
    fence = await store.acquire(P)
    assert fence is not None

    dropped = await store.trim(P, before=third, fence=fence)

    assert dropped == 2
    assert await seqs(store) == [3]


async def test_what_was_trimmed_is_still_known_as_seen(store: Store) -> None:
    last = await store.append(P, [recorded(1), recorded(2)])
    fence = await store.acquire(P)
    assert fence is not None
    await store.trim(P, before=last, fence=fence)

    assert await store.append(P, [recorded(1)]) == last
    assert await seqs(store) == [2]


@pytest.mark.parametrize("stale", [0, -1, 1])
async def test_only_the_owner_trims(store: Store, stale: int) -> None:
    last = await store.append(P, [recorded(1), recorded(2)])
    fence = await store.acquire(P)
    assert fence is not None

    with pytest.raises(FencedOffError):
        await store.trim(P, before=last, fence=stale and fence + stale)

    assert await seqs(store) == [1, 2]


async def test_a_partition_that_is_none_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="64"):
        await store.append(64, [recorded(1)])
