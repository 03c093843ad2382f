"""From what is desired to the sockets that can say it: here, or on the instance that holds them.

A hint may be lost: every instance looks at all it holds every 30 s.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from gridbridge.domain.units import Seconds
from gridbridge.ports.store import Store, StoreDownError, StoreRefusedError, Wakeup

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gridbridge.domain.commands import StationDesired
    from gridbridge.domain.ids import SiteId, StationId
    from gridbridge.ports.clock import Clock
    from gridbridge.ports.fleet import Fleet

log = structlog.get_logger(__name__)

SWEEP_EVERY = Seconds(30.0)
INBOX_WAIT_S = 1.0
LISTEN_AGAIN = Seconds(1.0)


class Delivery:
    """Hands desires to the fleet of this instance and wakes the others."""

    def __init__(
        self, fleet: Fleet, store: Store, site_of: Mapping[StationId, SiteId], clock: Clock
    ) -> None:
        self._fleet = fleet
        self._store = store
        self._site_of = site_of
        self._clock = clock
        self._cuts: dict[StationId, StationDesired] = {}

    def cut(self, cuts: Iterable[StationDesired]) -> None:
        """Have these held by sockets held here, although the store does not know of them.

        They stand for what the store has under their versions, until that is delivered anew or
        they are taken back.
        """
        for each in cuts:
            self._cuts[each.station] = each
            self._fleet.desire(each)
            log.info("cut_without_store", site=each.site, station_id=each.station)

    def uncut(self, stations: Iterable[StationId]) -> None:
        """Let the store speak for these again."""
        for station in stations:
            self._cuts.pop(station, None)

    async def deliver(self, desired: Sequence[StationDesired]) -> None:
        """Have these held, wherever the sockets are; they must be in the store already."""
        self.uncut(each.station for each in desired)
        here = self._fleet.connected()
        absent = []
        for each in desired:
            if each.station in here:
                self._fleet.desire(each)
            else:
                absent.append(Wakeup(site=each.site, station=each.station))
        holders = await asyncio.gather(*(self._store.holder(wakeup.station) for wakeup in absent))
        elsewhere: dict[str, list[Wakeup]] = {}
        for wakeup, holder in zip(absent, holders, strict=True):
            if holder is not None and holder[0] != self._store.instance:
                elsewhere.setdefault(holder[0], []).append(wakeup)
        for instance, wakeups in elsewhere.items():
            await self._store.wake(instance, wakeups)

    async def wanted(self, station: StationId) -> StationDesired | None:
        """What a station should hold, from the store; None where nothing was decided for it."""
        site = self._site_of.get(station)
        if site is None:
            return None
        desired = (await self._store.desired(site)).get(station)
        return None if desired is None else self._lowest(desired)

    async def listen(self) -> None:
        """Take hints from other instances, until cancelled."""
        while True:
            try:
                wakeups = await self._store.woken(wait_s=INBOX_WAIT_S)
                await self._look_at(
                    {wakeup.site for wakeup in wakeups}, {wakeup.station for wakeup in wakeups}
                )
            except StoreDownError:
                # Asked again at this pace, so that hints count soon after the store is back.
                await self._clock.sleep(LISTEN_AGAIN)

    async def sweep(self) -> None:
        """Look at all that is held here every 30 s, until cancelled."""
        while True:
            await self._clock.sleep(SWEEP_EVERY)
            stations = self._fleet.connected()
            sites = {self._site_of[station] for station in stations if station in self._site_of}
            try:
                await self._look_at(sites, stations)
            except StoreDownError:
                log.warning("sweep_skipped", reason="store down")

    async def _look_at(self, sites: Iterable[SiteId], stations: Iterable[StationId]) -> None:
        wanted = frozenset(stations) & self._fleet.connected()
        for site in sites:
            try:
                found = await self._store.desired(site)
            except StoreRefusedError as error:
                log.warning("desired_unreadable", site=site, reason=str(error))
                continue
            for station, desired in found.items():
                if station in wanted:
                    self._fleet.desire(self._lowest(desired))

    def _lowest(self, desired: StationDesired) -> StationDesired:
        """What the store has, or the cut that stands for it."""
        cut = self._cuts.get(desired.station)
        return desired if cut is None or cut.version < desired.version else cut
