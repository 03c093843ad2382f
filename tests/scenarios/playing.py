"""Plays a scenario in virtual time: the engine of its site, and stations that answer at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gridbridge.domain.commands import Outcome
from gridbridge.domain.events import Event, EventStatus, Interval, Signal
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
    VtnBack,
    VtnLost,
)
from gridbridge.domain.ids import EventId, EvseRef, ProgramName, SessionId, StationId
from gridbridge.domain.needs import Need
from gridbridge.domain.site import Mode
from gridbridge.domain.slots import Slot
from gridbridge.domain.units import FOREVER, Instant, WattHours, Watts
from gridbridge.engine.site.engine import SiteEngine
from gridbridge.policy.responding import answer

if TYPE_CHECKING:
    from gridbridge.domain.commands import EvseDesired, StationDesired
    from tests.scenarios.reading import AskedFor, Drawn, Scenario, Step, Wanted

START = Instant(1_760_000_000.0)
PAUSE_S = 0.2
"""How soon an engine that has more to say is asked again."""


def ref(text: str) -> EvseRef:
    """An EVSE as a scenario writes it."""
    station, _, evse = text.partition("/")
    return EvseRef(StationId(station), int(evse or 1))


class Play:
    """The site of a scenario; `step` takes it to the next step."""

    def __init__(self, scenario: Scenario) -> None:
        self.site = scenario.site
        self.programs = {program.name: program for program in scenario.programs}
        self.engine = SiteEngine(self.site, self.programs, config="c")
        self.now = START
        self.held: dict[EvseRef, EvseDesired] = {}
        """What each EVSE said yes to."""
        self.opts: dict[str, str] = {}
        self.writes = 0
        self._epochs: dict[StationId, int] = {}
        self._answers: dict[StationId, str] = {}
        self._sessions: dict[EvseRef, SessionId] = {}
        self._seq = 0

    def step(self, step: Step) -> None:
        """Let time pass until a step, and what it says happen."""
        self._run_until(Instant(START + step.at))
        for name in step.connect:
            self._connect(StationId(name))
        for name in step.boot:
            self._boot(StationId(name))
        for name in step.silent:
            station = StationId(name)
            self._fact(StationDisconnected(**self._of(station), reason="scenario"))
        for name, manners in step.manners.items():
            self._answers[StationId(name)] = manners.answer
        for name in step.plug:
            self._plug(ref(name))
        for name in step.unplug:
            self._unplug(ref(name))
        for name, wanted in step.needs.items():
            self._need(ref(name), wanted)
        for name, drawn in step.meter.items():
            self._meter(ref(name), drawn)
        self._of_the_grid(step)
        self._decide()

    def holds(self, evse: EvseRef) -> float | None:
        """Amperes per wire by what it said yes to; None: to nothing yet."""
        held = self.held.get(evse)
        if held is None:
            return None
        period = held.schedule.at(self.now) if held.schedule is not None else None
        return held.standing_amps if period is None else period.limit

    # --- what happens --------------------------------------------------------------------------

    def _connect(self, station: StationId) -> None:
        self._epochs[station] = self._epochs.get(station, 0) + 1
        known = self.site.station(station)
        if known is not None and known.forgets_on_reconnect:
            self._forget(station)
        self._fact(StationConnected(**self._of(station), protocol="ocpp2.0.1"))

    def _boot(self, station: StationId) -> None:
        known = self.site.station(station)
        if known is not None and known.forgets_on_reboot:
            self._forget(station)
        self._fact(StationBooted(**self._of(station), vendor="ACME", model="One"))

    def _forget(self, station: StationId) -> None:
        self.held = {evse: held for evse, held in self.held.items() if evse.station != station}

    def _plug(self, evse: EvseRef) -> None:
        session = SessionId(f"{evse}-{self._seq}")
        self._sessions[evse] = session
        self._occupied(evse, occupied=True)
        self._fact(SessionStarted(**self._of(evse.station), evse=evse.evse, session=session))

    def _unplug(self, evse: EvseRef) -> None:
        session = self._sessions.pop(evse)
        self._fact(SessionEnded(**self._of(evse.station), evse=evse.evse, session=session))
        self._occupied(evse, occupied=False)

    def _occupied(self, evse: EvseRef, *, occupied: bool) -> None:
        self._fact(
            EvseStatusChanged(
                **self._of(evse.station),
                evse=evse.evse,
                occupied=occupied,
                status="Occupied" if occupied else "Available",
            )
        )

    def _need(self, evse: EvseRef, wanted: Wanted) -> None:
        need = Need(
            energy=None if wanted.kwh is None else WattHours(wanted.kwh * 1000.0),
            departure=None if wanted.leaves is None else Instant(START + wanted.leaves),
        )
        self._fact(
            NeedStated(
                site=self.site.id,
                station=evse.station,
                evse=evse.evse,
                session=self._sessions[evse],
                need=need,
            )
        )

    def _meter(self, evse: EvseRef, drawn: Drawn) -> None:
        reading = Reading(
            station=evse.station,
            epoch=self._epochs[evse.station],
            evse=evse.evse,
            taken=self.now,
            power=None if drawn.kw is None else Watts(drawn.kw * 1000.0),
            amps=drawn.amps,  # type: ignore[arg-type]  # Amperes are floats with a name
            energy=None if drawn.kwh is None else WattHours(drawn.kwh * 1000.0),
            soc=drawn.soc,
        )
        self._fact(Metered(site=self.site.id, readings=(reading,)))

    def _of_the_grid(self, step: Step) -> None:
        if step.event is not None:
            self._assign(step.event)
        for event, name in step.lift.items():
            program = self.programs[ProgramName(name)]
            self._fact(
                EventLifted(
                    site=self.site.id,
                    ven=program.ven,
                    program=program.name,
                    event=EventId(event),
                    why="cancelled",
                )
            )
        for name in step.vtn_lost:
            program = self.programs[ProgramName(name)]
            since = Instant(self.now - program.lost.after)
            self._fact(
                VtnLost(site=self.site.id, ven=program.ven, program=program.name, since=since)
            )
        for name in step.vtn_back:
            program = self.programs[ProgramName(name)]
            self._fact(VtnBack(site=self.site.id, ven=program.ven, program=program.name))

    def _assign(self, asked: AskedFor) -> None:
        program = self.programs[ProgramName(asked.program)]
        end = FOREVER if asked.end is None else Instant(START + asked.end)
        starts = [Instant(START + start) for start in sorted(asked.values)]
        intervals = tuple(
            Interval(start=start, end=until, value=asked.values[start - START])
            for start, until in zip(starts, [*starts[1:], end], strict=True)
        )
        event = Event(
            id=EventId(asked.id),
            version=asked.version,
            status=EventStatus.STANDING,
            market=program.market,
            created=self.now,
            start=starts[0],
            end=end,
            strength=asked.strength,
            signals=(Signal(kind=asked.signal, intervals=intervals),),
        )
        said = answer(event, program, now=self.now)
        self.opts[asked.id] = said.opt.value
        self._fact(
            EventAssigned(
                site=self.site.id,
                ven=program.ven,
                program=program.name,
                event=event,
                answer=said,
                arrived=self.now,
            )
        )

    # --- time and decisions --------------------------------------------------------------------

    def _run_until(self, end: Instant) -> None:
        while (due := self.engine.next_wakeup()) is not None and due < end:
            self.now = Instant(max(due, self.now + PAUSE_S))
            self._decide()
        self.now = max(self.now, end)

    def _decide(self) -> None:
        """Decide, have the stations answer, and look at what follows from their answers."""
        while (decided := self.engine.decide(self.now)) is not None:
            if self.site.mode is Mode.OBSERVE or not decided.changes:
                return
            for change in decided.changes:
                self.writes += 1
                self._tell(change)

    def _tell(self, change: StationDesired) -> None:
        said = self._answers.get(change.station, "accepted")
        if said == "never":
            return
        for wanted in change.evses:
            if said == "accepted":
                self.held[EvseRef(change.station, wanted.evse)] = wanted
            for slot in (Slot.STANDING, Slot.PLAN):
                self._fact(
                    ProfileAnswered(
                        **self._of(change.station),
                        evse=wanted.evse,
                        slot=slot,
                        version=change.version,
                        outcome=Outcome(said),
                        sent=self.now,
                    )
                )

    def _of(self, station: StationId) -> dict[str, Any]:
        return {"site": self.site.id, "station": station, "epoch": self._epochs[station]}

    def _fact(self, fact: SiteFact) -> None:
        self._seq += 1
        self.engine.receive(
            Recorded(at=self.now, writer="w", seq=self._seq, fact=fact), entry=str(self._seq)
        )
