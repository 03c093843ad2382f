"""Stations whose gateway died without a word: nobody else would say that they are gone.

A socket that closes is told of by the instance that held it. One that was killed tells nothing,
and a station that does not come back would count as connected for ever. So the owner of a site
looks who holds the sockets of its stations, and speaks for an instance that has long been gone.

That instance may have been frozen, or cut off from the store alone, and its stations still be
there. So whoever says that a station is gone takes its socket's holder out of the store first, and
every instance looks now and then whether the store still names a holder for each socket it has. A
station of which it names none dials again, and is known again by its new socket. Nothing is
concluded from how long anybody was away: a store that is gone for all alike makes no station dial.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from gridbridge.domain.facts import StationDisconnected
from gridbridge.domain.ids import SiteId, StationId
from gridbridge.domain.units import Instant, Seconds
from gridbridge.ports.facts import NotStoredError
from gridbridge.ports.store import StoreDownError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from gridbridge.domain.site import Site
    from gridbridge.engine.site.state import SiteState
    from gridbridge.ports.clock import Clock
    from gridbridge.ports.facts import FactSink
    from gridbridge.ports.fleet import Fleet
    from gridbridge.ports.store import Sockets

log = structlog.get_logger(__name__)

LOOK_EVERY = Seconds(5.0)
GONE_FOR = Seconds(10.0)
"""An instance announces itself every 2 s; one that was away for less may only have been slow."""
CHECK_EVERY = Seconds(15.0)
"""So long, at most, is a station that is there taken for gone, once the store is in reach."""
CHECKED_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A socket that the log says is open."""

    site: SiteId
    station: StationId
    epoch: int


def open_sockets(site: Site, state: SiteState) -> list[Held]:
    """The sockets of a site's stations that are open, as far as the log tells."""
    return [
        Held(site=site.id, station=station.id, epoch=known.epoch)
        for station in site.stations
        if (known := state.stations[station.id]).connected
    ]


class Orphans:
    """Looks after the stations of the sites that this instance owns, and of those held here."""

    def __init__(
        self,
        *,
        held: Callable[[], Iterable[Held]],
        alive: Callable[[], Collection[str]],
        fleet: Fleet,
        hang_up: Callable[[Collection[StationId]], None],
        sockets: Sockets,
        instance: str,
        sink: FactSink,
        clock: Clock,
    ) -> None:
        self._held = held
        self._alive = alive
        self._fleet = fleet
        self._hang_up = hang_up
        self._sockets = sockets
        self._instance = instance
        self._sink = sink
        self._clock = clock
        self._since: dict[Held, Instant] = {}

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        checked = self._clock.now()
        while True:
            await self._clock.sleep(LOOK_EVERY)
            try:
                await self.look()
                if self._clock.now() - checked >= CHECK_EVERY:
                    await self.check()
                    checked = self._clock.now()
            except (StoreDownError, NotStoredError):
                # Nobody announces itself to a store that is away: count from anew.
                self._since.clear()

    async def look(self) -> None:
        """Say of each station that it is gone once its instance has been for long enough."""
        now, here = self._clock.now(), self._fleet.connected()
        since: dict[Held, Instant] = {}
        for held in self._held():
            if held.station not in here and await self._lost(held):
                since[held] = self._since.get(held, now)
        self._since = since
        for held, first in since.items():
            if now - first >= GONE_FOR:
                log.warning("station_orphaned", station_id=held.station, epoch=held.epoch)
                # First, so that what is said is never without a way back.
                await self._sockets.release(held.station, held.epoch)
                await self._sink.record(
                    StationDisconnected(
                        site=held.site,
                        station=held.station,
                        epoch=held.epoch,
                        reason="its gateway is gone",
                    )
                )

    async def check(self) -> None:
        """Have the stations dial again of which the store no longer knows that they are here."""
        here = sorted(self._fleet.connected())
        for first in range(0, len(here), CHECKED_AT_ONCE):
            some = here[first : first + CHECKED_AT_ONCE]
            holders = await asyncio.gather(*map(self._sockets.holder, some))
            still = self._fleet.connected()
            forgotten = [
                station
                for station, holder in zip(some, holders, strict=True)
                if holder is None and station in still
            ]
            if forgotten:
                log.warning("stations_forgotten", stations=len(forgotten))
                self._hang_up(forgotten)

    async def _lost(self, held: Held) -> bool:
        holder = await self._sockets.holder(held.station)
        if holder is None:
            return True
        instance, epoch = holder
        # A newer socket is about to say so itself.
        return epoch == held.epoch and instance not in {self._instance, *self._alive()}
