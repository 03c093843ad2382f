"""Connections to the server, and what becomes of their errors.

Three clients, so that none delays another: reads are repeated a few times; writes are sent once,
since a repeated write may count twice; reads that block for news have connections of their own.
What is asked at the same time goes over one connection together (`batches`).
Each call has a deadline. Whatever goes wrong is a `StoreDownError` that names the operation and
the kind of error, never an address, a user or a value; a `StoreRefusedError` where the server is
well and only what it has under a key is not what it should be.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff, NoBackoff
from redis.exceptions import NoScriptError, RedisError, ResponseError
from redis.maint_notifications import MaintNotificationsConfig

from gridbridge.ports.store import StoreDownError, StoreRefusedError
from gridbridge_redis import scripts
from gridbridge_redis.batches import Batches

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from gridbridge_redis.batches import Word
    from gridbridge_redis.scripts import Script
    from gridbridge_redis.settings import Settings

HEALTH_CHECK_S = 15
"""A connection that was idle for this long is tried before it is used."""

BLOCKED = 200
"""Reads that may block at a time: an instance has one for facts and one for its inbox; tests and
tools have more."""

OF_THE_CALL = re.compile(r"^WRONGTYPE |user_script:\d+: (WRONGTYPE |[a-z])")
"""A key of another type, or a script that stumbled over what it read; an error that the server
returned to a script (no memory, read-only) has a code in capitals."""


class Link:
    """The way to the server."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._scripts = scripts.load()
        backoff = ExponentialWithJitterBackoff(base=0.02, cap=0.2)
        self._reads = Batches(self._client(Retry(backoff, settings.read_retries)))
        self._writes = Batches(self._client(Retry(NoBackoff(), 0)))
        self._blocking = self._client(Retry(NoBackoff(), 0), blocking=True)

    def _client(self, retry: Retry, *, blocking: bool = False) -> Redis:
        settings = self._settings
        pool = BlockingConnectionPool.from_url(
            settings.url.text,
            max_connections=BLOCKED if blocking else settings.connections,
            timeout=settings.deadline_s,
            # A blocked read ends by the deadline of its call.
            socket_timeout=None if blocking else settings.socket_timeout_s,
            socket_connect_timeout=settings.connect_timeout_s,
            health_check_interval=HEALTH_CHECK_S,
            retry=retry,
            protocol=2,
            driver_info=None,
            maint_notifications_config=MaintNotificationsConfig(enabled=False),
        )
        client = Redis.from_pool(pool)
        # Replies as they come over the wire: what redis-py makes of them depends on its version.
        client.response_callbacks.clear()
        return client

    async def close(self) -> None:
        """Close every connection; what was sent and not answered stays unknown."""
        await self._reads.close()
        await self._writes.close()
        await self._blocking.aclose()

    async def read(self, *command: Word) -> object:
        """The answer to a command that changes nothing."""
        async with self._answering(str(command[0]), self._settings.deadline_s):
            return await self._reads.execute(*command)

    async def write(self, *command: Word) -> object:
        """The answer to a command that is sent once."""
        async with self._answering(str(command[0]), self._settings.deadline_s):
            return await self._writes.execute(*command)

    async def wait(self, *command: Word, wait_s: float) -> object:
        """The answer to a command that blocks for up to `wait_s`."""
        async with self._answering(str(command[0]), wait_s + self._settings.deadline_s):
            return await _execute(self._blocking, *command)

    async def run(self, script: Script, keys: Sequence[str], *args: Word) -> object:
        """What a script returns; sent once, and again only where the server does not know it."""
        source = self._scripts[script]
        async with self._answering(script, self._settings.deadline_s):
            try:
                return await self._evaluate(source.sha, keys, args)
            except NoScriptError:
                # Nothing ran: a server that started anew has no scripts.
                await self._writes.execute("SCRIPT LOAD", source.text)
                return await self._evaluate(source.sha, keys, args)

    async def _evaluate(self, sha: str, keys: Sequence[str], args: Sequence[Word]) -> object:
        return await self._writes.execute("EVALSHA", sha, len(keys), *keys, *args)

    @asynccontextmanager
    async def _answering(self, operation: str, deadline_s: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(deadline_s):
                yield
        except (RedisError, OSError, TimeoutError) as error:
            raised = StoreRefusedError if _about_a_key(error) else StoreDownError
            # The original's message may hold an address or a user's name.
            raise raised(f"{operation}: {_kind(error)}") from None


async def _execute(client: Redis, *command: Word) -> object:
    task = asyncio.current_task()
    cancelled = 0 if task is None else task.cancelling()
    try:
        answer: object = await client.execute_command(*command)  # type: ignore[no-untyped-call] # redis-py
    finally:
        # redis-py sends with wait_for, which until Python 3.12 may swallow a cancellation.
        if task is not None and task.cancelling() > cancelled:
            raise asyncio.CancelledError
    return answer


def _about_a_key(error: Exception) -> bool:
    """Whether the error is of the call alone. In doubt it is the server's: then all are cut."""
    return isinstance(error, ResponseError) and OF_THE_CALL.search(str(error)) is not None


def _kind(error: Exception) -> str:
    name = type(error).__name__
    if not isinstance(error, ResponseError):
        return name
    # The first word of an error reply is its code: OOM, READONLY, WRONGTYPE.
    code = str(error).partition(" ")[0]
    return f"{name} {code}" if code.isupper() and code.isalpha() else name
