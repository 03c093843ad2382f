"""Commands of the same moment in one piece: a way to the server and back for all of them.

    while a batch is on its way    the next one gathers
    once it is answered            everybody in it hears, and the next one leaves

A command that nobody waits for any more when its batch leaves is not sent.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from redis.asyncio import Redis

Word = str | bytes | int | float
"""What a command is made of."""

Command = tuple[tuple[Word, ...], asyncio.Future[object]]
"""With what becomes of it."""

MOST = 64
"""Commands in a batch: the first is answered when the last is."""


class Batches:
    """A client whose commands leave in the order in which they are asked for."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._waiting: deque[Command] = deque()
        self._sending: asyncio.Task[None] | None = None

    async def execute(self, *command: Word) -> object:
        """The answer to a command; raises what redis-py does."""
        answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._waiting.append((command, answer))
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send(), name="store batches")
        return await answer

    async def close(self) -> None:
        """Close the connections; what was sent and not answered stays unknown."""
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.gather(self._sending, return_exceptions=True)
        _fail(self._waiting)
        await self._client.aclose()

    async def _send(self) -> None:
        while self._waiting:
            first = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
            batch = [each for each in first if not each[1].done()]
            pipeline = self._client.pipeline(transaction=False)
            for command, _ in batch:
                pipeline.execute_command(*command)
            try:
                answers = await pipeline.execute(raise_on_error=False)
            except (RedisError, OSError, TimeoutError) as error:
                answers = [error] * len(batch)
            except BaseException:
                _fail(batch)
                raise
            for (_, answer), found in zip(batch, answers, strict=True):
                if answer.done():
                    continue
                if isinstance(found, Exception):
                    answer.set_exception(found)
                else:
                    answer.set_result(found)


def _fail(commands: Iterable[Command]) -> None:
    for _, answer in commands:
        if not answer.done():
            answer.set_exception(RedisConnectionError("closed"))
