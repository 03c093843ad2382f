"""What a fact is about; a fact of an older epoch than the newest socket is about nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.engine.site.holds import controllable

if TYPE_CHECKING:
    from gridbridge.domain.units import Instant
    from gridbridge.engine.site.state import EvseState, SiteState, StationState


class Finder:
    """Finds the station or EVSE of a fact, and remembers whether one may draw less by it."""

    def __init__(self, state: SiteState) -> None:
        self.state = state
        self.roomier = False
        """An EVSE may draw less than it might; whoever decides sets it back."""

    def station(self, station: str, epoch: int) -> StationState | None:
        """The station, if that epoch is the one of its newest socket."""
        found = self.state.stations.get(station)
        return found if found is not None and found.epoch == epoch else None

    def evse(self, station: str, epoch: int, evse: int) -> EvseState | None:
        """One of its EVSEs."""
        found = self.station(station, epoch)
        return found.evses.get(evse) if found is not None else None

    def fell(self, station: str, own: EvseState, at: Instant) -> bool:
        """What an EVSE may draw fell; whether that may matter to others than who wait for room."""
        self.roomier = True
        return not controllable(self.state.stations[station], own, at)
