"""How each kind of fact changes the state; whether a new decision is called for.

A fact of an older epoch than the station's newest socket is dropped: that socket has lost.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gridbridge.domain.decisions import Decided
from gridbridge.domain.facts import (
    ConfigAdopted,
    EventAssigned,
    EventLifted,
    EvseStatusChanged,
    Metered,
    NeedStated,
    ProfileAnswered,
    SessionEnded,
    SessionStarted,
    StationBooted,
    StationConnected,
    StationDisconnected,
    VtnBack,
    VtnLost,
)
from gridbridge.domain.site import Objective
from gridbridge.engine.site import urgency
from gridbridge.engine.site.answering import Answers
from gridbridge.engine.site.enrolling import Enroller
from gridbridge.engine.site.finding import Finder
from gridbridge.engine.site.holds import gives
from gridbridge.engine.site.metering import Meters

if TYPE_CHECKING:
    from collections.abc import Callable

    from gridbridge.domain.site import Site
    from gridbridge.domain.units import Instant
    from gridbridge.engine.site.state import EvseState, SiteState, StationState
    from gridbridge.engine.site.wires import Wires


class Folder:
    """Folds facts into a site's state; `fold` says whether a decision may have become due."""

    def __init__(self, site: Site, wires: Wires, state: SiteState) -> None:
        self.finder = Finder(state)
        self.meters = Meters(site, wires, self.finder)
        self._site = site
        self._state = state
        answers = Answers(site, self.finder)
        grid = Enroller(state)
        self._how: dict[type, Callable[[Any, Instant], bool]] = {
            StationConnected: self._connected,
            StationDisconnected: self._disconnected,
            StationBooted: self._booted,
            EvseStatusChanged: self._status,
            SessionStarted: self._session_started,
            SessionEnded: self._session_ended,
            NeedStated: self._need_stated,
            Metered: self.meters.metered,
            ProfileAnswered: answers.answered,
            EventAssigned: grid.assigned,
            EventLifted: grid.lifted,
            VtnLost: grid.lost,
            VtnBack: grid.back,
            ConfigAdopted: self._adopted,
            Decided: answers.decided,
        }

    def fold(self, fact: object, at: Instant) -> bool:
        """Change the state by a fact that happened at `at`."""
        return self._how[type(fact)](fact, at)

    def _connected(self, fact: StationConnected, at: Instant) -> bool:
        known = self._site.station(fact.station)
        station = self._state.stations.get(fact.station)
        if known is None or station is None or fact.epoch <= station.epoch:
            return False
        replaced = station.connected
        station.seen = station.connected = True
        station.epoch, station.protocol, station.changed = fact.epoch, fact.protocol, at
        if known.forgets_on_reconnect:
            self._forget(station)
        for own in station.evses.values():
            # Whatever it said over the old socket, it is asked again; one that only dials again
            # and again still owes what it owed.
            own.refused = False
            own.told = tuple(
                told if replaced and told.asked is not None else replace(told, asked=at)
                for told in own.told
            )
        return True

    def _disconnected(self, fact: StationDisconnected, at: Instant) -> bool:
        station = self.finder.station(fact.station, fact.epoch)
        if station is None or not station.connected:
            return False
        station.connected, station.changed = False, at
        return True

    def _booted(self, fact: StationBooted, at: Instant) -> bool:
        del at
        station = self.finder.station(fact.station, fact.epoch)
        known = self._site.station(fact.station)
        if station is None or known is None or not known.forgets_on_reboot:
            return False
        self._forget(station)
        return True

    @staticmethod
    def _forget(station: StationState) -> None:
        for own in station.evses.values():
            own.secured = False
            own.accepted = None
            own.told = ()
            own.fading = ()
            own.desired = None

    def _status(self, fact: EvseStatusChanged, at: Instant) -> bool:
        own = self.finder.evse(fact.station, fact.epoch, fact.evse)
        if own is None or own.occupied == fact.occupied:
            return False
        own.occupied = fact.occupied
        own.occupied_since = at if fact.occupied else None
        own.served = fact.occupied and gives(own.desired, at)
        self._vacated(own)
        return True

    def _session_started(self, fact: SessionStarted, at: Instant) -> bool:
        own = self.finder.evse(fact.station, fact.epoch, fact.evse)
        if own is None or own.session == fact.session:
            return False
        own.session = fact.session
        urgency.state(own, None)
        if not own.occupied:
            own.occupied, own.occupied_since = True, at
            own.served = gives(own.desired, at)
        return True

    def _session_ended(self, fact: SessionEnded, at: Instant) -> bool:
        del at
        own = self.finder.evse(fact.station, fact.epoch, fact.evse)
        if own is None or own.session != fact.session:
            return False
        own.session = None
        urgency.state(own, None)
        self._vacated(own)
        return True

    def _need_stated(self, fact: NeedStated, at: Instant) -> bool:
        del at
        station = self._state.stations.get(fact.station)
        own = None if station is None else station.evses.get(fact.evse)
        if own is None or own.session != fact.session:
            return False
        urgency.state(own, fact.need)
        return self._site.objective is Objective.THROUGHPUT

    @staticmethod
    def _vacated(own: EvseState) -> None:
        """Without a car nothing is drawn, and most stations meter nothing that could say so."""
        if not own.has_car:
            own.overdraw = None

    def _adopted(self, fact: ConfigAdopted, at: Instant) -> bool:
        del at
        changed = fact.config != self._state.config
        self._state.config = fact.config
        return changed
