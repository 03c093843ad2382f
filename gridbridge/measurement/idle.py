"""When EVSEs were known to draw nothing: no cable plugged in and no session, and in touch.

status      free       occupied          free                 (nothing said anew)
socket    |----------------------------------------|  away  |-----------------
idle      |==========|                 |===========|        |=================

Many stations send no readings of an EVSE without a session, so this is what tells nothing drawn
from nothing known. While a station is out of reach nobody knows; once it is back, what it said
last holds again, since it has to say what changed meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.domain.facts import (
    EvseStatusChanged,
    SessionEnded,
    SessionStarted,
    StationConnected,
    StationDisconnected,
)
from gridbridge.measurement.loads import Span

if TYPE_CHECKING:
    from gridbridge.domain.facts import Fact
    from gridbridge.domain.ids import StationId
    from gridbridge.domain.units import Instant
    from gridbridge.measurement.buckets import Where


class Idle:
    """Takes the facts of one site in the order of its log."""

    def __init__(self) -> None:
        self._epochs: dict[StationId, int] = {}
        self._away: set[StationId] = set()
        self._free: dict[Where, bool] = {}
        self._running: set[Where] = set()
        self._since: dict[Where, Instant] = {}
        self._spans: dict[Where, list[Span]] = {}

    def receive(self, fact: Fact, *, at: Instant) -> None:
        """Fold a fact; one that says nothing of plugs, sessions and sockets changes nothing."""
        match fact:
            case EvseStatusChanged() | SessionStarted() | SessionEnded():
                if self._is_newest(fact.station, fact.epoch):
                    self._say(fact, at)
            case StationConnected(station=station, epoch=epoch):
                if self._is_newest(station, epoch):
                    self._away.discard(station)
                    self._turn_all(station, at)
            case StationDisconnected(station=station, epoch=epoch):
                if self._is_newest(station, epoch):
                    self._away.add(station)
                    self._turn_all(station, at)
            case _:
                return

    def spans(self, *, until: Instant) -> dict[Where, tuple[Span, ...]]:
        """When each EVSE was idle, as far as the facts received tell; oldest first."""
        now = {
            where: (Span(start=since, end=until),)
            for where, since in self._since.items()
            if since < until
        }
        return {
            where: (*self._spans.get(where, ()), *now.get(where, ()))
            for where in sorted(self._spans.keys() | now.keys())
        }

    def _is_newest(self, station: StationId, epoch: int) -> bool:
        """Whether it came over the newest socket; of an older one nothing counts any more."""
        if epoch < self._epochs.get(station, epoch):
            return False
        self._epochs[station] = epoch
        return True

    def _say(self, fact: EvseStatusChanged | SessionStarted | SessionEnded, at: Instant) -> None:
        where = (fact.station, fact.evse)
        if isinstance(fact, EvseStatusChanged):
            self._free[where] = not fact.occupied
        elif isinstance(fact, SessionStarted):
            self._running.add(where)
        else:
            self._running.discard(where)
        self._turn(where, at)

    def _turn_all(self, station: StationId, at: Instant) -> None:
        for where in self._free:
            if where[0] == station:
                self._turn(where, at)

    def _turn(self, where: Where, at: Instant) -> None:
        idle = (
            self._free.get(where, False)
            and where not in self._running
            and where[0] not in self._away
        )
        if idle:
            self._since.setdefault(where, at)
            return
        since = self._since.pop(where, at)
        if since < at:
            self._spans.setdefault(where, []).append(Span(start=since, end=at))
