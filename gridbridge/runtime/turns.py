"""One round of the sites of a partition: what was decided is stored, told, shown and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.codec import encode
from gridbridge.domain.units import Instant, Seconds
from gridbridge.ports.store import FencedOffError, Store, StoreDownError
from gridbridge.runtime.announcing import Alarms
from gridbridge.runtime.faults import NOT_KEPT, NOT_SHOWN, STOPPED, EngineFaultError, last_view

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from gridbridge.domain.commands import StationDesired
    from gridbridge.domain.decisions import Decided
    from gridbridge.domain.site import Site
    from gridbridge.domain.views import SiteView
    from gridbridge.ports.clock import Clock
    from gridbridge.runtime.delivery import Delivery
    from gridbridge.runtime.faults import Faults
    from gridbridge.runtime.owned import Owned, Served
    from gridbridge.runtime.sink import StoringSink

SHOW_EVERY = Seconds(1.0)
SNAPSHOT_EVERY = Seconds(60.0)
SNAPSHOT_AFTER = 500
"""Facts."""


class Turns:
    """Gives every site its turn; what its engine raises ends there."""

    def __init__(
        self,
        *,
        store: Store,
        sink: StoringSink,
        delivery: Delivery,
        clock: Clock,
        faults: Faults,
        lost: Callable[[int], None],
    ) -> None:
        self._store = store
        self._sink = sink
        self._delivery = delivery
        self._clock = clock
        self._faults = faults
        self._lost = lost
        self._alarms = Alarms()

    async def serve(self, partition: int, owned: Owned, stopped: Sequence[Site]) -> None:
        """A turn for each site; raises StoreDownError, with what had to be cut cut."""
        for served in list(owned.sites.values()):
            with owned.stopping(served):
                await self._fenced(partition, self._turn(partition, owned, served))
        for site in stopped:
            if self._faults.unshown(site.id):
                await self._fenced(partition, self._show_last(owned, site))

    async def keep(self, partition: int, owned: Owned, served: Served) -> None:
        """Keep the state of a site; raises StoreDownError."""
        await self._fenced(partition, self._save(owned, served))

    async def _turn(self, partition: int, owned: Owned, served: Served) -> None:
        now = self._clock.now()
        site = served.engine.site
        decided = served.decide(now)
        if decided is not None:
            await self._store_decision(partition, owned, served, decided)
        if served.control and not served.delivered:
            # After its first decision, so that nothing is undone which that asks for.
            await self._delivery.deliver(served.wanted())
            served.delivered = True
        served.stale |= self._faults.over(site.id, STOPPED)
        if served.stale and now - served.shown >= SHOW_EVERY:
            await self._show(owned, served, now)
        if self._faults.unshown(site.id):
            await self._show_last(owned, site)
        if served.folded >= SNAPSHOT_AFTER or (
            served.folded and now - served.saved >= SNAPSHOT_EVERY
        ):
            await self._save(owned, served)

    async def _store_decision(
        self, partition: int, owned: Owned, served: Served, decided: Decided
    ) -> None:
        changes: tuple[StationDesired, ...] = decided.changes if served.control else ()
        now = self._clock.now()
        view = self._view(served, now)
        try:
            await self._store.decide(
                partition,
                fence=owned.fence,
                decision=self._sink.recorded(decided),
                desired=changes,
                view=None if view is None else encode(view),
            )
        except StoreDownError:
            with owned.stopping(served):
                self._delivery.cut(served.cuts(changes, now=now))
            raise
        served.told(changes)
        served.stale = True
        if view is not None:
            self._shown(served, view)
        await self._delivery.deliver(changes)

    # --- what others read -----------------------------------------------------------------------

    async def _show(self, owned: Owned, served: Served, now: Instant) -> None:
        view = self._view(served, now)
        if view is not None:
            await self._store.show(view.site, fence=owned.fence, view=encode(view))
            self._shown(served, view)

    def _view(self, served: Served, now: Instant) -> SiteView | None:
        """What the API shall show of a site; None where that fails, which holds up nothing."""
        site = served.engine.site.id
        if self._faults.waits(site, NOT_SHOWN):
            return None
        try:
            view = served.view(now)
        except EngineFaultError as error:
            self._faults.struck(site, error)
            return None
        self._faults.over(site, NOT_SHOWN)
        return self._faults.marked(view)

    def _shown(self, served: Served, view: SiteView) -> None:
        self._alarms.announce(view.alarms, site=view.site)
        self._faults.shown(view.site)
        served.shown, served.stale = view.at, False

    async def _show_last(self, owned: Owned, site: Site) -> None:
        """Show beside what was shown last that the engine raised."""
        document = await self._store.view(site.id)
        view = self._faults.marked(last_view(document, site, self._clock.now()))
        await self._store.show(site.id, fence=owned.fence, view=encode(view))
        self._alarms.announce(view.alarms, site=view.site)
        self._faults.shown(site.id)

    async def _save(self, owned: Owned, served: Served) -> None:
        site = served.engine.site.id
        if self._faults.waits(site, NOT_KEPT):
            return
        try:
            snapshot = served.snapshot()
        except EngineFaultError as error:
            self._faults.struck(site, error)
            return
        await self._store.save(site, fence=owned.fence, snapshot=snapshot)
        served.stale |= self._faults.over(site, NOT_KEPT)
        served.saved, served.folded = self._clock.now(), 0

    async def _fenced(self, partition: int, write: Awaitable[None]) -> None:
        """Await a write that carries the fence; give up a partition that is not ours any more."""
        try:
            await write
        except FencedOffError:
            self._lost(partition)
