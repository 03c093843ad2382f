"""From a log and its snapshots to the engines of a partition, or of a VEN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.domain.facts import ConfigAdopted
from gridbridge.domain.units import Seconds
from gridbridge.engine.site.engine import SiteEngine
from gridbridge.ports.store import START, StoreRefusedError
from gridbridge.runtime.faults import STOPPED, EngineFaultError, Faults, boundary, refused
from gridbridge.runtime.journal import log_order
from gridbridge.runtime.owned import Owned, Served

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gridbridge.domain.commands import StationDesired
    from gridbridge.domain.ids import ProgramName, StationId
    from gridbridge.domain.programs import Program
    from gridbridge.domain.site import Site
    from gridbridge.engine.ven.engine import VenEngine
    from gridbridge.ports.clock import Clock
    from gridbridge.ports.store import Store
    from gridbridge.runtime.sink import StoringSink

STEP = 1000
SMALL_STEP = 100
"""Entries that are read at a time."""
PAUSE = Seconds(0.02)
"""After each small step, so that what is read costs the others little."""


class Loader:
    """Makes the engines of sites as their log has them."""

    def __init__(
        self,
        programs: Mapping[ProgramName, Program],
        *,
        config: str,
        store: Store,
        sink: StoringSink,
        clock: Clock,
        faults: Faults,
        engine: type[SiteEngine] = SiteEngine,
    ) -> None:
        self._programs = programs
        self._config = config
        self._store = store
        self._sink = sink
        self._clock = clock
        self._faults = faults
        self._engine = engine

    async def load(
        self,
        partition: int,
        sites: Sequence[Site],
        *,
        fence: int,
        before: Owned | None,
    ) -> Owned:
        """The engines of a partition as its log has them, and what was cut `before` without it.

        A site whose engine cannot be had is stopped. One that was, or whose pause is not over,
        stays so: `reload` is for it. Raises StoreDownError, NotStoredError and FencedOffError.
        """
        owned = Owned(fence=fence, upto=START, faults=self._faults)
        trying = []
        for site in sites:
            adrift = before is not None and site.id in before.sites
            stopped = before is not None and site.id in before.stopped
            if stopped or (self._faults.waits(site.id, STOPPED) and not adrift):
                owned.stopped[site.id] = {} if before is None else before.cut_of(site.id)
            else:
                trying.append(site)
        await self._fill(partition, owned, trying, before=before)
        return owned

    async def reload(self, partition: int, owned: Owned, site: Site) -> None:
        """Serve a stopped site again, if its engine can be had now; raises as `load`.

        It is handed over once it was read as far as the partition's other sites: the next read
        brings the rest to all. Where the store was lost meanwhile it stays as it is, and so does
        one that is cut and cannot be had better.
        """
        fresh = Owned(fence=owned.fence, upto=START, faults=self._faults)
        await self._fill(partition, fresh, [site], before=owned, gently=True)
        while fresh.sites and owned.sites and log_order(fresh.upto) < log_order(owned.upto):
            reached = fresh.upto
            await self._catch_up(partition, fresh, gently=True)
            if fresh.upto == reached:
                # The log has lost what the others have read already.
                return
        # From here on nothing waits, lest the others are read further.
        if owned.adrift or (fresh.stopped and site.id in owned.sites):
            return
        if not owned.sites:
            owned.upto = fresh.upto
        owned.stopped.pop(site.id, None)
        owned.sites |= fresh.sites
        owned.stopped |= fresh.stopped

    async def _fill(
        self,
        partition: int,
        owned: Owned,
        sites: Sequence[Site],
        *,
        before: Owned | None,
        gently: bool = False,
    ) -> None:
        for site in sites:
            cut = {} if before is None else before.cut_of(site.id)
            try:
                owned.sites[site.id] = await self._restored(site, cut)
            except EngineFaultError as error:
                owned.stop(site.id, cut, error)
            except StoreRefusedError as error:
                owned.stop(site.id, cut, refused("load", START, error))
        reached = [served.engine.upto for served in owned.sites.values()]
        # Each engine skips what its own snapshot already holds.
        owned.upto = min(reached, key=log_order, default=START)
        await self._catch_up(partition, owned, gently=gently)
        for served in list(owned.sites.values()):
            with owned.stopping(served):
                await self._go_on(partition, owned, served, again=before is not None)
        await self._adopt(owned)

    async def _catch_up(self, partition: int, owned: Owned, *, gently: bool = False) -> None:
        """Fold all that the log has, as long as there is a site that it is for."""
        limit = SMALL_STEP if gently else STEP
        while owned.sites:
            read = await self._store.read({partition: owned.upto}, wait_s=0.0, limit=limit)
            news = read.get(partition)
            if not news:
                break
            owned.receive(news, now=self._clock.now())
            if gently:
                await self._clock.sleep(PAUSE)

    async def _restored(self, site: Site, cut: Mapping[StationId, StationDesired]) -> Served:
        snapshot = await self._store.snapshot(site.id)
        with boundary("load", START if snapshot is None else snapshot.upto):
            engine = self._engine.of(site, self._programs, config=self._config, snapshot=snapshot)
        return Served(engine=engine, saved=self._clock.now(), cut=dict(cut))

    async def _go_on(self, partition: int, owned: Owned, served: Served, *, again: bool) -> None:
        """Begin from what stations hold."""
        site = served.engine.site.id
        try:
            served.told((await self._store.desired(site)).values())
        except StoreRefusedError as error:
            owned.stop(site, served.cut, refused("load", served.engine.upto, error))
            return
        try:
            await self._own_up(partition, owned, served, again=again)
        except StoreRefusedError as error:
            owned.refuse(served, error)

    async def _own_up(self, partition: int, owned: Owned, served: Served, *, again: bool) -> None:
        """Have the log know what stations were told while it was away, and the engine the log."""
        now = self._clock.now()
        cuts = served.cut.values()
        decided = served.owned_up(cuts, now=now) if again else served.put_back(now=now)
        if decided is None:
            return
        recorded = self._sink.recorded(decided)
        newest = {each.station: each for each in decided.changes}
        await self._store.decide(
            partition,
            fence=owned.fence,
            decision=recorded,
            desired=tuple(newest.values()),
        )
        served.receive(recorded, entry=served.engine.upto)
        served.told(decided.changes)
        served.cut.clear()

    async def _adopt(self, owned: Owned) -> None:
        """Say in the log that a site runs under this configuration, where it did not before."""
        for served in owned.sites.values():
            if served.engine.adopted != self._config:
                await self._sink.record(
                    ConfigAdopted(site=served.engine.site.id, config=self._config)
                )


async def ven_engine(store: Store, fresh: VenEngine) -> VenEngine:
    """The engine of a VEN as its log has it; `fresh` is one of that VEN. Raises StoreDownError."""
    engine = fresh.again()
    snapshot = await store.snapshot_ven(engine.ven)
    if snapshot is not None:
        engine.restore(snapshot.state, upto=snapshot.upto)
    upto = START if snapshot is None else snapshot.upto
    while entries := await store.read_ven(engine.ven, after=upto):
        for entry in entries:
            engine.receive(entry.recorded, entry=entry.id)
        upto = entries[-1].id
    return engine
