"""Random sites, stations and histories, and an oracle that bounds what stations may draw.

The oracle shares nothing with the engine but the values of the domain: it keeps every schedule it
ever saw decided, and finds the worst of a station at an instant by looking at each candidate
moment in the window that its clock and inertia allow.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

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
    ProfileAnswered,
    Reading,
    Recorded,
    SiteFact,
    StationBooted,
    StationConnected,
    StationDisconnected,
)
from gridbridge.domain.ids import EventId, EvseRef, ProgramName, SiteId, StationId, VenName
from gridbridge.domain.limits import Authority
from gridbridge.domain.programs import Basis, LevelRule, Program, ReleaseRule
from gridbridge.domain.schedules import Schedule
from gridbridge.domain.site import (
    Circuit,
    Enrolment,
    Evse,
    Kind,
    Mode,
    Site,
    Station,
    Wiring,
)
from gridbridge.domain.slots import Slot
from gridbridge.domain.units import SKEW, Amperes, Instant, Seconds, Watts
from gridbridge.engine.site.engine import SiteEngine

START = Instant(1_760_000_000.0)
SITE = SiteId("s")
PROGRAM = ProgramName("p")
VEN = VenName("v")
VOLTS_HIGH = 400 / 3**0.5 * 1.1
"""The highest a supply may run at, where none was metered."""

WIRINGS = (
    Wiring(wires=(0, 1, 2)),
    Wiring(wires=(1, 2, 0)),
    Wiring(wires=(0,)),
    Wiring(wires=(1,)),
    Wiring(wires=(2,)),
    Wiring(wires=(0, 1, 2), known=False),
)


def random_site(dice: random.Random) -> Site:
    """A tree of one to three levels with one to six stations."""
    circuits = [
        Circuit(name="main", parent=None, limit_amps=_wires(dice, 40, 160), source="breaker")
    ]
    for number in range(dice.randrange(3)):
        parent = dice.choice(circuits).name
        circuits.append(
            Circuit(
                name=f"c{number}", parent=parent, limit_amps=_wires(dice, 20, 90), source="breaker"
            )
        )
    stations = tuple(
        _station(dice, number, dice.choice(circuits).name) for number in range(dice.randint(1, 6))
    )
    return Site(
        id=SITE,
        mode=Mode.CONTROL,
        timezone="UTC",
        voltage=400.0,
        import_w=Watts(dice.uniform(10e3, 90e3)),
        export_w=Watts(0.0),
        circuits=tuple(circuits),
        stations=stations,
        enrolments=(Enrolment(program=PROGRAM),),
    )


def _wires(dice: random.Random, low: int, high: int) -> tuple[Amperes, Amperes, Amperes]:
    one = Amperes(float(dice.randint(low, high)))
    return (one, one, one)


def _station(dice: random.Random, number: int, circuit: str) -> Station:
    name = StationId(f"CP-{number}")
    evses = tuple(
        Evse(
            ref=EvseRef(name, evse),
            kind=Kind.AC,
            wiring=dice.choice(WIRINGS),
            max_amps=Amperes(dice.choice((16.0, 32.0))),
            min_amps=Amperes(6.0),
        )
        for evse in range(1, dice.choice((2, 2, 3)))
    )
    return Station(
        id=name,
        circuit=circuit,
        evses=evses,
        feed_amps=Amperes(32.0) if len(evses) > 1 and dice.random() < 0.5 else None,
        settle=Seconds(dice.choice((0.0, 3.0, 12.0, 30.0))),
        offline_amps=Amperes(dice.choice((0.0, 6.0))),
        absent_w=Watts(dice.choice((0.0, 0.0, 2000.0))),
        forgets_on_reboot=dice.random() < 0.15,
        forgets_on_reconnect=dice.random() < 0.1,
    )


def random_program(dice: random.Random) -> Program:
    """A program with three levels and a release of its own."""
    return Program(
        name=PROGRAM,
        ven=VEN,
        market="m",
        authority=dice.choice((Authority.VOLUNTARY, Authority.BINDING)),
        simple={
            1: LevelRule(basis=Basis.PCT_OF_IMPORT, value=60.0),
            2: LevelRule(basis=Basis.KW, value=dice.uniform(0, 20e3)),
            3: LevelRule(basis=Basis.PAUSE),
        },
        release=ReleaseRule(
            ramp=Seconds(dice.choice((0.0, 60.0, 600.0))),
            stagger=Seconds(dice.choice((0.0, 30.0))),
        ),
    )


@dataclass
class _Held:
    """What one EVSE may hold, as the oracle remembers it."""

    secured_at: float | None = None
    accepted: Schedule | None = None
    since: float = 0.0
    told: list[tuple[int, Schedule]] = field(default_factory=list)
    before: list[tuple[Schedule | None, float, bool]] = field(default_factory=list)
    """(schedule, until when its power may linger, nothing was known to hold)."""


@dataclass
class Oracle:
    """The worst that each EVSE may draw, by brute force."""

    site: Site
    held: dict[EvseRef, _Held] = field(default_factory=dict)
    seen: set[StationId] = field(default_factory=set)
    connected: set[StationId] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.columns = [(s, e) for s in self.site.stations for e in s.evses]
        self.held = {evse.ref: _Held() for _, evse in self.columns}
        self.rows = self._rows()

    def _rows(self) -> list[tuple[float, list[float]]]:
        rows: list[tuple[float, list[float]]] = []
        for circuit in self.site.circuits:
            under = {circuit.name}
            for other in self.site.circuits:
                if other.parent in under:
                    under.add(other.name)
            for wire in range(3):
                assert circuit.limit_amps is not None
                rows.append(
                    (
                        circuit.limit_amps[wire],
                        [
                            float(s.circuit in under and wire in e.wiring.wires)
                            for s, e in self.columns
                        ],
                    )
                )
        for station in self.site.stations:
            if station.feed_amps is not None:
                rows += [
                    (
                        station.feed_amps,
                        [float(s is station and wire in e.wiring.wires) for s, e in self.columns],
                    )
                    for wire in range(3)
                ]
        return rows

    def decided(self, desired: StationDesired) -> None:
        """The station may hold this from now on."""
        for evse in desired.evses:
            assert evse.schedule is not None
            held = self.held[EvseRef(desired.station, evse.evse)]
            held.told.append((desired.version, evse.schedule))

    def secured(self, ref: EvseRef, now: float, settle: float) -> None:
        """The standing profile was accepted."""
        held = self.held[ref]
        if held.secured_at is None:
            held.secured_at = now
            held.before = [(None, now + settle, True)]

    def accepted(self, ref: EvseRef, version: int, now: float, settle: float) -> None:
        """The newest schedule up to that version was accepted; older ones may linger."""
        held = self.held[ref]
        asked = [schedule for told, schedule in held.told if told <= version]
        if not asked:
            return
        lingering = [held.accepted, *asked[:-1]]
        held.before += [(schedule, now + settle, False) for schedule in lingering]
        held.accepted = asked[-1]
        held.told = [(told, schedule) for told, schedule in held.told if told > version]

    def forgot(self, station: StationId) -> None:
        """The station holds nothing it said yes to."""
        for ref in self.held:
            if ref.station == station:
                self.held[ref] = _Held()

    def seen_at_or_below(self, ref: EvseRef, taken: float, amps: float) -> None:
        """A reading that shows the cut: what was replaced well before it no longer lingers."""
        held = self.held[ref]
        if held.accepted is None:
            return
        period = held.accepted.at(Instant(taken))
        if period is not None and amps <= period.limit:
            settle = self._settle(ref)
            held.before = [
                (schedule, until, unknown)
                for schedule, until, unknown in held.before
                if taken < until - settle + SKEW
            ]

    def _settle(self, ref: EvseRef) -> float:
        return next(s.settle for s in self.site.stations if s.id == ref.station)

    def worst(self, instants: NDArray[np.float64]) -> NDArray[np.float64]:
        """``[T, N]`` amperes per wire."""
        return np.stack([self._worst(s, e, instants) for s, e in self.columns], axis=1)

    def _worst(self, station: Station, evse: Evse, at: NDArray[np.float64]) -> NDArray[np.float64]:
        held = self.held[evse.ref]
        if station.id not in self.seen:
            volts = 400 / 3**0.5 * 0.9
            share = station.absent_w / len(station.evses)
            return np.full(at.shape, min(share / (evse.wiring.conductors * volts), evse.max_amps))
        forgets = station.forgets_on_reboot or station.forgets_on_reconnect
        if held.secured_at is None or (station.id not in self.connected and forgets):
            return np.full(at.shape, evse.max_amps)
        standing = min(station.offline_amps, evse.max_amps)
        most = _window(held.accepted, standing, at, station.settle)
        for _, schedule in held.told:
            most = np.maximum(most, _window(schedule, standing, at, station.settle))
        for before, until, unknown in held.before:
            lingering = (
                np.full(at.shape, evse.max_amps)
                if unknown
                else _window(before, standing, at, station.settle)
            )
            most = np.where(at < until, np.maximum(most, lingering), most)
        return most

    def moments(self, now: float, horizon: float) -> NDArray[np.float64]:
        """Every instant from `now` on at which some worst may change, and just beside it."""
        found = {now, horizon - 1.0}
        for station, evse in self.columns:
            held = self.held[evse.ref]
            late = SKEW + station.settle
            schedules = [
                held.accepted,
                *(s for _, s in held.told),
                *(s for s, _, _ in held.before),
            ]
            for schedule in schedules:
                if schedule is not None:
                    edges = [period.start for period in schedule.periods]
                    found |= {edge + shift for edge in edges for shift in (-SKEW, late)}
            found |= {until for _, until, _ in held.before}
        inside = {t + beside for t in found for beside in (-1e-3, 1e-3)} | {now}
        return np.array(sorted(t for t in inside if now <= t < horizon))


def _window(
    schedule: Schedule | None, standing: float, at: NDArray[np.float64], settle: float
) -> NDArray[np.float64]:
    """The most it lets in over ``[at - skew - settle, at + skew]``, each candidate looked at."""
    if schedule is None:
        return np.full(at.shape, standing)
    low, high = at - SKEW - settle, at + SKEW
    starts = np.array([float(period.start) for period in schedule.periods])
    limits = np.array([period.limit for period in schedule.periods])
    ends = np.append(starts[1:], schedule.until)
    starts[0] = -np.inf
    touched = (starts <= high[:, None]) & (ends > low[:, None])
    most = np.where(touched, limits, -np.inf).max(axis=1)
    result: NDArray[np.float64] = np.where(
        high >= schedule.until, np.maximum(most, standing), most
    )
    return result


class World:
    """One site with its engine, its oracle, and a random history."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.site = random_site(self.dice)
        self.program = random_program(self.dice)
        self.engine = SiteEngine(self.site, {PROGRAM: self.program}, config="c")
        self.oracle = Oracle(self.site)
        self.now = START
        self.events: dict[str, Event] = {}
        self.epochs: dict[StationId, int] = {}
        self.unanswered: list[tuple[StationDesired, int]] = []
        self.violations: list[str] = []
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
            self._lift,
            self._answer,
            self._answer,
            self._answer,
            self._meter,
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
        for _ in self.site.stations:
            self._plug()
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
        station = self.dice.choice(self.site.stations)
        if station.id in self.oracle.connected:
            evse = self.dice.choice(station.evses)
            self._fact(
                EvseStatusChanged(
                    site=SITE,
                    station=station.id,
                    epoch=self.epochs[station.id],
                    evse=evse.ref.evse,
                    occupied=self.dice.random() < 0.7,
                    status="?",
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
        self._fact(
            Metered(
                site=SITE,
                readings=(
                    Reading(
                        station=station.id,
                        epoch=self.epochs[station.id],
                        evse=evse.ref.evse,
                        taken=self.now,
                        power=Watts(amps * 230.0),
                        amps=(Amperes(amps), None, None),
                    ),
                ),
            )
        )
        self.oracle.seen_at_or_below(evse.ref, self.now, amps)

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
        after = oracle.worst(moments)
        before = self._without(decided).worst(moments)
        self._check(moments, before, after)

    def _without(self, decided: Decided) -> Oracle:
        """The oracle as it was before the decision."""
        before = Oracle(self.site)
        before.seen, before.connected = self.oracle.seen, self.oracle.connected
        versions = {desired.version for desired in decided.changes}
        before.held = {
            ref: _Held(
                secured_at=held.secured_at,
                accepted=held.accepted,
                told=[(told, s) for told, s in held.told if told not in versions],
                before=held.before,
            )
            for ref, held in self.oracle.held.items()
        }
        return before

    def _check(
        self,
        moments: NDArray[np.float64],
        before: NDArray[np.float64],
        after: NDArray[np.float64],
    ) -> None:
        for limit, weights in self.oracle.rows:
            load = after @ np.array(weights)
            allowed = np.maximum(limit, before @ np.array(weights))
            self._note("wire", moments, load, allowed)
        watts = np.array([e.wiring.conductors * VOLTS_HIGH for _, e in self.oracle.columns])
        caps = np.array([self.limit_at(moment) for moment in moments.tolist()])
        self._note("meter", moments, after @ watts, np.maximum(caps, before @ watts))

    def _note(
        self,
        what: str,
        moments: NDArray[np.float64],
        load: NDArray[np.float64],
        allowed: NDArray[np.float64],
    ) -> None:
        over = load > allowed + 1e-3
        if over.any():
            index = int(np.argmax(load - allowed))
            self.violations.append(
                f"{what}: {load[index]:.2f} of {allowed[index]:.2f} "
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


def _watts(rule: LevelRule, import_w: float) -> float:
    if rule.basis is Basis.PAUSE:
        return 0.0
    return import_w * rule.value / 100 if rule.basis is Basis.PCT_OF_IMPORT else rule.value
