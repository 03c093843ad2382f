"""A VEN's engine with its log: what happens is written down, decisions too, as its owner does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gridbridge.domain.events import Distribution, Event, EventStatus, Interval, Signal, SignalKind
from gridbridge.domain.facts import (
    AnswerDelivered,
    Distributed,
    Recorded,
    Registered,
    RegistrationLost,
    ReportRequested,
    ResourceSampled,
    VtnHeard,
)
from gridbridge.domain.ids import EventId, ProgramName, SiteId, VenName
from gridbridge.domain.limits import Authority
from gridbridge.domain.programs import LostRule, Program
from gridbridge.domain.units import Instant, Seconds, WattHours, Watts
from gridbridge.engine.ven.engine import Member, VenEngine

if TYPE_CHECKING:
    from gridbridge.domain.decisions import VenDecided
    from gridbridge.domain.facts import VenFact
    from gridbridge.domain.programs import RespondRule

NOW = Instant(1_800_000_000.0)
VEN = VenName("utility")
SITES = (SiteId("depot-1"), SiteId("depot-2"))
HEARD = VtnHeard(ven=VEN)
REGISTERED = Registered(ven=VEN, ven_id="V", registration="R", vtn_id="VTN", poll=Seconds(10.0))
REGISTRATION_LOST = RegistrationLost(ven=VEN, why="unknown")


def program(
    name: str = "peak",
    *,
    market: str = "m",
    lost_after: float = 900.0,
    respond: RespondRule | None = None,
) -> Program:
    made = Program(
        name=ProgramName(name),
        ven=VEN,
        market=market,
        authority=Authority.VOLUNTARY,
        lost=LostRule(after=Seconds(lost_after)),
    )
    return made if respond is None else replace(made, respond=respond)


def event(
    name: str = "e",
    *,
    version: int = 0,
    start: float = 600.0,
    end: float = 36_000.0,
    market: str = "m",
    level: float | None = None,
    cancelled: bool = False,
) -> Event:
    first, last = Instant(NOW + start), Instant(NOW + end)
    interval = Interval(start=first, end=last, value=level or 0.0)
    simple = Signal(kind=SignalKind.SIMPLE, intervals=(interval,))
    return Event(
        id=EventId(name),
        version=version,
        status=EventStatus.CANCELLED if cancelled else EventStatus.STANDING,
        market=market,
        created=NOW,
        start=first,
        end=last,
        signals=() if level is None else (simple,),
    )


def said(*events: Event, asked: bool = True) -> Distributed:
    return Distributed(ven=VEN, distribution=Distribution(request="r", events=events, asked=asked))


def wanted(
    request: str = "q", *, granularity: float = 60.0, every: float = 60.0
) -> ReportRequested:
    return ReportRequested(
        ven=VEN,
        request=request,
        specifier="usage",
        resources=tuple(map(str, SITES)),
        granularity=Seconds(granularity),
        every=Seconds(every),
    )


class Talk:
    """An engine, the time, and the log of all it was told and decided."""

    def __init__(self, *programs: Program) -> None:
        self.programs = programs or (program(),)
        self.now = NOW
        self.log: list[tuple[str, Recorded]] = []
        self.decisions: list[VenDecided] = []
        members = [
            Member(site=site, program=each.name, resource=str(site))
            for each in self.programs
            for site in SITES
        ]
        self.engine = VenEngine(VEN, self.programs, members)

    def hear(self, fact: VenFact, *, after: float = 0.0) -> VenDecided | None:
        """Let time pass, then fold a fact and decide."""
        self.now = Instant(self.now + after)
        recorded, entry = self._logged(fact)
        self.engine.receive(recorded, entry=entry)
        return self.decide()

    def decide(self) -> VenDecided | None:
        """Decide, and write the decision down."""
        decided = self.engine.decide(self.now)
        if decided is not None:
            self.decisions.append(decided)
            self._logged(decided)
        return decided

    def wait(self, seconds: float) -> VenDecided | None:
        """Let time pass, sample what is due, and decide."""
        self.now = Instant(self.now + seconds)
        if self.engine.sample_due(self.now):
            for number, site in enumerate(SITES):
                recorded, entry = self._logged(self._sampled(site, 1000.0 * number))
                self.engine.receive(recorded, entry=entry)
        return self.decide()

    def deliver(self) -> None:
        """The VTN confirms every answer that it is owed."""
        self.hear(AnswerDelivered(ven=VEN, answers=self.engine.owed()[1]))

    def revived(self, snapshot: bytes, upto: str) -> VenEngine:
        """The engine of a new owner: a snapshot, and what the log has after it."""
        engine = self.engine.again()
        engine.restore(snapshot, upto=upto)
        for entry, recorded in self.log:
            if entry > upto:
                engine.receive(recorded, entry=entry)
        return engine

    def over(self) -> dict[str, bool]:
        """Each event of the ledger, and whether it asks nothing any more."""
        return {name: entry.over is not None for name, entry in self.engine.state.ledger.items()}

    def _sampled(self, site: SiteId, power: float) -> ResourceSampled:
        return ResourceSampled(
            ven=VEN,
            site=site,
            taken=self.now,
            power=Watts(power),
            energy=WattHours(self.now - NOW),
            complete=True,
        )

    def _logged(self, fact: VenFact) -> tuple[Recorded, str]:
        entry = f"{len(self.log) + 1:06d}"
        recorded = Recorded(at=self.now, writer="gw-1", seq=len(self.log), fact=fact)
        self.log.append((entry, recorded))
        return recorded, entry
