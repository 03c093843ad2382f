"""The stores that the contract is held against.

`GRIDBRIDGE_TEST_REDIS` names a Redis for tests alone: what lies there under ``gb:`` is deleted.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from gridbridge_redis.embedded import EmbeddedValkey
from gridbridge_redis.url import StoreUrl
from tests.contract.worlds import MemoryWorld, RedisWorld

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from gridbridge.ports.store import Store
    from tests.contract.worlds import World

TEST_REDIS = os.environ.get("GRIDBRIDGE_TEST_REDIS")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def valkey() -> AsyncIterator[StoreUrl]:
    """An embedded server for the whole session."""
    with tempfile.TemporaryDirectory(prefix="gb-") as folder:
        async with EmbeddedValkey(Path(folder)) as server:
            yield server.url


@pytest.fixture(params=["memory", "valkey", *(["redis"] if TEST_REDIS else [])])
async def world(request: pytest.FixtureRequest, valkey: StoreUrl) -> AsyncIterator[World]:
    """An empty backend of each kind."""
    if request.param == "memory":
        yield MemoryWorld()
        return
    real = RedisWorld(StoreUrl(TEST_REDIS) if request.param == "redis" and TEST_REDIS else valkey)
    await real.wipe()
    yield real
    await real.wipe()
    await real.client.aclose()


@pytest.fixture
async def open_store(world: World) -> AsyncIterator[Callable[[str], Awaitable[Store]]]:
    """Opens the store of an instance, and closes it after the test."""
    opened: list[Store] = []

    async def open_one(instance: str) -> Store:
        store = world.store(instance)
        await store.open()
        opened.append(store)
        return store

    yield open_one
    for store in opened:
        await store.close()


@pytest.fixture
async def store(open_store: Callable[[str], Awaitable[Store]]) -> Store:
    """The store of one instance."""
    return await open_store("gw-1")


@pytest.fixture
async def other(open_store: Callable[[str], Awaitable[Store]]) -> Store:
    """The store of another instance on the same backend."""
    return await open_store("gw-2")
