"""What the store in memory can do beyond the port: fail, lose everything, meet an odd clock."""

from __future__ import annotations

import asyncio

import pytest

from gridbridge.domain.partitions import PARTITIONS
from gridbridge.domain.units import Instant, Seconds
from gridbridge.ports.store import START, StoreDownError
from gridbridge.testing import MemoryBackend, MemoryStore, VirtualClock
from gridbridge.testing.memory_records import Lease


def test_a_lease_that_ends_too_far_ahead_counts_as_over() -> None:
    lease = Lease(instance="gw-1", fence=3, until=Instant(3_700.0))

    fence = lease.take("gw-2", now=Instant(100.0), lease=Seconds(6.0), known=0)

    assert fence == 4


async def test_a_store_that_goes_down_ends_the_reads_that_wait() -> None:
    backend = MemoryBackend(VirtualClock())
    store, other = MemoryStore(backend, "gw-1"), MemoryStore(backend, "gw-2")
    reading = asyncio.create_task(store.read({0: START}, wait_s=20))
    await asyncio.sleep(0)

    store.down = True

    with pytest.raises(StoreDownError):
        await reading
    assert await other.ping()


async def test_what_is_down_comes_back_with_what_it_held() -> None:
    backend = MemoryBackend(VirtualClock())
    store = MemoryStore(backend)
    fence = await store.acquire(PARTITIONS - 1)
    backend.down = True
    assert not await store.ping()

    backend.down = False

    assert await store.acquire(PARTITIONS - 1) == fence
