"""Metered energy of the past, under the fence of the site's owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.codec import decode, encode
from gridbridge.domain.history import EnergyBucket, Every
from gridbridge.domain.partitions import partition_of
from gridbridge_redis import keys, replies
from gridbridge_redis.part import Part
from gridbridge_redis.scripts import Script

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gridbridge.domain.ids import SiteId
    from gridbridge.domain.units import Instant
    from gridbridge.ports.store import Snapshot

FIRST_SET = 3
"""Which of the script's keys is the sorted set of the first length."""


class Histories(Part):
    """Implements `History`."""

    async def keep_history(
        self,
        site: SiteId,
        *,
        fence: int,
        now: Instant,
        reached: Snapshot,
        buckets: Mapping[Every, Sequence[EnergyBucket]],
    ) -> None:
        """Replace buckets with the state reached; raises FencedOffError."""
        words = [
            word
            for number, every in enumerate(Every, start=FIRST_SET)
            for bucket in buckets.get(every, ())
            for word in (number, _score(bucket.start), encode(bucket))
        ]
        reply = await self._link.run(
            Script.HISTORY,
            [
                keys.of_partition(partition_of(site)).owner,
                keys.history(site),
                *(keys.history_every(site, every) for every in Every),
            ],
            fence,
            reached.upto,
            reached.state,
            *(_score(now - every.kept) for every in Every),
            *words,
        )
        replies.fenced(reply)

    async def history_reached(self, site: SiteId) -> Snapshot | None:
        """The state that belongs to the buckets kept."""
        return replies.snapshot(await self._link.read("HGETALL", keys.history(site)))

    async def history(
        self, site: SiteId, *, every: Every, start: Instant, end: Instant
    ) -> list[EnergyBucket]:
        """Buckets of one length that begin in that time."""
        key = keys.history_every(site, every)
        reply = await self._link.read("ZRANGEBYSCORE", key, _score(start), f"({_score(end)}")
        return [decode(replies.data(each), EnergyBucket) for each in replies.items(reply)]


def _score(instant: float) -> str:
    """An instant as a sorted set's score, to the microsecond; infinity as it is called there."""
    return f"{instant:.6f}"
