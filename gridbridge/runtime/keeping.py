"""What of a site is kept beside its decisions: the view that others read, and its state.

Neither stands in the way of a decision: both are written by a task of their own, a moment after
something changed, one site at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.codec import encode
from gridbridge.domain.units import Instant, Seconds
from gridbridge.ports.store import FencedOffError, Store, StoreDownError, StoreRefusedError
from gridbridge.runtime.announcing import Alarms
from gridbridge.runtime.faults import (
    NOT_KEPT,
    NOT_SHOWN,
    STOPPED,
    EngineFaultError,
    last_view,
    refused,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gridbridge.domain.site import Site
    from gridbridge.domain.views import SiteView
    from gridbridge.ports.clock import Clock
    from gridbridge.runtime.faults import Faults
    from gridbridge.runtime.owned import Owned, Served

SNAPSHOT_EVERY = Seconds(60.0)
SNAPSHOT_AFTER = 500
"""Facts."""


class Keeper:
    """Writes views and states; what an engine raises meanwhile ends there."""

    def __init__(
        self, *, store: Store, clock: Clock, faults: Faults, lost: Callable[[int, int], None]
    ) -> None:
        self._store = store
        self._clock = clock
        self._faults = faults
        self._lost = lost
        self._alarms = Alarms()

    async def keep(self, partition: int, owned: Owned, stopped: Sequence[Site]) -> None:
        """Write what is due of a partition; raises StoreDownError."""
        # As of now: coming home raises it, and what is refused then was not asked for under it.
        fence = owned.fence
        try:
            now = self._clock.now()
            for served in list(owned.sites.values()):
                await self._keep(owned, served, now)
            for site in stopped:
                if self._faults.unshown(site.id):
                    await self._show_last(owned, site)
        except FencedOffError:
            self._lost(partition, fence)

    async def drain(self, partition: int, owned: Owned) -> None:
        """Write every state that the log has all of; raises StoreDownError."""
        try:
            for served in list(owned.sites.values()):
                await self._save(owned, served)
        except FencedOffError:
            self._lost(partition, owned.fence)

    async def _keep(self, owned: Owned, served: Served, now: Instant) -> None:
        site = served.engine.site
        if owned.adrift or not served.whole or not served.tried:
            return
        if self._faults.over(site.id, STOPPED):
            served.changed(now)
        if served.to_show(now):
            await self._show(owned, served, now)
        if self._faults.unshown(site.id):
            await self._show_last(owned, site)
        if served.folded >= SNAPSHOT_AFTER or (
            served.folded and now - served.saved >= SNAPSHOT_EVERY
        ):
            await self._save(owned, served)

    async def _show(self, owned: Owned, served: Served, now: Instant) -> None:
        site = served.engine.site.id
        if self._faults.waits(site, NOT_SHOWN):
            return
        try:
            view = served.view(now)
        except EngineFaultError as error:
            self._faults.struck(site, error)
            return
        view = self._faults.marked(view, but=NOT_SHOWN)
        # What changes while it is written is shown next time.
        since, served.stale = served.stale, None
        try:
            await self._write(owned, view)
        except StoreRefusedError as error:
            served.stale = since
            self._faults.struck(site, refused("view", served.engine.upto, error))
            return
        except StoreDownError:
            served.stale = since
            raise
        self._faults.over(site, NOT_SHOWN)
        served.shown = now

    async def _show_last(self, owned: Owned, site: Site) -> None:
        """Show beside what was shown last that the engine raised."""
        try:
            document = await self._store.view(site.id)
            view = last_view(document, site, self._clock.now())
            await self._write(owned, self._faults.marked(view))
        except StoreRefusedError:
            # There is no place to show it in; the log has it.
            self._faults.shown(site.id)

    async def _write(self, owned: Owned, view: SiteView) -> None:
        await self._store.show(view.site, fence=owned.fence, view=encode(view))
        self._alarms.announce(view.alarms, site=view.site)
        self._faults.shown(view.site)

    async def _save(self, owned: Owned, served: Served) -> None:
        site = served.engine.site.id
        if owned.adrift or not served.whole or self._faults.waits(site, NOT_KEPT):
            return
        try:
            snapshot = served.snapshot()
        except EngineFaultError as error:
            self._faults.struck(site, error)
            return
        now, folded = self._clock.now(), served.folded
        try:
            await self._store.save(site, fence=owned.fence, snapshot=snapshot)
        except StoreRefusedError as error:
            self._faults.struck(site, refused("snapshot", snapshot.upto, error))
            return
        # What was folded while it was written is kept next time.
        served.saved, served.folded = now, served.folded - folded
        if self._faults.over(site, NOT_KEPT):
            served.changed(now)
