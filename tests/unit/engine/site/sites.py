"""A small depot, and an engine of it that is driven by hand."""

from __future__ import annotations

from collections.abc import Sequence

from gridbridge.domain.commands import Outcome
from gridbridge.domain.decisions import Decided
from gridbridge.domain.events import Answer, Event, EventStatus, Interval, Opt, Signal, SignalKind
from gridbridge.domain.facts import (
    EventAssigned,
    EvseStatusChanged,
    ProfileAnswered,
    Recorded,
    SiteFact,
    StationConnected,
)
from gridbridge.domain.ids import EventId, EvseRef, ProgramName, SiteId, StationId, VenName
from gridbridge.domain.limits import Authority
from gridbridge.domain.programs import Basis, LevelRule, Program
from gridbridge.domain.site import Circuit, Enrolment, Evse, Kind, Mode, Site, Station, Wiring
from gridbridge.domain.slots import Slot
from gridbridge.domain.units import Amperes, Instant, Seconds, Watts
from gridbridge.engine.site.engine import SiteEngine

SITE = SiteId("depot")
VEN = VenName("utility")
PEAK = ProgramName("peak")
START = Instant(1_760_000_000.0)
SETTLE = Seconds(5.0)


def depot(*, stations: int = 3, main_amps: float = 48.0) -> Site:
    """Three-phase stations of 32 A on one breaker."""
    amps = Amperes(main_amps)
    return Site(
        id=SITE,
        mode=Mode.CONTROL,
        timezone="UTC",
        voltage=400.0,
        import_w=Watts(100e3),
        export_w=Watts(0.0),
        circuits=(Circuit(name="main", parent=None, limit_amps=(amps, amps, amps)),),
        stations=tuple(
            Station(
                id=StationId(f"CP-{number}"),
                circuit="main",
                settle=SETTLE,
                evses=(
                    Evse(
                        ref=EvseRef(StationId(f"CP-{number}"), 1),
                        kind=Kind.AC,
                        wiring=Wiring(wires=(0, 1, 2)),
                        max_amps=Amperes(32.0),
                        min_amps=Amperes(6.0),
                    ),
                ),
            )
            for number in range(1, stations + 1)
        ),
        enrolments=(Enrolment(program=PEAK),),
    )


def peak() -> Program:
    """SIMPLE 1 leaves 30 kW, 2 leaves 15 kW."""
    return Program(
        name=PEAK,
        ven=VEN,
        market="m",
        authority=Authority.VOLUNTARY,
        simple={
            1: LevelRule(basis=Basis.KW, value=30e3),
            2: LevelRule(basis=Basis.KW, value=15e3),
        },
    )


class Driven:
    """An engine, its clock, and stations that take what they are told at once."""

    def __init__(self, site: Site, program: Program | None = None) -> None:
        self.engine = SiteEngine(site, {PEAK: program or peak()}, config="c")
        self.now = START
        self.writes: dict[str, int] = {}
        self._seq = 0

    def fact(self, fact: SiteFact) -> None:
        """Fold one fact now."""
        self._seq += 1
        self.engine.receive(
            Recorded(at=self.now, writer="w", seq=self._seq, fact=fact), entry=str(self._seq)
        )

    def arrive(self, number: int) -> None:
        """A station connects, with a car."""
        station = StationId(f"CP-{number}")
        self.fact(StationConnected(site=SITE, station=station, epoch=1, protocol="ocpp1.6"))
        self.plug(number)

    def plug(self, number: int, *, occupied: bool = True) -> None:
        """A car comes or goes."""
        self.fact(
            EvseStatusChanged(
                site=SITE,
                station=StationId(f"CP-{number}"),
                epoch=1,
                evse=1,
                occupied=occupied,
                status="?",
            )
        )

    def event(self, level: float, *, start: Instant, end: Instant, version: int = 0) -> None:
        """A SIMPLE event is assigned to the site."""
        self.fact(self.assigned([Interval(start=start, end=end, value=level)], version=version))

    def assigned(self, intervals: Sequence[Interval], *, version: int) -> EventAssigned:
        """What would be said now of a SIMPLE event of these intervals."""
        event = Event(
            id=EventId("e"),
            version=version,
            status=EventStatus.STANDING,
            market="m",
            created=self.now,
            start=intervals[0].start,
            end=intervals[-1].end,
            signals=(Signal(kind=SignalKind.SIMPLE, intervals=tuple(intervals)),),
        )
        answer = Answer(event=event.id, version=version, opt=Opt.IN, why="")
        return EventAssigned(
            site=SITE, ven=VEN, program=PEAK, event=event, answer=answer, arrived=self.now
        )

    def decide(self) -> Decided | None:
        """Decide, and let every station take it."""
        decided = self.engine.decide(self.now)
        self.obey(decided)
        return decided

    def obey(self, decided: Decided | None) -> None:
        """Every station takes what it is told."""
        for change in decided.changes if decided is not None else ():
            self.writes[change.station] = self.writes.get(change.station, 0) + 1
            for slot in (Slot.STANDING, Slot.PLAN):
                self.fact(
                    ProfileAnswered(
                        site=SITE,
                        station=change.station,
                        epoch=1,
                        evse=1,
                        slot=slot,
                        version=change.version,
                        outcome=Outcome.ACCEPTED,
                        sent=self.now,
                    )
                )

    def run(self, seconds: float) -> None:
        """Let time pass, deciding whenever the engine wants to be woken."""
        end = Instant(self.now + seconds)
        while True:
            self.decide()
            due = self.engine.next_wakeup()
            if due is None or due >= end:
                break
            self.now = Instant(max(due, self.now + 0.2))
        self.now = end
        self.decide()

    def limit(self, number: int) -> float:
        """What a station is told now, in amperes."""
        for desired in self.engine.desired():
            if desired.station == f"CP-{number}" and desired.evses[0].schedule is not None:
                period = desired.evses[0].schedule.at(self.now)
                return period.limit if period is not None else desired.evses[0].standing_amps
        raise AssertionError(f"CP-{number} was told nothing")
