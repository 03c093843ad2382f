"""Commands of the same moment in one piece: a way to the server and back for all of them.

On a loop that is busy each way takes its time, whatever it carries. So all that is asked within
one round of the loop leaves together in the next, and what is asked while as many batches as may
be are on their way leaves in one when the first of them is answered. A command that nobody waits
for any more when its batch leaves is not sent.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from redis.asyncio import Redis

Word = str | bytes | int | float
"""What a command is made of."""

Command = tuple[tuple[Word, ...], asyncio.Future[object]]
"""With what becomes of it."""

MOST = 256
"""Commands in a batch: the first is answered when the last is."""

ON_THEIR_WAY = 4
"""Batches at a time."""


class Batches:
    """A client that sends what is asked for together."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._waiting: deque[Command] = deque()
        self._senders: set[asyncio.Task[None]] = set()
        self._starting = False
        self._sending = 0

    async def execute(self, *command: Word) -> object:
        """The answer to a command; raises what redis-py does."""
        answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._waiting.append((command, answer))
        if not self._starting and self._sending < ON_THEIR_WAY:
            self._starting = True
            sender = asyncio.create_task(self._send(), name="store batches")
            self._senders.add(sender)
            sender.add_done_callback(self._senders.discard)
        return await answer

    async def close(self) -> None:
        """Close the connections; what was sent and not answered stays unknown."""
        senders = list(self._senders)
        for sender in senders:
            sender.cancel()
        await asyncio.gather(*senders, return_exceptions=True)
        _fail(self._waiting)
        await self._client.aclose()

    async def _send(self) -> None:
        self._starting = False
        self._sending += 1
        try:
            while self._waiting:
                first = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
                await self._send_one([each for each in first if not each[1].done()])
        finally:
            # In the step that found nothing waiting: whoever comes next starts a sender.
            self._sending -= 1

    async def _send_one(self, batch: Sequence[Command]) -> None:
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
