"""How each kind of fact changes the state; whether a new decision is called for.

A fact of an older epoch than the station's newest socket is dropped: that socket has lost.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING, Any

from gridbridge.domain.commands import Outcome
from gridbridge.domain.decisions import Decided
from gridbridge.domain.events import Opt
from gridbridge.domain.facts import (
    ConfigAdopted,
    EventAssigned,
    EventLifted,
    EvseStatusChanged,
    Metered,
    ProfileAnswered,
    Reading,
    SessionEnded,
    SessionStarted,
    StationBooted,
    StationConnected,
    StationDisconnected,
    VtnBack,
    VtnLost,
)
from gridbridge.domain.ids import EvseRef
from gridbridge.domain.site import Evse, Kind, Mode, Site, Station
from gridbridge.domain.slots import Slot
from gridbridge.domain.units import SKEW, Amperes, Instant, Seconds, Watts
from gridbridge.engine.site import baseload
from gridbridge.engine.site.holds import controllable, most_allowed
from gridbridge.engine.site.schedules import either
from gridbridge.engine.site.state import (
    Enrolled,
    EvseState,
    Fading,
    SiteState,
    StationState,
    Told,
)
from gridbridge.engine.site.wires import LOWEST

if TYPE_CHECKING:
    from collections.abc import Callable

    from gridbridge.engine.site.wires import Wires

FRESH = Seconds(15.0)
"""A reading older than this says nothing of the present."""
VOLT_GRAIN = 2.0
VOLTS_FOR = Seconds(900.0)
"""How long a metered voltage says something: a supply moves slowly, and stations meter seldom."""
MOST_VOLTS = 1.2
"""Of the nominal voltage: above this, or below `LOWEST`, it is not the supply that was metered."""
LONG_AGO = Instant(0.0)
MOST_UNANSWERED = 8
"""Schedules told to an EVSE and not answered that are kept apart."""


class Folder:
    """Folds facts into a site's state; `fold` says whether a decision may have become due."""

    def __init__(self, site: Site, wires: Wires, state: SiteState) -> None:
        self.site = site
        self.wires = wires
        self.state = state
        self._settle = {station.id: station.settle for station in site.stations}
        self.roomier = False
        """An EVSE may draw less than it might; whoever decides sets it back."""
        self._how: dict[type, Callable[[Any, Instant], bool]] = {
            StationConnected: self._connected,
            StationDisconnected: self._disconnected,
            StationBooted: self._booted,
            EvseStatusChanged: self._status,
            SessionStarted: self._session_started,
            SessionEnded: self._session_ended,
            Metered: self._metered,
            ProfileAnswered: self._answered,
            EventAssigned: self._assigned,
            EventLifted: self._lifted,
            VtnLost: self._lost,
            VtnBack: self._back,
            ConfigAdopted: self._adopted,
            Decided: self._decided,
        }

    def fold(self, fact: object, at: Instant) -> bool:
        """Change the state by a fact that happened at `at`."""
        return self._how[type(fact)](fact, at)

    # --- stations ------------------------------------------------------------------------------

    def _connected(self, fact: StationConnected, at: Instant) -> bool:
        known = self.site.station(fact.station)
        station = self.state.stations.get(fact.station)
        if known is None or station is None or fact.epoch <= station.epoch:
            return False
        station.seen = station.connected = True
        station.epoch, station.protocol, station.changed = fact.epoch, fact.protocol, at
        if known.forgets_on_reconnect:
            self._forget(station)
        for own in station.evses.values():
            # Whatever it said over the old socket, it is asked again.
            own.refused = False
            own.told = tuple(replace(told, asked=at) for told in own.told)
        return True

    def _disconnected(self, fact: StationDisconnected, at: Instant) -> bool:
        station = self._of_epoch(fact.station, fact.epoch)
        if station is None or not station.connected:
            return False
        station.connected, station.changed = False, at
        return True

    def _booted(self, fact: StationBooted, at: Instant) -> bool:
        del at
        station = self._of_epoch(fact.station, fact.epoch)
        known = self.site.station(fact.station)
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
        own = self._evse(fact.station, fact.epoch, fact.evse)
        if own is None or own.occupied == fact.occupied:
            return False
        own.occupied = fact.occupied
        own.occupied_since = at if fact.occupied else None
        self._vacated(own)
        return True

    def _session_started(self, fact: SessionStarted, at: Instant) -> bool:
        own = self._evse(fact.station, fact.epoch, fact.evse)
        if own is None or own.session == fact.session:
            return False
        own.session = fact.session
        if not own.occupied:
            own.occupied, own.occupied_since = True, at
        return True

    def _session_ended(self, fact: SessionEnded, at: Instant) -> bool:
        del at
        own = self._evse(fact.station, fact.epoch, fact.evse)
        if own is None or own.session != fact.session:
            return False
        own.session = None
        self._vacated(own)
        return True

    @staticmethod
    def _vacated(own: EvseState) -> None:
        """Without a car nothing is drawn, and most stations meter nothing that could say so."""
        if not own.occupied and own.session is None:
            own.overdraw = None

    def _answered(self, fact: ProfileAnswered, at: Instant) -> bool:
        own = self._evse(fact.station, fact.epoch, fact.evse)
        if own is None or fact.slot is Slot.DER:
            return False
        settle = self._settle[fact.station]
        if fact.slot is Slot.STANDING:
            return self._standing_answered(own, fact, at, settle)
        own.outcome = fact.outcome
        asked = [told for told in own.told if told.version <= fact.version]
        if fact.outcome is Outcome.UNKNOWN:
            # It may or may not hold, and no answer will come: one that is owed is so already.
            return self._owe(own, fact.version, LONG_AGO)
        if not asked:
            return False
        if fact.outcome is Outcome.REFUSED:
            # It goes on counting as something the station may hold: a reconnect tries it again.
            self._owe(own, fact.version, None)
            own.refused = True
            return True
        own.told = tuple(told for told in own.told if told.version > fact.version)
        self._replace(own, asked[-1], at, settle, asked[:-1])
        return self._fell(fact.station, own, at)

    def _fell(self, station: str, own: EvseState, at: Instant) -> bool:
        """What an EVSE may draw fell; whether that may matter to others than who wait for room."""
        self.roomier = True
        return not controllable(self.state.stations[station], own, at)

    @staticmethod
    def _owe(own: EvseState, upto: int, since: Instant | None) -> bool:
        """Have the answers up to that version owed since then; whether that is new."""
        before = own.told
        own.told = tuple(
            replace(told, asked=since) if told.version <= upto and told.asked is not None else told
            for told in before
        )
        return own.told != before

    @staticmethod
    def _standing_answered(
        own: EvseState, fact: ProfileAnswered, at: Instant, settle: Seconds
    ) -> bool:
        if fact.outcome is not Outcome.ACCEPTED or own.secured:
            return False
        own.secured = True
        own.fading = (
            Fading(accepted=at, until=Instant(at + settle), schedule=None, unsecured=True),
        )
        return True

    @staticmethod
    def _replace(
        own: EvseState, newest: Told, at: Instant, settle: Seconds, skipped: list[Told]
    ) -> None:
        until = Instant(at + settle)
        before = [own.accepted, *(told.schedule for told in skipped)]
        own.fading = (
            *own.fading,
            *(Fading(accepted=at, until=until, schedule=schedule) for schedule in before),
        )
        own.accepted, own.accepted_version = newest.schedule, newest.version
        own.refused = False

    # --- meters --------------------------------------------------------------------------------

    def _metered(self, fact: Metered, at: Instant) -> bool:
        due = False
        for reading in fact.readings:
            if self._of_epoch(reading.station, reading.epoch) is None:
                continue
            meter = self.site.meter
            if reading.evse == 0:
                if meter is not None and meter.station == reading.station:
                    due |= self._site_metered(reading, at)
                continue
            due |= self._evse_metered(reading, at)
        return self.voltage_moved(at) or due

    def _site_metered(self, reading: Reading, at: Instant) -> bool:
        if reading.power is None:
            return False
        was_fresh = baseload.fresh(self.state.base, self.site, at)
        moved = baseload.sample(
            self.state.base, self.site, power=reading.power, evses=self.evse_power(at), at=at
        )
        return moved or not was_fresh

    def _evse_metered(self, reading: Reading, at: Instant) -> bool:
        own = self._evse(reading.station, reading.epoch, reading.evse)
        column = self.wires.column.get(EvseRef(reading.station, reading.evse))
        if own is None or column is None:
            return False
        own.reading = reading.after(own.reading)
        own.read_at = at
        if reading.power is not None:
            own.power_at = at
        if reading.amps is not None:
            own.amps_at = at
        if reading.volts is not None:
            own.volts_at = at
        evse = self.wires.evses[column]
        spread_moved = self._spread_seen(own, evse)
        # Of this reading alone: what an older one said of the current is not metered now.
        amps = self._amps_in(evse, reading)
        if amps is None:
            return spread_moved
        return (
            spread_moved
            | (
                self._followed(own, self._most_amps_in(evse, own, reading, amps), reading.taken)
                and self._fell(reading.station, own, at)
            )
            | self._overdrawn(own, amps, reading.taken, self.wires.stations[column], evse)
        )

    def _followed(self, own: EvseState, amps: Amperes, taken: Instant) -> bool:
        """A cut is seen: metered at or below what was accepted, after it was accepted."""
        if own.accepted is None or not own.fading:
            return False
        period = own.accepted.at(taken)
        if period is None or amps > period.limit + tolerance(period.limit):
            return False
        # The station's clock may be ahead by the skew: a reading must be later than that to count.
        kept = tuple(fading for fading in own.fading if taken < fading.accepted + SKEW)
        changed = kept != own.fading
        own.fading = kept
        return changed

    def _overdrawn(
        self, own: EvseState, amps: Amperes, taken: Instant, station: Station, evse: Evse
    ) -> bool:
        """Metered above all that it may hold: it counts as metered until a meter denies it."""
        was = own.overdraw
        own.overdraw = None
        if own.secured:
            most = most_allowed(own, station, evse, taken)
            if amps > most + tolerance(most):
                own.overdraw = amps
        if was is None or own.overdraw is None:
            return was is not own.overdraw
        return own.overdraw > was

    @staticmethod
    def _spread_seen(own: EvseState, evse: Evse) -> bool:
        """A balanced reading on all conductors: its power spreads, until a reading denies it."""
        if own.reading is None or own.reading.amps is None or evse.kind is Kind.DC:
            return False
        carried = [amps for amps in own.reading.amps if amps is not None and amps > 1.0]
        if not carried:
            return False
        balanced = min(carried) >= 0.8 * max(carried)
        before = own.spread
        own.spread = len(carried) if balanced and len(carried) <= evse.wiring.conductors else 1
        return own.spread != before

    def drawn_amps(self, evse: Evse, own: EvseState) -> Amperes | None:
        """What it was last metered at per wire on the grid side; None: no reading tells."""
        return None if own.reading is None else self._amps_in(evse, own.reading)

    def _amps_in(self, evse: Evse, reading: Reading) -> Amperes | None:
        if evse.kind is Kind.AC and reading.amps is not None:
            carried = [amps for amps in reading.amps if amps is not None]
            if carried:
                return Amperes(max(carried))
        if reading.power is None:
            return None
        return self.wires.grid_amps(evse, reading.power)

    def _most_amps_in(
        self, evse: Evse, own: EvseState, reading: Reading, amps: Amperes
    ) -> Amperes:
        """The most that one wire may carry by a reading: power alone may all be on one."""
        if evse.kind is Kind.DC or reading.amps is not None:
            return amps
        return Amperes(amps * evse.wiring.conductors / own.spread)

    def evse_power(self, now: Instant) -> Watts:
        """What all EVSEs draw at the grid side now; one without a fresh reading counts as 0.

        None counts for more than it can draw: what is subtracted from the site's meter in its
        name would hide a load.
        """
        total = 0.0
        per_amp = self.wires.watts_per_amp(self.wires.phase_voltage * MOST_VOLTS)
        for column, evse in enumerate(self.wires.evses):
            own = self.state.stations[self.wires.stations[column].id].evses[evse.ref.evse]
            power = self._power_of(evse, own, now)
            if power is not None:
                most = float(self.wires.max_amps[column] * per_amp[column])
                total += min(self.wires.grid_power(evse, power), most)
        return Watts(total)

    def _power_of(self, evse: Evse, own: EvseState, now: Instant) -> Watts | None:
        """By its power if that is fresh, else by its currents at the nominal voltage."""
        reading = own.reading
        if reading is None:
            return None
        if reading.power is not None and _fresh(own.power_at, now):
            return reading.power
        if reading.amps is not None and _fresh(own.amps_at, now) and evse.kind is Kind.AC:
            return Watts(sum(amps or 0.0 for amps in reading.amps) * self.wires.phase_voltage)
        return None

    def voltage_moved(self, at: Instant) -> bool:
        """Take the highest voltage metered lately; whether the site's moved by that."""
        # A wrong voltage makes kilowatts wrong for all: without a credible one the highest counts.
        nominal = self.wires.phase_voltage
        highest = max(
            (
                volts
                for station in self.state.stations.values()
                for own in station.evses.values()
                if own.volts_at is not None and at - own.volts_at <= VOLTS_FOR
                if own.reading is not None and own.reading.volts is not None
                for volts in own.reading.volts
                if volts is not None and LOWEST * nominal <= volts <= MOST_VOLTS * nominal
            ),
            default=0.0,
        )
        wanted = (ceil(highest / VOLT_GRAIN) + 1) * VOLT_GRAIN if highest > 0 else 0.0
        # Down only by two grains at a time, so that a voltage on an edge does not flap.
        if wanted == self.state.volts or 0.0 < self.state.volts - wanted < 2 * VOLT_GRAIN:
            return False
        self.state.volts = wanted
        return True

    # --- the grid ------------------------------------------------------------------------------

    def _assigned(self, fact: EventAssigned, at: Instant) -> bool:
        kept: list[Enrolled] = []
        for enrolled in self.state.events:
            if (
                not _same_event(enrolled, fact.program, fact.event.id)
                or enrolled.lifted is not None
            ):
                kept.append(enrolled)
            elif enrolled.assigned.event.version >= fact.event.version:
                return False
            elif _active(enrolled, at) and not fact.event.start <= at < fact.event.end:
                kept.append(replace(enrolled, lifted=at))
        self.state.events = (*kept, Enrolled(assigned=fact))
        return True

    def _lifted(self, fact: EventLifted, at: Instant) -> bool:
        changed = [
            enrolled
            for enrolled in self.state.events
            if _same_event(enrolled, fact.program, fact.event) and enrolled.lifted is None
        ]
        kept = [enrolled for enrolled in self.state.events if enrolled not in changed]
        cut_short = [replace(each, lifted=at) for each in changed if _active(each, at)]
        self.state.events = (*kept, *cut_short)
        return bool(changed)

    def _lost(self, fact: VtnLost, at: Instant) -> bool:
        del at
        if fact.program in self.state.lost:
            return False
        self.state.lost[fact.program] = fact.since
        return True

    def _back(self, fact: VtnBack, at: Instant) -> bool:
        del at
        return self.state.lost.pop(fact.program, None) is not None

    def _adopted(self, fact: ConfigAdopted, at: Instant) -> bool:
        del at
        changed = fact.config != self.state.config
        self.state.config = fact.config
        return changed

    def _decided(self, fact: Decided, at: Instant) -> bool:
        """Our own decision, or one of the owner before us, read back from the log."""
        raises = False
        for desired in fact.changes:
            self.state.version = max(self.state.version, desired.version)
            station = self.state.stations.get(desired.station)
            if station is None:
                continue
            for wanted in desired.evses:
                own = station.evses.get(wanted.evse)
                if own is None or own.desired_version >= desired.version:
                    continue
                before = own.desired.schedule if own.desired is not None else None
                own.desired = wanted
                if wanted.schedule is not None and wanted.schedule != before:
                    own.desired_version, own.written = desired.version, at
                    if self.site.mode is Mode.OBSERVE:
                        continue
                    told = Told(version=desired.version, schedule=wanted.schedule, asked=at)
                    own.told = _few((*own.told, told))
                    own.refused = False
                    raises = True
        if raises:
            self.state.raised = at
        return False

    # --- finding -------------------------------------------------------------------------------

    def _of_epoch(self, station: str, epoch: int) -> StationState | None:
        found = self.state.stations.get(station)
        return found if found is not None and found.epoch == epoch else None

    def _evse(self, station: str, epoch: int, evse: int) -> EvseState | None:
        found = self._of_epoch(station, epoch)
        return found.evses.get(evse) if found is not None else None


def _few(told: tuple[Told, ...]) -> tuple[Told, ...]:
    """Bound what is unanswered: of too many, the two oldest become one that allows either.

    Only where both end together: what lies under the one that ended first is not in a schedule.
    """
    oldest, second = told[0], told[min(1, len(told) - 1)]
    if len(told) <= MOST_UNANSWERED or oldest.schedule.until != second.schedule.until:
        return told
    both = Told(
        version=second.version,
        schedule=either(oldest.schedule, second.schedule),
        asked=second.asked if oldest.asked is None else oldest.asked,
    )
    return (both, *told[2:])


def tolerance(limit: float) -> float:
    """How far a metered current may lie above a limit and still count as obeying it."""
    return max(0.02 * limit, 0.5)


def _fresh(metered: Instant | None, now: Instant) -> bool:
    return metered is not None and now - metered <= FRESH


def _same_event(enrolled: Enrolled, program: str, event: str) -> bool:
    return enrolled.assigned.program == program and enrolled.assigned.event.id == event


def _active(enrolled: Enrolled, at: Instant) -> bool:
    event = enrolled.assigned.event
    return enrolled.assigned.answer.opt is Opt.IN and event.start <= at < event.end
