"""A site whose real store stops answering, as one does whose machine hangs."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from gridbridge.ports.facts import NotStoredError
from gridbridge.runtime.clock import SystemClock
from gridbridge.runtime.ownership import PartitionOwner
from gridbridge_redis.settings import Settings
from gridbridge_redis.store import RedisStore
from tests.adapters.redis.conftest import until
from tests.unit.runtime.bench import SITE, A, B, Owner, P

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gridbridge_redis.embedded import EmbeddedValkey


@asynccontextmanager
async def owner(server: EmbeddedValkey) -> AsyncIterator[Owner]:
    """The owner of a site on that server, with both its stations connected and obeying."""
    store = RedisStore(Settings(url=server.url), "gw-1")
    await store.open()
    clock = SystemClock()
    here = Owner(store, clock)
    leases = PartitionOwner(
        store, clock, partitions=[P], version="1", listeners=(), changed=here.worker.own
    )
    tasks = [asyncio.create_task(run()) for run in (here.sink.run, leases.run, here.worker.run)]
    try:
        await here.connect()
        await until(lambda: here.fleet.newest.keys() == {A, B})
        await here.answer()
        yield here
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await store.close()


async def test_a_cut_reaches_stations_while_the_store_hangs_and_lies_in_it_afterwards(
    server: EmbeddedValkey,
) -> None:
    async with owner(server) as here:
        assert here.told(A) > 0.0
        assert server.pid is not None
        os.kill(server.pid, signal.SIGSTOP)
        try:
            # The site draws all it may by itself.
            here.site_draws(40_000.0)
            await until(lambda: here.told(A) == here.told(B) == 0.0)
            cut = here.fleet.newest[A]
            with pytest.raises(NotStoredError):
                await here.sink.record(here.plugged(A))
        finally:
            os.kill(server.pid, signal.SIGCONT)

        await until(lambda: here.fleet.newest[A].version > cut.version)
        assert here.told(A) == 0.0
        await here.sink.record(here.plugged(A))
        assert (await here.store.desired(SITE))[A] == here.fleet.newest[A]
