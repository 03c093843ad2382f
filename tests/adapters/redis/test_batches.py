"""Commands that are asked for together go together, and each hears its own answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from gridbridge_redis.batches import MOST, Batches

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gridbridge_redis.embedded import EmbeddedValkey


@pytest.fixture
async def client(server: EmbeddedValkey) -> AsyncIterator[Redis]:
    client = Redis.from_url(server.url.text, protocol=2)
    client.response_callbacks.clear()
    yield client
    await client.aclose()


async def test_each_hears_its_own_answer_and_its_own_error(client: Redis) -> None:
    batches = Batches(client)
    await batches.execute("SET", "gb:n", "0")
    asked = [batches.execute("INCR", "gb:n") for _ in range(2 * MOST)]
    asked.insert(MOST, batches.execute("LPUSH", "gb:n", "x"))

    answers = await asyncio.gather(*asked, return_exceptions=True)

    wrong = answers.pop(MOST)
    assert isinstance(wrong, ResponseError)
    assert answers == list(range(1, 2 * MOST + 1))


async def test_what_nobody_waits_for_any_more_is_not_sent(client: Redis) -> None:
    batches = Batches(client)
    given_up = asyncio.create_task(batches.execute("SET", "gb:given-up", "1"))
    await asyncio.sleep(0)
    given_up.cancel()

    assert await batches.execute("EXISTS", "gb:given-up") == 0


async def test_nobody_waits_for_ever_where_it_is_closed(client: Redis) -> None:
    batches = Batches(client)
    asked = [asyncio.create_task(batches.execute("PING")) for _ in range(2 * MOST)]
    await asyncio.sleep(0)
    await batches.close()

    answers = await asyncio.gather(*asked, return_exceptions=True)

    assert all(isinstance(each, RedisConnectionError) for each in answers)
