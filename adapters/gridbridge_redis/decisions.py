"""What engines settled and left behind, under the fence of their owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.codec import CodecError, decode, encode
from gridbridge.domain.commands import StationDesired
from gridbridge.domain.decisions import Decided
from gridbridge.domain.ids import StationId
from gridbridge.domain.partitions import partition_of
from gridbridge.ports.store import StoreRefusedError
from gridbridge_redis import keys, replies
from gridbridge_redis.part import SEEN, SEEN_MS, Part
from gridbridge_redis.scripts import Script

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridbridge.domain.facts import Recorded
    from gridbridge.domain.ids import SiteId, VenName
    from gridbridge.ports.store import Snapshot
    from gridbridge_redis.batches import Word


class SiteDecisions(Part):
    """Implements `Decisions`."""

    async def decide(
        self,
        partition: int,
        *,
        fence: int,
        decision: Recorded,
        desired: Sequence[StationDesired],
        view: bytes | None = None,
    ) -> str:
        """Append the decision, set what its stations should hold and the site's view, or nothing.

        Raises FencedOffError; ValueError where the decision, or what is desired, is of
        another site or partition: that cannot be written in one piece.
        """
        fact = decision.fact
        if not isinstance(fact, Decided) or partition_of(fact.site) != partition:
            raise ValueError(f"this is no decision about a site of partition {partition}")
        if any(each.site != fact.site for each in desired):
            raise ValueError(f"what is desired is not all of site {fact.site}")
        log, engine = keys.of_partition(partition), keys.of_site(fact.site)
        words: list[Word] = []
        for each in desired:
            words += (each.station.encode(), each.version, encode(each))
        reply = await self._link.run(
            Script.DECIDE,
            [
                log.owner,
                log.facts,
                log.seen(decision.writer),
                engine.desired,
                *([] if view is None else [engine.view]),
            ],
            fence,
            SEEN,
            SEEN_MS,
            decision.seq,
            self._own_words.encoded(decision),
            view or b"",
            *words,
        )
        return replies.out_of_store(replies.data(replies.fenced(reply)))

    async def desired(self, site: SiteId) -> dict[StationId, StationDesired]:
        """What each station of a site should hold."""
        reply = await self._link.read("HGETALL", keys.of_site(site).desired)
        try:
            return {
                StationId(name.decode()): decode(document, StationDesired)
                for name, document in replies.pairs(reply)
            }
        except CodecError:
            raise StoreRefusedError("desired: CodecError") from None

    async def show(self, site: SiteId, *, fence: int, view: bytes) -> None:
        """Replace what the API shows of a site; raises FencedOffError."""
        owner, engine = keys.of_partition(partition_of(site)).owner, keys.of_site(site)
        reply = await self._link.run(
            Script.SAVE, [owner, engine.snapshot, engine.view], fence, "", b"", view
        )
        replies.fenced(reply)

    async def view(self, site: SiteId) -> bytes | None:
        """What the API shows of a site."""
        return replies.data_or_none(await self._link.read("GET", keys.of_site(site).view))

    async def save(self, site: SiteId, *, fence: int, snapshot: Snapshot) -> None:
        """Keep an engine's state; raises FencedOffError."""
        owner, engine = keys.of_partition(partition_of(site)).owner, keys.of_site(site)
        reply = await self._link.run(
            Script.SAVE,
            [owner, engine.snapshot, engine.view],
            fence,
            snapshot.upto,
            snapshot.state,
        )
        replies.fenced(reply)

    async def snapshot(self, site: SiteId) -> Snapshot | None:
        """The newest state kept."""
        return replies.snapshot(await self._link.read("HGETALL", keys.of_site(site).snapshot))


class VenDecisions(Part):
    """Implements the deciding half of `VenLog`."""

    async def decide_ven(self, ven: VenName, *, fence: int, decision: Recorded) -> str:
        """Append a `VenDecided`; raises FencedOffError."""
        log = keys.of_ven(ven)
        reply = await self._link.run(
            Script.DECIDE,
            [log.owner, log.facts, log.seen(decision.writer)],
            fence,
            SEEN,
            SEEN_MS,
            decision.seq,
            self._own_words.encoded(decision),
            b"",
        )
        return replies.out_of_store(replies.data(replies.fenced(reply)))

    async def save_ven(self, ven: VenName, *, fence: int, snapshot: Snapshot, view: bytes) -> None:
        """Keep the state and the view of a VEN; raises FencedOffError."""
        owner, engine = keys.of_ven(ven).owner, keys.of_ven_engine(ven)
        reply = await self._link.run(
            Script.SAVE,
            [owner, engine.snapshot, engine.view],
            fence,
            snapshot.upto,
            snapshot.state,
            view,
        )
        replies.fenced(reply)

    async def snapshot_ven(self, ven: VenName) -> Snapshot | None:
        """The newest state kept of a VEN."""
        return replies.snapshot(await self._link.read("HGETALL", keys.of_ven_engine(ven).snapshot))

    async def view_ven(self, ven: VenName) -> bytes | None:
        """What the API shows of a VEN and its events."""
        return replies.data_or_none(await self._link.read("GET", keys.of_ven_engine(ven).view))
