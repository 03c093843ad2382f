"""The engines of the sites in the partitions this instance owns: fold, decide, store, wake.

One loop reads the logs of all owned partitions in one call, so that a decision takes one read and
one write whoever brought the fact, and a second instance needs nothing that this one does not.

While the store is away the same engines fold what could not be stored, and only what their
decisions cut is told (`cuts` says why that is safe). Afterwards they are read anew from the log.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from gridbridge.codec import encode
from gridbridge.domain.partitions import partition_of
from gridbridge.domain.units import Instant, Seconds
from gridbridge.ports.facts import NotStoredError
from gridbridge.ports.store import Entry, FencedOffError, Snapshot, Store, StoreDownError
from gridbridge.runtime.announcing import Alarms
from gridbridge.runtime.loading import Loader
from gridbridge.runtime.orphans import Held

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping, Sequence

    from gridbridge.domain.commands import StationDesired
    from gridbridge.domain.decisions import Decided
    from gridbridge.domain.ids import ProgramName
    from gridbridge.domain.programs import Program
    from gridbridge.domain.site import Site
    from gridbridge.ports.clock import Clock
    from gridbridge.runtime.delivery import Delivery
    from gridbridge.runtime.owned import Owned, Served
    from gridbridge.runtime.sink import StoringSink

log = structlog.get_logger(__name__)

LONGEST_WAIT = Seconds(0.25)
"""How long a read may wait, so that newly owned partitions are picked up soon."""
SHOW_EVERY = Seconds(1.0)
SNAPSHOT_EVERY = Seconds(60.0)
SNAPSHOT_AFTER = 500
"""Facts."""
TRY_AGAIN = Seconds(0.5)
"""A store that is away is tried at this pace, so that one that is back is used at once."""


class SitesWorker:
    """Serves the sites of owned partitions until it is told that it no longer owns them."""

    def __init__(
        self,
        sites: Sequence[Site],
        programs: Mapping[ProgramName, Program],
        *,
        config: str,
        store: Store,
        sink: StoringSink,
        delivery: Delivery,
        clock: Clock,
    ) -> None:
        self._sites: dict[int, list[Site]] = {}
        for site in sites:
            self._sites.setdefault(partition_of(site.id), []).append(site)
        self._loader = Loader(programs, config=config, store=store, sink=sink, clock=clock)
        self._store = store
        self._sink = sink
        self._delivery = delivery
        self._clock = clock
        self._fences: dict[int, int] = {}
        self._owned: dict[int, Owned] = {}
        self._alarms = Alarms()
        self.served = asyncio.Event()
        """Set once every partition owned so far was taken over."""

    @property
    def partitions(self) -> frozenset[int]:
        """The partitions that hold a configured site; the others need no owner."""
        return frozenset(self._sites)

    def sockets(self) -> list[Held]:
        """The sockets of the stations served here that are open, as far as the log tells."""
        return [
            Held(site=name, station=station.id, epoch=state.epoch)
            for owned in self._owned.values()
            for name, served in owned.sites.items()
            for station in served.engine.site.stations
            if (state := served.engine.state.stations[station.id]).connected
        ]

    def own(self, fences: Mapping[int, int]) -> None:
        """Serve these partitions from the next round on, and no others."""
        self._fences = dict(fences)

    async def run(self) -> None:
        """Serve until cancelled; while the store is away, cut where it must be."""
        away = False
        while True:
            try:
                await self._round()
            except (StoreDownError, NotStoredError) as error:
                if not away:
                    log.warning("sites_only_cut", reason=str(error))
                away = True
                await self._alone()
            else:
                if away:
                    log.info("sites_served")
                away = False

    async def _round(self) -> None:
        await self._take_over()
        entries = await self._read()
        for partition, news in entries.items():
            self._owned[partition].receive(news)
            self._sink.journal(partition).read(self._owned[partition].upto)
        for partition in list(self._owned):
            await self._serve(partition)

    async def drain(self) -> None:
        """Keep the state of every site, for whoever owns it next, where the store can take it."""
        try:
            for partition, owned in list(self._owned.items()):
                if owned.adrift or self._sink.journal(partition).waits:
                    # The log has all that matters; these engines have more.
                    await self._come_home(partition, owned)
                    continue
                for served in owned.sites.values():
                    await self._fenced(partition, self._save(owned, served))
        except StoreDownError as error:
            # A snapshot only saves time: the log has all that it holds.
            log.warning("states_not_kept", reason=str(error))
        for partition in self._owned:
            self._sink.forget(partition)

    # --- without the store ---------------------------------------------------------------------

    async def _alone(self) -> None:
        """Cut where it must be, until the store answers; it is asked twice a second."""
        for owned in self._owned.values():
            owned.adrift = True
        async with asyncio.TaskGroup() as tasks:
            back = tasks.create_task(self._back(), name="store back")
            while not back.done():
                self._cut()
                await self._clock.sleep(LONGEST_WAIT)

    async def _back(self) -> None:
        await self._clock.sleep(TRY_AGAIN)
        while not await self._store.ping():
            await self._clock.sleep(TRY_AGAIN)

    def _cut(self) -> None:
        for partition, owned in self._owned.items():
            if partition in self._fences:
                facts = self._sink.journal(partition).to_fold()
                self._delivery.cut(owned.cuts(facts, now=self._clock.now()))

    async def _come_home(self, partition: int, owned: Owned) -> int | None:
        """Write what was kept, if nobody else can have owned the partition meanwhile.

        The fence from now on; None where another instance owns it.
        """
        fence = await self._store.acquire(partition)
        # Our own lease that had run out counts one up, another owner in between at least two.
        if fence is None or not owned.fence <= fence <= owned.fence + 1:
            self._give_up(partition)
        else:
            await self._sink.settle(partition)
        return fence

    def _give_up(self, partition: int) -> None:
        log.warning("partition_lost", partition=partition)
        self._delivery.uncut(self._owned.pop(partition).stations())
        self._sink.forget(partition)

    # --- taking over ---------------------------------------------------------------------------

    async def _take_over(self) -> None:
        for partition in set(self._owned) - set(self._fences):
            self._give_up(partition)
        for partition, known in list(self._fences.items()):
            owned = self._owned.get(partition)
            fence: int | None = known
            if owned is not None:
                owned.adrift |= self._sink.journal(partition).waits
                if owned.fence == known and not owned.adrift:
                    continue
                fence = await self._come_home(partition, owned)
            if fence is None:
                self._fences.pop(partition, None)
                continue
            self._fences[partition] = fence
            await self._load(partition, fence)
        self.served.set()

    async def _load(self, partition: int, fence: int) -> None:
        before = self._owned.get(partition)
        try:
            owned = await self._loader.load(
                partition, self._sites.get(partition, []), fence=fence, before=before
            )
        except FencedOffError:
            self._fences.pop(partition, None)
            return
        self._owned[partition] = owned
        self._sink.journal(partition).loaded(owned.upto)
        log.info("partition_taken", partition=partition, fence=fence)

    # --- one round -----------------------------------------------------------------------------

    async def _read(self) -> dict[int, list[Entry]]:
        after = {partition: owned.upto for partition, owned in self._owned.items()}
        if not after:
            await self._clock.sleep(LONGEST_WAIT)
            return {}
        return await self._store.read(after, wait_s=self._wait())

    def _wait(self) -> float:
        now = self._clock.now()
        due = [
            wakeup - now
            for owned in self._owned.values()
            for served in owned.sites.values()
            if (wakeup := served.engine.next_wakeup()) is not None
        ]
        return max(min([*due, LONGEST_WAIT]), 0.0)

    async def _serve(self, partition: int) -> None:
        owned = self._owned[partition]
        now = self._clock.now()
        for served in owned.sites.values():
            decided = served.engine.decide(now)
            if decided is not None:
                await self._fenced(
                    partition, self._store_decision(partition, owned, served, decided)
                )
            if served.control and not served.delivered and partition in self._fences:
                # After its first decision, so that nothing is undone which that asks for.
                await self._delivery.deliver(served.wanted())
                served.delivered = True
            if served.stale and now - served.shown >= SHOW_EVERY:
                await self._fenced(partition, self._show(owned, served, now))
            if served.folded >= SNAPSHOT_AFTER or (
                served.folded and now - served.saved >= SNAPSHOT_EVERY
            ):
                await self._fenced(partition, self._save(owned, served))

    async def _store_decision(
        self, partition: int, owned: Owned, served: Served, decided: Decided
    ) -> None:
        changes: tuple[StationDesired, ...] = decided.changes if served.control else ()
        now = self._clock.now()
        view = served.engine.view(now)
        try:
            await self._store.decide(
                partition,
                fence=owned.fence,
                decision=self._sink.recorded(decided),
                desired=changes,
                view=encode(view),
            )
        except StoreDownError:
            self._delivery.cut(served.cuts(changes, now=now))
            raise
        self._alarms.announce(view)
        served.told(changes)
        served.shown, served.stale = now, False
        await self._delivery.deliver(changes)

    async def _show(self, owned: Owned, served: Served, now: Instant) -> None:
        view = served.engine.view(now)
        await self._store.show(served.engine.site.id, fence=owned.fence, view=encode(view))
        self._alarms.announce(view)
        served.shown, served.stale = now, False

    async def _save(self, owned: Owned, served: Served) -> None:
        await self._store.save(
            served.engine.site.id,
            fence=owned.fence,
            snapshot=Snapshot(upto=served.engine.upto, state=served.engine.snapshot()),
        )
        served.saved, served.folded = self._clock.now(), 0

    async def _fenced(self, partition: int, write: Awaitable[None]) -> None:
        """Await a write that carries the fence; give up a partition that is not ours any more."""
        try:
            await write
        except FencedOffError:
            log.warning("partition_lost", partition=partition)
            self._fences.pop(partition, None)
