"""Logs of partitions and VENs, and who may decide in them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import orjson

from gridbridge_redis import keys, replies
from gridbridge_redis.part import SEEN, SEEN_MS, Part
from gridbridge_redis.scripts import Script

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gridbridge.domain.facts import Recorded
    from gridbridge.domain.ids import VenName
    from gridbridge.ports.store import Entry
    from gridbridge_redis.batches import Word


class Logs(Part):
    """Implements `FactLog`, and of `VenLog` what concerns the log itself."""

    async def append(self, partition: int, facts: Sequence[Recorded]) -> str:
        """Store the facts in order; the id of the log's newest entry, "0" before the first."""
        return await self._append(keys.of_partition(partition), facts)

    async def append_ven(self, ven: VenName, facts: Sequence[Recorded]) -> str:
        """The same for the log of a VEN."""
        return await self._append(keys.of_ven(ven), facts)

    async def _append(self, log: keys.LogKeys, facts: Sequence[Recorded]) -> str:
        writers = list(dict.fromkeys(recorded.writer for recorded in facts))
        words: list[Word] = []
        for recorded in facts:
            # Lua counts from 1, and the log comes first.
            document = self._own_words.encoded(recorded)
            words += [writers.index(recorded.writer) + 2, recorded.seq, document]
        reply = await self._link.run(
            Script.APPEND, [log.facts, *map(log.seen, writers)], SEEN, SEEN_MS, *words
        )
        return replies.out_of_store(replies.data(reply))

    async def read(
        self, after: Mapping[int, str], *, wait_s: float, limit: int = 1000
    ) -> dict[int, list[Entry]]:
        """Entries later than `after` of each partition, at most `limit` of each."""
        if not after:
            return {}
        partitions = {keys.of_partition(partition).facts: partition for partition in after}
        positions = [replies.into_store(position) for position in after.values()]
        words = ["STREAMS", *partitions, *positions]
        if wait_s > 0:
            block = max(1, round(wait_s * 1000))
            reply = await self._link.wait(
                "XREAD", "COUNT", limit, "BLOCK", block, *words, wait_s=wait_s
            )
        else:
            reply = await self._link.read("XREAD", "COUNT", limit, *words)
        entries: dict[int, list[Entry]] = {}
        for key, found in replies.streams(reply):
            entries[partitions[key]] = replies.facts(found, self._own_words)
            # Thousands of entries take their time, and calls under way have their deadlines.
            await asyncio.sleep(0)
        return entries

    async def read_ven(self, ven: VenName, *, after: str, limit: int = 1000) -> list[Entry]:
        """Entries later than `after`, without waiting."""
        key, position = keys.of_ven(ven).facts, replies.into_store(after)
        reply = await self._link.read("XREAD", "COUNT", limit, "STREAMS", key, position)
        return [
            entry
            for _, found in replies.streams(reply)
            for entry in replies.facts(found, self._own_words)
        ]

    async def trim(self, partition: int, *, before: str, fence: int) -> int:
        """Drop entries older than `before` and return how many; raises FencedOffError."""
        return await self._trim(keys.of_partition(partition), before, fence)

    async def trim_ven(self, ven: VenName, *, before: str, fence: int) -> int:
        """The same for the log of a VEN."""
        return await self._trim(keys.of_ven(ven), before, fence)

    async def _trim(self, log: keys.LogKeys, before: str, fence: int) -> int:
        position = replies.into_store(before)
        reply = await self._link.run(Script.TRIM, [log.owner, log.facts], fence, position)
        return replies.number(replies.fenced(reply))


class Leases(Part):
    """Implements `Ownership`."""

    async def announce(self, *, version: str, listeners: Sequence[str]) -> frozenset[str]:
        """Say that this instance lives, for one lease, and return all that live."""
        instance, lease_ms = self._context.instance, self._context.lease_ms
        key, listening = keys.gateway(instance), orjson.dumps(list(listeners))
        await self._link.run(Script.ANNOUNCE, [key], lease_ms, version, listening)
        reply = await self._link.run(Script.ALIVE, [keys.GATEWAYS], instance, lease_ms)
        return frozenset(replies.data(each).decode() for each in replies.items(reply))

    async def acquire(self, partition: int, *, anew: bool = False) -> int | None:
        """Take or renew the lease of a partition; `anew` under a higher fence in any case."""
        return await self._acquire(keys.of_partition(partition).owner, anew=anew)

    async def acquire_ven(self, ven: VenName) -> int | None:
        """Take or renew the lease of a VEN."""
        return await self._acquire(keys.of_ven(ven).owner)

    async def let_go(self, partition: int) -> None:
        """Give a partition up at once."""
        await self._let_go(keys.of_partition(partition).owner)

    async def let_go_ven(self, ven: VenName) -> None:
        """Give a VEN up at once."""
        await self._let_go(keys.of_ven(ven).owner)

    async def _acquire(self, owner: str, *, anew: bool = False) -> int | None:
        context = self._context
        known = context.fences.get(owner, 0)
        reply = await self._link.run(
            Script.LEASE, [owner], context.instance, context.lease_ms, known, int(anew)
        )
        fence = replies.number(reply)
        if not fence:
            return None
        context.fences[owner] = max(fence, known, context.fences.get(owner, 0))
        return fence

    async def _let_go(self, owner: str) -> None:
        await self._link.run(Script.LET_GO, [owner], self._context.instance)
