"""Metered energy of the past, under the fence of the site's owner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridbridge.codec import decode, encode
from gridbridge.domain.history import EnergyBucket, Every, EvseEnergy
from gridbridge.domain.ids import StationId
from gridbridge.domain.partitions import partition_of
from gridbridge.domain.units import Instant, Seconds, WattHours
from gridbridge_redis import keys, replies
from gridbridge_redis.part import Part
from gridbridge_redis.scripts import Script

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gridbridge.domain.ids import SiteId
    from gridbridge.ports.store import Snapshot

FIRST_SET = 3
"""Which of the script's keys is the sorted set of the first length."""


Row = tuple[StationId, int, WattHours, WattHours, Seconds]
"""Station, EVSE, imported, exported, covered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A bucket as it is stored: there are thousands a site, so its rows have no names."""

    start: Instant
    rows: tuple[Row, ...]


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
            for word in (number, _score(bucket.start), _written(bucket))
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
        return [_bucket(replies.data(each)) for each in replies.items(reply)]


def _written(bucket: EnergyBucket) -> bytes:
    rows = tuple(
        (each.station, each.evse, each.imported, each.exported, each.covered)
        for each in bucket.evses
    )
    return encode(Written(start=bucket.start, rows=rows))


def _bucket(document: bytes) -> EnergyBucket:
    written = decode(document, Written)
    return EnergyBucket(
        start=written.start,
        evses=tuple(
            EvseEnergy(
                station=station, evse=evse, imported=imported, exported=exported, covered=covered
            )
            for station, evse, imported, exported, covered in written.rows
        ),
    )


def _score(instant: float) -> str:
    """An instant as a sorted set's score, to the microsecond; infinity as it is called there."""
    return f"{instant:.6f}"
