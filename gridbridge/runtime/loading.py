"""From a log and its snapshots to the engines of a partition, or of a VEN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.domain.facts import ConfigAdopted
from gridbridge.engine.site.engine import SiteEngine
from gridbridge.ports.store import START
from gridbridge.runtime.faults import STOPPED, EngineFaultError, Faults, boundary
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
        until: str | None = None,
    ) -> Owned:
        """The engines of a partition as its log has them, and what was cut `before` without it.

        A site whose engine cannot be had is stopped, and one whose pause is not over stays so.
        Raises StoreDownError, NotStoredError and FencedOffError.
        """
        owned = Owned(fence=fence, upto=START, faults=self._faults)
        for site in sites:
            cut = {} if before is None else before.cut_of(site.id)
            if self._faults.waits(site.id, STOPPED):
                owned.stopped[site.id] = cut
                continue
            try:
                owned.sites[site.id] = await self._restored(site, cut)
            except EngineFaultError as error:
                owned.stop(site.id, cut, error)
        await self._catch_up(partition, owned, until=until)
        for served in list(owned.sites.values()):
            served.told((await self._store.desired(served.engine.site.id)).values())
            with owned.stopping(served):
                await self._own_up(partition, owned, served, again=before is not None)
        await self._adopt(owned)
        return owned

    async def reload(self, partition: int, owned: Owned, site: Site) -> None:
        """Serve a stopped site again, if its engine can be had now; raises as `load`.

        It is read as far as the partition's other sites: the next read brings the rest to all.
        """
        fresh = await self.load(
            partition, [site], fence=owned.fence, before=owned, until=owned.upto
        )
        del owned.stopped[site.id]
        owned.sites |= fresh.sites
        owned.stopped |= fresh.stopped

    async def _catch_up(self, partition: int, owned: Owned, *, until: str | None) -> None:
        reached = [served.engine.upto for served in owned.sites.values()]
        # Each engine skips what its own snapshot already holds.
        owned.upto = min(reached, key=log_order, default=START)
        while True:
            news = (await self._store.read({partition: owned.upto}, wait_s=0.0)).get(partition, [])
            if until is not None:
                news = [entry for entry in news if log_order(entry.id) <= log_order(until)]
            if not news:
                break
            owned.receive(news, now=self._clock.now())

    async def _restored(self, site: Site, cut: Mapping[StationId, StationDesired]) -> Served:
        snapshot = await self._store.snapshot(site.id)
        with boundary("load", START if snapshot is None else snapshot.upto):
            engine = (
                self._engine(site, self._programs, config=self._config)
                if snapshot is None
                else self._engine.restored(
                    site,
                    self._programs,
                    config=self._config,
                    snapshot=snapshot.state,
                    upto=snapshot.upto,
                )
            )
        return Served(engine=engine, saved=self._clock.now(), cut=dict(cut))

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
