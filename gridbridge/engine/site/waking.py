"""When a site is to be decided upon again although no fact comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.domain.units import FOREVER, Instant
from gridbridge.engine.site import baseload
from gridbridge.engine.site.envelope import HALF_DAY
from gridbridge.engine.site.holds import overdue_at
from gridbridge.engine.site.metering import VOLTS_FOR

if TYPE_CHECKING:
    from gridbridge.domain.site import Site
    from gridbridge.engine.site.envelope import Envelope
    from gridbridge.engine.site.state import SiteState

JUST_AFTER = 0.001


def next_change(site: Site, state: SiteState, current: Envelope, now: Instant) -> Instant:
    """The next moment at which the same facts would be decided upon differently."""
    times = [current.until - HALF_DAY, *(bound.end for bound in current.bounds)]
    for station in state.stations.values():
        for own in station.evses.values():
            if own.told:
                times.append(overdue_at(station, own))
            if own.volts_at is not None:
                times.append(own.volts_at + VOLTS_FOR + JUST_AFTER)
    stale = baseload.stale_at(state.base, site)
    if stale is not None:
        times.append(stale + JUST_AFTER)
    return Instant(min((time for time in times if time > now), default=current.until))


def next_room(state: SiteState, now: Instant) -> Instant:
    """When the next cut will have settled; FOREVER where none is settling."""
    return min(
        (
            fading.until
            for station in state.stations.values()
            for own in station.evses.values()
            for fading in own.fading
            if fading.until > now
        ),
        default=FOREVER,
    )
