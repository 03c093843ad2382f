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

from gridbridge.domain.partitions import partition_of
from gridbridge.domain.units import Seconds
from gridbridge.engine.site.engine import SiteEngine
from gridbridge.ports.facts import NotStoredError
from gridbridge.ports.store import Entry, FencedOffError, Store, StoreDownError
from gridbridge.runtime.faults import Faults
from gridbridge.runtime.keeping import Keeper
from gridbridge.runtime.loading import Loader
from gridbridge.runtime.orphans import Held, open_sockets
from gridbridge.runtime.reviving import Reviver
from gridbridge.runtime.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gridbridge.domain.ids import ProgramName, SiteId
    from gridbridge.domain.programs import Program
    from gridbridge.domain.site import Site
    from gridbridge.ports.clock import Clock
    from gridbridge.runtime.delivery import Delivery
    from gridbridge.runtime.owned import Owned
    from gridbridge.runtime.sink import StoringSink

log = structlog.get_logger(__name__)

LONGEST_WAIT = Seconds(0.25)
"""How long a read may wait, so that newly owned partitions are picked up soon."""
KEEP_EVERY = Seconds(0.25)
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
        engine: type[SiteEngine] = SiteEngine,
    ) -> None:
        self._sites: dict[int, list[Site]] = {}
        for site in sites:
            self._sites.setdefault(partition_of(site.id), []).append(site)
        self._faults = Faults(clock)
        self._loader = Loader(
            programs,
            config=config,
            store=store,
            sink=sink,
            clock=clock,
            faults=self._faults,
            engine=engine,
        )
        self._turns = Turns(
            store=store,
            sink=sink,
            delivery=delivery,
            clock=clock,
            lost=self._fenced_off,
        )
        self._keeper = Keeper(store=store, clock=clock, faults=self._faults, lost=self._fenced_off)
        self._store = store
        self._sink = sink
        self._delivery = delivery
        self._clock = clock
        self._fences: dict[int, int] = {}
        self._owned: dict[int, Owned] = {}
        self._reviver = Reviver(
            owned=self._owned,
            stopped=self._stopped,
            loader=self._loader,
            faults=self._faults,
            clock=clock,
            lost=self._fenced_off,
        )
        self.served = asyncio.Event()
        """Set once every partition owned so far was taken over."""

    @property
    def partitions(self) -> frozenset[int]:
        """The partitions that hold a configured site; the others need no owner."""
        return frozenset(self._sites)

    def sockets(self) -> list[Held]:
        """The sockets of the stations served here that are open, as far as the log tells."""
        engines = [
            served.engine for each in self._owned.values() for served in each.sites.values()
        ]
        return [held for engine in engines for held in open_sockets(engine.site, engine.state)]

    @property
    def faults(self) -> Mapping[SiteId, int]:
        """How often the engine of each site raised since this process started."""
        return self._faults.counts

    def own(self, fences: Mapping[int, int]) -> None:
        """Serve these partitions from the next round on, and no others."""
        # Coming home may have raised a fence since these were asked for.
        self._fences = {
            partition: max(fence, self._owned[partition].fence if partition in self._owned else 0)
            for partition, fence in fences.items()
        }

    async def run(self) -> None:
        """Serve until cancelled; while the store is away, cut where it must be."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._serve(), name="sites decided")
            tasks.create_task(self._keep(), name="sites kept")
            tasks.create_task(self._reviver.run(), name="sites tried anew")

    async def _keep(self) -> None:
        while True:
            await self._clock.sleep(KEEP_EVERY)
            for partition, owned in list(self._owned.items()):
                if partition in self._fences and not owned.adrift:
                    try:
                        await self._keeper.keep(partition, owned, self._stopped(partition))
                    except StoreDownError:
                        # Deciding finds out by itself, and says so.
                        break

    async def _serve(self) -> None:
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
            self._owned[partition].receive(news, now=self._clock.now())
            self._sink.journal(partition).read(self._owned[partition].upto)
        await self._turns.serve(self._owned)

    async def drain(self) -> None:
        """Keep the state of every site, for whoever owns it next, where the store can take it."""
        try:
            for partition, owned in list(self._owned.items()):
                if owned.adrift or self._sink.journal(partition).waits:
                    # The log has all that matters; these engines have more.
                    await self._come_home(partition, owned)
                    continue
                await self._keeper.drain(partition, owned)
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

        The fence from now on; None where another instance owns it. It is a higher one even where
        the lease never ran out: a write that got no answer may still be on its way, and its
        versions are about to be used anew.
        """
        fence = await self._store.acquire(partition)
        # Our own lease that had run out counts one up, another owner in between at least two.
        if fence is not None and owned.fence <= fence <= owned.fence + 1:
            owned.fence = fence
            fence = await self._store.acquire(partition, anew=True)
            if fence == owned.fence + 1:
                owned.fence = fence
                await self._sink.settle(partition)
                return fence
        self._give_up(partition)
        return fence

    def _give_up(self, partition: int) -> None:
        log.warning("partition_lost", partition=partition)
        self._owned.pop(partition)
        for site in self._sites.get(partition, ()):
            self._delivery.uncut(station.id for station in site.stations)
        self._sink.forget(partition)

    def _fenced_off(self, partition: int, fence: int) -> None:
        """Somebody else has that fence's partition, unless we took it anew meanwhile."""
        if self._fences.get(partition) == fence:
            del self._fences[partition]
            log.warning("partition_lost", partition=partition)

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

    def _stopped(self, partition: int) -> list[Site]:
        owned = self._owned.get(partition)
        return [
            site
            for site in self._sites.get(partition, ())
            if owned is not None and owned.faulty(site.id)
        ]

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
        # Where every site is stopped nobody is read for.
        after = {partition: owned.upto for partition, owned in self._owned.items() if owned.sites}
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
