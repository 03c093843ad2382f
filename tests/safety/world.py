"""One site with its engine, its oracle, and a random history."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridbridge.domain.commands import Outcome, StationDesired
from gridbridge.domain.decisions import Decided
from gridbridge.domain.events import Answer, Event, EventStatus, Interval, Opt, Signal, SignalKind
from gridbridge.domain.facts import (
    EventAssigned,
    EventLifted,
    EvseStatusChanged,
    Metered,
    NeedStated,
    ProfileAnswered,
    Reading,
    Recorded,
    SessionEnded,
    SessionStarted,
    SiteFact,
    StationBooted,
    StationConnected,
    StationDisconnected,
)
from gridbridge.domain.ids import EventId, EvseRef, SessionId, StationId
from gridbridge.domain.needs import Need
from gridbridge.domain.programs import Basis, LevelRule
from gridbridge.domain.site import Evse, Kind, Station
from gridbridge.domain.slots import Slot
from gridbridge.domain.units import Amperes, Instant, WattHours, Watts
from gridbridge.engine.site.engine import SiteEngine
from tests.safety.currents import most_per_amp
from tests.safety.oracle import Oracle, most_amps
from tests.safety.sites import (
    DISPATCH,
    LEAST_PER_AMP,
    PROGRAM,
    SITE,
    START,
    VEN,
    VOLTS,
    VOLTS_HIGH,
    VOLTS_LOW,
    dispatching,
    random_program,
    random_site,
)


class World:
    """One site with its engine, its oracle, and a random history."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.site = random_site(self.dice)
        self.program = random_program(self.dice)
        self.programs = {PROGRAM: self.program, DISPATCH: dispatching()}
        self.engine = SiteEngine(self.site, self.programs, config="c")
        self.oracle = Oracle(self.site)
        self.now = START
        self.events: dict[str, Event] = {}
        self.epochs: dict[StationId, int] = {}
        self.unanswered: list[tuple[StationDesired, int]] = []
        self.violations: list[str] = []
        self.spread: dict[EvseRef, int] = {}
        """Over how many wires its power was metered to spread."""
        self.dispatches = 0
        self.metered = 0.0
        """What every EVSE's register shows."""
        self._seq = 0

    def run(self, steps: int) -> None:
        """Let a random history happen and check every decision in it."""
        happenings = (
            self._connect,
            self._connect,
            self._connect,
            self._disconnect,
            self._boot,
            self._plug,
            self._event,
            self._dispatch,
            self._lift,
            self._answer,
            self._answer,
            self._answer,
            self._meter,
            self._need,
            self._wait,
        )
        for _ in range(steps):
            self.now = Instant(round(self.now + self.dice.choice((0.05, 0.5, 2.0, 7.0, 25.0)), 6))
            self.dice.choice(happenings)()
            self.decide()

    def begin(self) -> None:
        """Everybody is connected, has cars and said yes once: a history starts from there."""
        for station in self.site.stations:
            self._connect_one(station)
        self.decide()
        while self.unanswered:
            self._answer(always=True)
        for station, evse in self.oracle.columns:
            self._plug_one(station, evse, occupied=self.dice.random() < 0.8)
        self.now = Instant(self.now + 45.0)
        self.decide()
        while self.unanswered:
            self._answer(always=True)

    def calm_down(self) -> None:
        """Everybody is connected, answers, and has had time to follow."""
        for station in self.site.stations:
            if station.id not in self.oracle.connected:
                self._connect_one(station)
        # What was never answered, or not clearly, is asked again as long as it is wanted.
        self.unanswered = [(d, self.epochs[d.station]) for d in self.engine.desired()]
        for _ in range(6):
            self.decide()
            while self.unanswered:
                self._answer(always=True)
            self.now = Instant(self.now + 45.0)
        self.decide()

    # --- what may happen -----------------------------------------------------------------------

    def _wait(self) -> None:
        self.now = Instant(self.now + 60.0)

    def _connect(self) -> None:
        self._connect_one(self.dice.choice(self.site.stations))

    def _connect_one(self, station: Station) -> None:
        epoch = self.epochs.get(station.id, 0) + 1
        self.epochs[station.id] = epoch
        self._fact(
            StationConnected(site=SITE, station=station.id, epoch=epoch, protocol="ocpp1.6")
        )
        self.oracle.seen.add(station.id)
        self.oracle.connected.add(station.id)
        if station.forgets_on_reconnect:
            self.oracle.forgot(station.id)
        # What was in flight over the old socket may have arrived; it is asked for again.
        self.unanswered = [(d, e) for d, e in self.unanswered if d.station != station.id]
        wanted = next((d for d in self.engine.desired() if d.station == station.id), None)
        if wanted is not None:
            self.unanswered.append((wanted, epoch))

    def _disconnect(self) -> None:
        station = self.dice.choice(self.site.stations)
        if station.id not in self.oracle.connected:
            return
        self.oracle.connected.discard(station.id)
        self.unanswered = [(d, e) for d, e in self.unanswered if d.station != station.id]
        self._fact(
            StationDisconnected(
                site=SITE, station=station.id, epoch=self.epochs[station.id], reason="lost"
            )
        )

    def _boot(self) -> None:
        station = self.dice.choice(self.site.stations)
        if station.id not in self.oracle.connected:
            return
        self._fact(
            StationBooted(
                site=SITE,
                station=station.id,
                epoch=self.epochs[station.id],
                vendor="v",
                model="m",
            )
        )
        if station.forgets_on_reboot:
            self.oracle.forgot(station.id)
            self.unanswered = [(d, e) for d, e in self.unanswered if d.station != station.id]

    def _plug(self) -> None:
        station, evse = self.dice.choice(self.oracle.columns)
        if station.id in self.oracle.connected:
            self._plug_one(station, evse, occupied=self.dice.random() < 0.7)

    def _plug_one(self, station: Station, evse: Evse, *, occupied: bool) -> None:
        of: dict[str, Any] = {
            "site": SITE,
            "station": station.id,
            "epoch": self.epochs[station.id],
            "evse": evse.ref.evse,
        }
        session = SessionId(f"{evse.ref}")
        self._fact(EvseStatusChanged(**of, occupied=occupied, status="?"))
        if occupied:
            self._fact(SessionStarted(**of, session=session))
        else:
            self._fact(SessionEnded(**of, session=session))

    def _need(self) -> None:
        """Somebody says what a car wants, perhaps of a session that is no more."""
        station, evse = self.dice.choice(self.oracle.columns)
        energy = self.dice.choice((None, -1.0, 10.0, 8e3, 60e3))
        stay = self.dice.choice((None, -60.0, 0.0, 1200.0, 4000.0, 9e4))
        need = Need(
            energy=None if energy is None else WattHours(energy),
            departure=None if stay is None else Instant(self.now + stay),
        )
        session = SessionId(f"{evse.ref}")
        self._fact(
            NeedStated(
                site=SITE, station=station.id, evse=evse.ref.evse, session=session, need=need
            )
        )

    def _event(self) -> None:
        name = EventId(self.dice.choice(("e1", "e2")))
        before = self.events.get(name)
        start = Instant(self.now + self.dice.choice((-5.0, 0.0, 20.0, 120.0, 600.0)))
        end = Instant(start + self.dice.choice((60.0, 300.0, 3600.0)))
        middle = Instant((start + end) / 2)
        levels = [float(self.dice.randrange(4)) for _ in range(2)]
        event = Event(
            id=name,
            version=0 if before is None else before.version + 1,
            status=EventStatus.STANDING,
            market="m",
            created=self.now,
            start=start,
            end=end,
            strength=self.dice.randrange(3),
            signals=(
                Signal(
                    kind=SignalKind.SIMPLE,
                    intervals=(
                        Interval(start=start, end=middle, value=levels[0]),
                        Interval(start=middle, end=end, value=levels[1]),
                    ),
                ),
            ),
        )
        self.events[name] = event
        answer = Answer(event=name, version=event.version, opt=Opt.IN, why="")
        self._fact(
            EventAssigned(
                site=SITE, ven=VEN, program=PROGRAM, event=event, answer=answer, arrived=self.now
            )
        )

    def _dispatch(self) -> None:
        self.dispatches += 1
        start = Instant(self.now + self.dice.choice((-5.0, 0.0, 20.0, 120.0)))
        middle = Instant(start + self.dice.choice((30.0, 300.0)))
        end = Instant(middle + self.dice.choice((60.0, 1800.0)))
        values = [self.dice.choice((-40e3, -8e3, -1e3, 0.0, 12e3)) for _ in range(2)]
        signal = Signal(
            kind=SignalKind.LOAD_DISPATCH,
            intervals=(
                Interval(start=start, end=middle, value=values[0]),
                Interval(start=middle, end=end, value=values[1]),
            ),
        )
        event = Event(
            id=EventId("d"),
            version=self.dispatches,
            status=EventStatus.STANDING,
            market="d",
            created=self.now,
            start=start,
            end=end,
            signals=(signal,),
        )
        answer = Answer(event=event.id, version=event.version, opt=Opt.IN, why="")
        self._fact(
            EventAssigned(
                site=SITE, ven=VEN, program=DISPATCH, event=event, answer=answer, arrived=self.now
            )
        )

    def _lift(self) -> None:
        if self.events:
            name = self.dice.choice(sorted(self.events))
            del self.events[name]
            self._fact(
                EventLifted(
                    site=SITE, ven=VEN, program=PROGRAM, event=EventId(name), why="cancelled"
                )
            )

    def _answer(self, *, always: bool = False) -> None:
        if not self.unanswered:
            return
        desired, epoch = self.unanswered.pop(0)
        luck = 1.0 if always else self.dice.random()
        settle = next(s.settle for s in self.site.stations if s.id == desired.station)
        for evse in desired.evses:
            ref = EvseRef(desired.station, evse.evse)
            if luck > 0.2:
                self._answered(desired, epoch, evse.evse, Slot.STANDING, Outcome.ACCEPTED)
                self.oracle.secured(ref, self.now, settle)
            if luck > 0.35:
                self._answered(desired, epoch, evse.evse, Slot.PLAN, Outcome.ACCEPTED)
                self.oracle.accepted(ref, desired.version, self.now, settle)
            elif luck > 0.28:
                self._answered(desired, epoch, evse.evse, Slot.PLAN, Outcome.REFUSED)
            elif luck > 0.1:
                self._answered(desired, epoch, evse.evse, Slot.PLAN, Outcome.UNKNOWN)

    def _answered(
        self, desired: StationDesired, epoch: int, evse: int, slot: Slot, outcome: Outcome
    ) -> None:
        self._fact(
            ProfileAnswered(
                site=SITE,
                station=desired.station,
                epoch=epoch,
                evse=evse,
                slot=slot,
                version=desired.version,
                outcome=outcome,
                sent=self.now,
            )
        )

    def _meter(self) -> None:
        station, evse = self.dice.choice(self.oracle.columns)
        if station.id not in self.oracle.connected:
            return
        amps = self.dice.choice((0.0, 0.0, self.dice.uniform(0.0, 6.0)))
        self.metered += self.dice.choice((0.0, 50.0, 5000.0))
        wires = self.dice.choice((1, evse.wiring.conductors))
        if amps > 1.0 and evse.kind is Kind.AC:
            self.spread[evse.ref] = wires
        drawn = amps * wires * VOLTS
        self._fact(
            Metered(
                site=SITE,
                readings=(
                    Reading(
                        station=station.id,
                        epoch=self.epochs[station.id],
                        evse=evse.ref.evse,
                        taken=self.now,
                        power=Watts(drawn * evse.efficiency),
                        amps=None if evse.kind is Kind.DC else _carried(amps, wires),
                        energy=WattHours(self.metered),
                        soc=self.dice.choice((None, 10.0, 60.0)),
                    ),
                ),
            )
        )
        # Power alone says what a wire carries at the least.
        if evse.kind is Kind.AC:
            self.oracle.seen_at_or_below(evse.ref, self.now, amps)
        else:
            at_most = most_amps(evse, drawn * evse.efficiency, spread=1)
            self.oracle.seen_at_or_below(evse.ref, self.now, at_most)

    def _fact(self, fact: SiteFact) -> None:
        self._seq += 1
        recorded = Recorded(at=self.now, writer="w", seq=self._seq, fact=fact)
        self.engine.receive(recorded, entry=str(self._seq))

    # --- what must hold ------------------------------------------------------------------------

    def decide(self) -> None:
        """Let the engine decide, and hold its decision to the property."""
        decided = self.engine.decide(self.now)
        if decided is None or not decided.changes:
            return
        horizon = self.now + 6 * 3600.0
        oracle = self.oracle
        moments_before = oracle.moments(self.now, horizon)
        for desired in decided.changes:
            oracle.decided(desired)
            self.unanswered = [(d, e) for d, e in self.unanswered if d.station != desired.station]
            self.unanswered.append((desired, self.epochs[desired.station]))
        moments = np.union1d(moments_before, oracle.moments(self.now, horizon))
        without = self._without(decided)
        self._check(moments, without.worst(moments), oracle.worst(moments))
        self._check_exports(moments, without.exports(moments), oracle.exports(moments))
        for desired in decided.changes:
            self._check_words(desired)

    def _without(self, decided: Decided) -> Oracle:
        """The oracle as it was before the decision."""
        before = self.oracle.copy()
        versions = {desired.version for desired in decided.changes}
        for held in before.held.values():
            held.told = [(told, s) for told, s in held.told if told not in versions]
        return before

    def _check(
        self,
        moments: NDArray[np.float64],
        before: NDArray[np.float64],
        after: NDArray[np.float64],
    ) -> None:
        currents = self.oracle.currents
        allowed = np.maximum(currents.limits, currents.loads(before))
        self._note("wire", moments, currents.loads(after), allowed)
        watts = np.array([most_per_amp(evse) * VOLTS_HIGH for _, evse in self.oracle.columns])
        caps = np.array([self.limit_at(moment) for moment in moments.tolist()])
        self._note("meter", moments, after @ watts, np.maximum(caps, before @ watts))

    def _check_exports(
        self,
        moments: NDArray[np.float64],
        before: NDArray[np.float64],
        after: NDArray[np.float64],
    ) -> None:
        per_amp = VOLTS_LOW * np.array(
            [LEAST_PER_AMP[evse.wiring.conductors] for _, evse in self.oracle.columns]
        )
        currents = self.oracle.currents
        allowed = np.maximum(currents.limits, currents.loads(before / per_amp))
        self._note("wire, export", moments, currents.loads(after / per_amp), allowed)
        allowed = np.maximum(self.site.export_w, before.sum(axis=1))
        self._note("meter, export", moments, after.sum(axis=1), allowed)

    def _check_words(self, desired: StationDesired) -> None:
        """What is told in watts lets no more onto a wire than what is told in amperes."""
        for wanted in desired.evses:
            ref = EvseRef(desired.station, wanted.evse)
            evse = next(evse for _, evse in self.oracle.columns if evse.ref == ref)
            assert wanted.schedule is not None
            told = [(period.limit, period.limit_w) for period in wanted.schedule.periods]
            for amps, watts in (*told, (wanted.standing_amps, wanted.standing_w)):
                drawn = most_amps(evse, watts, spread=self.spread.get(ref, 1))
                if watts > 0.0 and drawn > amps + 1e-3:
                    self.violations.append(f"words: {watts} W, {drawn:.2f} of {amps:.2f} A")
            if wanted.max_discharge_pct and evse.v2x is not None:
                out = evse.v2x.max_discharge_w * wanted.max_discharge_pct / 100.0
                if out > self.site.export_w + 1.0:
                    self.violations.append(f"words: may discharge {out:.0f} W")

    def _note(
        self,
        what: str,
        moments: NDArray[np.float64],
        load: NDArray[np.float64],
        allowed: NDArray[np.float64],
    ) -> None:
        """Keep what is exceeded of ``[T]`` or ``[T, C]``, each row where it is exceeded most."""
        over = load - allowed
        if not (over > 1e-3).any():
            return
        for row, by in enumerate(over.reshape(len(moments), -1).T):
            index = int(np.argmax(by))
            if by[index] > 1e-3:
                at = index if load.ndim == 1 else (index, row)
                self.violations.append(
                    f"{what}: {load[at]:.2f} of {allowed[at]:.2f} "
                    f"{moments[index] - self.now:.1f} s after {self.now - START:.1f}"
                )

    def limit_at(self, moment: float) -> float:
        """What the events let the site draw, without releases (which only ask for less)."""
        standing = [e for e in self.events.values() if e.start <= moment < e.end]
        strongest = max((e.strength for e in standing), default=0)
        limit = float(self.site.import_w)
        for event in standing:
            if event.strength == strongest:
                for interval in event.signals[0].intervals:
                    if interval.start <= moment < interval.end and interval.value > 0:
                        rule = self.program.simple[int(interval.value)]
                        limit = min(limit, _watts(rule, self.site.import_w))
        return limit

    def excess_when_calm(self) -> list[str]:
        """What is still above a limit although everybody obeys."""
        self.violations.clear()
        moments = self.oracle.moments(self.now, self.now + 6 * 3600.0)
        worst = self.oracle.worst(moments)
        nothing = np.zeros_like(worst)
        self._check(moments, nothing, worst)
        return self.violations


def _carried(amps: float, wires: int) -> tuple[Amperes | None, Amperes | None, Amperes | None]:
    first, second, third = (Amperes(amps) if wire < wires else None for wire in range(3))
    return first, second, third


def _watts(rule: LevelRule, import_w: float) -> float:
    if rule.basis is Basis.PAUSE:
        return 0.0
    return import_w * rule.value / 100 if rule.basis is Basis.PCT_OF_IMPORT else rule.value
