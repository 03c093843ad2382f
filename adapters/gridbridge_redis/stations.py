"""Stations: who holds their socket, what they said, and hints to whoever holds it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from gridbridge.domain.ids import SiteId, StationId
from gridbridge.domain.partitions import partition_of
from gridbridge.domain.slots import Slot
from gridbridge.ports.store import Acknowledged, StoreDownError, Wakeup
from gridbridge_redis import keys, replies
from gridbridge_redis.part import Context, Part
from gridbridge_redis.scripts import Script

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gridbridge.ports.store import Rewrite

ABOUT = b"about:"
"""What marks, in a station's record, its own words."""

INBOX_LENGTH = 10_000
INBOX_MS = 60_000
"""Hints are dropped after this: the sweep has long done what they ask."""

STRUCK_AT_ONCE = 500
"""Stations in one script: while it runs, the server does nothing else."""

log = structlog.get_logger(__name__)


class Stations(Part):
    """Implements `Sockets` and `Inbox`."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._heard = "0"

    async def claim(self, station: StationId) -> int:
        """Become the holder of the socket, and hint to the instance that held it before."""
        context = self._context
        key = self._key(station)
        reply = await self._link.run(
            Script.CLAIM, [key], context.instance, context.epochs.get(key, 0)
        )
        first, before = replies.items(reply)
        epoch, holder = replies.number(first), replies.data(before).decode()
        context.epochs[key] = epoch
        if holder not in {"", context.instance}:
            await self._evict(holder, station)
        return epoch

    async def _evict(self, holder: str, station: StationId) -> None:
        hint = Wakeup(site=self._context.home(station), station=station)
        try:
            await self.wake(holder, [hint])
        except StoreDownError as error:
            # The claim stands; the old holder finds out at its next sweep.
            log.warning("evict_hint_lost", station_id=station, error=str(error))

    async def holder(self, station: StationId) -> tuple[str, int] | None:
        """(instance, epoch) that hold the socket."""
        reply = await self._link.read("HMGET", self._key(station), "gw", "epoch")
        instance, epoch = replies.items(reply)
        if instance is None:
            return None
        return replies.data(instance).decode(), replies.number(epoch)

    async def release(self, station: StationId, epoch: int) -> None:
        """Let go, unless a newer epoch holds it."""
        await self._link.run(Script.RELEASE, [self._key(station)], epoch)

    async def strike_out(self, rewrites: Sequence[Rewrite]) -> frozenset[StationId]:
        """Forget what slots hold, unless the station has a newer socket; says which have.

        One call a partition, as those of one site mostly come together.
        """
        by_partition: dict[int, list[Rewrite]] = {}
        for each in rewrites:
            partition = partition_of(self._context.home(each.station))
            by_partition.setdefault(partition, []).append(each)
        calls = [
            self._strike_out(group[first : first + STRUCK_AT_ONCE])
            for group in by_partition.values()
            for first in range(0, len(group), STRUCK_AT_ONCE)
        ]
        found = await asyncio.gather(*calls)
        return frozenset(station for each in found for station in each)

    async def _strike_out(self, rewrites: Sequence[Rewrite]) -> list[StationId]:
        names: list[str] = []
        words: list[str | int] = []
        for station, epoch, slots in rewrites:
            names += (self._key(station), self._held(station))
            words += (epoch, len(slots), *(f"{evse}:{slot}" for evse, slot in slots))
        reply = await self._link.run(Script.STRIKE_OUT, names, *words)
        return [rewrites[replies.number(each)].station for each in replies.items(reply)]

    async def acknowledge(
        self, station: StationId, epoch: int, *, evse: int, slot: Slot, digest: str
    ) -> bool:
        """Remember what the station said yes to, unless it had a newer socket since."""
        names = [self._key(station), self._held(station)]
        reply = await self._link.run(Script.ACKNOWLEDGE, names, epoch, f"{evse}:{slot}", digest)
        return replies.number(reply) == 1

    async def acknowledged(self, station: StationId) -> Acknowledged:
        """What the station said yes to, whichever instance asked."""
        digests: dict[tuple[int, Slot], str] = {}
        for field, digest in replies.pairs(await self._link.read("HGETALL", self._held(station))):
            evse, _, slot = field.decode().partition(":")
            digests[int(evse), Slot(slot)] = digest.decode()
        return Acknowledged(digests=digests)

    async def forget(self, station: StationId) -> None:
        """The station holds nothing that it said yes to."""
        await self._link.write("DEL", self._held(station))

    async def describe(self, station: StationId, facts: Mapping[str, str]) -> None:
        """Keep what the station said of itself, beside what it said before."""
        if facts:
            words = [
                word for name, text in facts.items() for word in (ABOUT + name.encode(), text)
            ]
            await self._link.write("HSET", self._key(station), *words)

    async def description(self, station: StationId) -> dict[str, str]:
        """What the station said of itself."""
        reply = await self._link.read("HGETALL", self._key(station))
        return {
            name.removeprefix(ABOUT).decode(): text.decode()
            for name, text in replies.pairs(reply)
            if name.startswith(ABOUT)
        }

    async def wake(self, instance: str, wakeups: Sequence[Wakeup]) -> None:
        """Tell an instance that stations it holds should look at what they should hold."""
        if wakeups:
            words = [word for each in wakeups for word in (each.site, each.station)]
            await self._link.run(
                Script.HINT, [keys.inbox(instance)], INBOX_LENGTH, INBOX_MS, *words
            )

    async def woken(self, *, wait_s: float) -> list[Wakeup]:
        """Hints for this instance, each once; waits for the first, empty after `wait_s`."""
        words = ("STREAMS", keys.inbox(self._context.instance), self._heard)
        if wait_s > 0:
            block = max(1, round(wait_s * 1000))
            reply = await self._link.wait("XREAD", "BLOCK", block, *words, wait_s=wait_s)
        else:
            reply = await self._link.read("XREAD", *words)
        hints: dict[Wakeup, None] = {}
        for _, found in replies.streams(reply):
            for stream_id, fields in replies.stream(found):
                self._heard = stream_id.decode()
                site, station = fields[b"site"].decode(), fields[b"station"].decode()
                hints[Wakeup(site=SiteId(site), station=StationId(station))] = None
        return list(hints)

    def _key(self, station: StationId) -> str:
        return keys.station(self._context.home(station), station)

    def _held(self, station: StationId) -> str:
        return keys.held(self._context.home(station), station)
