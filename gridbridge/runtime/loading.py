"""From the log and its snapshots to the engines of a partition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.domain.facts import ConfigAdopted
from gridbridge.engine.site.engine import SiteEngine
from gridbridge.ports.store import START
from gridbridge.runtime.journal import log_order
from gridbridge.runtime.owned import Owned, Served

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gridbridge.domain.commands import StationDesired
    from gridbridge.domain.ids import ProgramName, StationId
    from gridbridge.domain.programs import Program
    from gridbridge.domain.site import Site
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
    ) -> None:
        self._programs = programs
        self._config = config
        self._store = store
        self._sink = sink
        self._clock = clock

    async def load(
        self, partition: int, sites: Sequence[Site], *, fence: int, before: Owned | None
    ) -> Owned:
        """The engines of a partition as its log has them, and what was cut `before` without it.

        Raises StoreDownError, NotStoredError and FencedOffError.
        """
        owned = Owned(fence=fence, upto=START)
        for site in sites:
            owned.sites[site.id] = await self._restored(site)
        reached = [served.engine.upto for served in owned.sites.values()]
        # Each engine skips what its own snapshot already holds.
        owned.upto = min(reached, key=log_order, default=START)
        while True:
            news = await self._store.read({partition: owned.upto}, wait_s=0.0)
            if not news.get(partition):
                break
            owned.receive(news[partition])
        for site_id, served in owned.sites.items():
            served.told((await self._store.desired(site_id)).values())
            if before is not None:
                await self._own_up(partition, owned, served, before.sites[site_id].cut)
        await self._adopt(owned)
        return owned

    async def _restored(self, site: Site) -> Served:
        snapshot = await self._store.snapshot(site.id)
        engine = (
            SiteEngine(site, self._programs, config=self._config)
            if snapshot is None
            else SiteEngine.restored(
                site,
                self._programs,
                config=self._config,
                snapshot=snapshot.state,
                upto=snapshot.upto,
            )
        )
        return Served(engine=engine, saved=self._clock.now())

    async def _own_up(
        self,
        partition: int,
        owned: Owned,
        served: Served,
        cuts: Mapping[StationId, StationDesired],
    ) -> None:
        """Have the log know what stations were told while it was away."""
        decided = served.owned_up(cuts.values(), now=self._clock.now())
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
        served.engine.receive(recorded, entry=served.engine.upto)
        served.told(decided.changes)

    async def _adopt(self, owned: Owned) -> None:
        """Say in the log that a site runs under this configuration, where it did not before."""
        for served in owned.sites.values():
            if served.engine.adopted != self._config:
                await self._sink.record(
                    ConfigAdopted(site=served.engine.site.id, config=self._config)
                )
