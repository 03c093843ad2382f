"""Calls to a server that is slow, dead or new: bounded, sent once, and silent about secrets."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, cast

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from gridbridge.ports.store import START, StoreDownError, StoreRefusedError
from gridbridge_redis import keys
from gridbridge_redis.link import _about_a_key, _execute
from gridbridge_redis.settings import Settings
from gridbridge_redis.store import RedisStore
from gridbridge_redis.url import StoreUrl
from tests.contract.samples import SITE, STATION, P, decision, desired, recorded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gridbridge_redis.embedded import EmbeddedValkey


class BlackHole:
    """A server that accepts, reads and answers nothing, or nothing but the ping of a hello."""

    def __init__(self) -> None:
        self.heard = b""
        self.port = 0
        self.pongs = True

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[BlackHole]:
        server = await asyncio.start_server(self._swallow, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self

    async def _swallow(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65536):
            self.heard += chunk
            if self.pongs and chunk.endswith(b"PING\r\n"):
                writer.write(b"+PONG\r\n")
        writer.close()


@pytest.fixture
async def hole() -> AsyncIterator[BlackHole]:
    async with BlackHole().listening() as hole:
        yield hole


@pytest.fixture
async def swallowed(hole: BlackHole) -> AsyncIterator[RedisStore]:
    """A store whose every call goes into the hole, with short timeouts."""
    url = StoreUrl(f"redis://127.0.0.1:{hole.port}")
    settings = Settings(url=url, socket_timeout_s=0.05, deadline_s=0.4, read_retries=2)
    store = RedisStore(settings, "gw-1")
    yield store
    await store.close()


async def test_a_write_that_is_not_answered_is_sent_once(
    hole: BlackHole, swallowed: RedisStore
) -> None:
    with pytest.raises(StoreDownError, match="append: TimeoutError"):
        await swallowed.append(P, [recorded(1)])

    assert hole.heard.count(b"EVALSHA") == 1


async def test_a_read_that_is_not_answered_is_repeated_a_few_times(
    hole: BlackHole, swallowed: RedisStore
) -> None:
    with pytest.raises(StoreDownError, match="HMGET: TimeoutError"):
        await swallowed.holder(STATION)

    assert 1 < hole.heard.count(b"HMGET") <= 3


async def test_a_server_that_answers_nothing_at_all_holds_no_call_for_longer(
    hole: BlackHole, swallowed: RedisStore
) -> None:
    hole.pongs = False

    with pytest.raises(StoreDownError, match="TimeoutError"):
        await swallowed.append(P, [recorded(1)])
    assert not await swallowed.ping()

    assert hole.heard.count(b"EVALSHA") == 0


async def test_a_blocked_read_that_is_not_answered_ends(swallowed: RedisStore) -> None:
    with pytest.raises(StoreDownError, match="XREAD: TimeoutError"):
        await swallowed.read({P: START}, wait_s=0.05)


def test_by_default_no_call_takes_two_seconds() -> None:
    settings = Settings(url=StoreUrl("redis://127.0.0.1"))

    assert settings.socket_timeout_s <= 1.0
    assert settings.connect_timeout_s <= 0.5
    assert settings.deadline_s <= 2.0


async def test_more_calls_than_connections_all_get_their_turn(server: EmbeddedValkey) -> None:
    store = RedisStore(Settings(url=server.url, connections=2), "gw-1")

    await asyncio.gather(*(store.append(P, [recorded(seq)]) for seq in range(50)))

    found = await store.read({P: START}, wait_s=0)
    assert {entry.recorded.seq for entry in found[P]} == set(range(50))
    await store.close()


@pytest.mark.parametrize("scheme", ["redis", "unix"])
async def test_an_error_shows_neither_address_nor_password(scheme: str) -> None:
    place = "/nowhere/s3cret.sock" if scheme == "unix" else "127.0.0.1:1"
    store = RedisStore(Settings(url=StoreUrl(f"{scheme}://u53r:s3cret@{place}")), "gw-1")

    with pytest.raises(StoreDownError) as caught:
        await store.open()

    assert "s3cret" not in str(caught.value)
    assert "u53r" not in str(caught.value)
    assert str(caught.value).startswith("meta: ")
    await store.close()


async def test_a_wrong_password_is_a_store_that_is_down(server: EmbeddedValkey) -> None:
    wrong = StoreUrl(server.url.text.replace("unix://gridbridge:", "unix://gridbridge:not"))
    store = RedisStore(Settings(url=wrong), "gw-1")

    with pytest.raises(StoreDownError, match="meta: "):
        await store.open()

    await store.close()


async def test_what_lies_under_one_key_and_is_not_what_it_should_be_is_refused(
    server: EmbeddedValkey,
) -> None:
    store = RedisStore(Settings(url=server.url), "gw-1")
    fence = await store.acquire(P)
    assert fence is not None
    other = Redis.from_url(server.url.text)
    await other.set(keys.of_site(SITE).desired, "s3cret")
    await other.aclose()

    with pytest.raises(StoreRefusedError, match="decide: ResponseError WRONGTYPE") as caught:
        await store.decide(P, fence=fence, decision=decision(1), desired=[desired(STATION, 1)])
    with pytest.raises(StoreRefusedError, match="HGETALL: ResponseError WRONGTYPE"):
        await store.desired(SITE)
    assert await store.read({P: START}, wait_s=0) == {}
    assert await store.ping()
    assert "s3cret" not in repr(caught.value)
    await store.close()


async def test_a_desire_that_cannot_be_read_is_refused(server: EmbeddedValkey) -> None:
    store = RedisStore(Settings(url=server.url), "gw-1")
    other = Redis.from_url(server.url.text)
    await other.hset(keys.of_site(SITE).desired, STATION, "{}")
    await other.aclose()

    with pytest.raises(StoreRefusedError, match="desired: CodecError"):
        await store.desired(SITE)
    await store.close()


@pytest.mark.parametrize(
    ("error", "alone"),
    [
        ("WRONGTYPE Operation against a key holding the wrong kind of value", True),
        ("WRONGTYPE Operation against a key script: on @user_script:1.", True),
        ("user_script:9: attempt to perform arithmetic on a nil value script: 5f", True),
        ("Error running script (call to f_5f): @user_script:7: WRONGTYPE Operation", True),
        ("Error running script (call to f_5f): @user_script:7: OOM command not allowed", False),
        ("OOM command not allowed when used memory > 'maxmemory'", False),
        ("MISCONF Redis is configured to save RDB snapshots script: on @user_script:7.", False),
        ("NOREPLICAS Not enough good replicas to write.", False),
        (
            "ACL failure in script: No permissions to access a key script: on @user_script:1.",
            False,
        ),
        ("Error compiling script (new function): user_script:1: '=' expected near 'x'", False),
        ("This command is not allowed from script script: on @user_script:1.", False),
    ],
)
def test_only_what_is_surely_about_one_call_is_told_from_a_store_that_is_down(
    error: str, *, alone: bool
) -> None:
    assert _about_a_key(ResponseError(error)) is alone


class Distracted:
    """A client that loses a cancellation, as redis-py does where Python's wait_for loses it."""

    def __init__(self, outcome: Exception | bytes) -> None:
        self.outcome = outcome
        self.asked = asyncio.Event()

    async def execute_command(self, *_command: object) -> bytes:
        self.asked.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@pytest.mark.parametrize(
    "outcome",
    [pytest.param(b"OK", id="answered"), pytest.param(RedisConnectionError(), id="failed")],
)
async def test_a_cancellation_that_the_client_loses_still_ends_the_task(
    outcome: Exception | bytes,
) -> None:
    client = Distracted(outcome)

    async def work() -> None:
        while True:
            await _execute(cast("Redis", client), "PING")

    task = asyncio.create_task(work())
    await client.asked.wait()
    task.cancel()
    async with asyncio.timeout(30):
        await asyncio.wait({task})

    assert task.cancelled()
