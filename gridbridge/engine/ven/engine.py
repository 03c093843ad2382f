"""The engine of one VEN: facts from its VTN in, answers, assignments and reports out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridbridge.codec import decode, encode
from gridbridge.domain.decisions import Alarm, Assign, ReportUpdate, VenDecided
from gridbridge.domain.events import (
    Answer,
    Event,
    EventStatus,
    Opt,
    RefusalReason,
)
from gridbridge.domain.facts import (
    AnswerDelivered,
    Distributed,
    Recorded,
    Registered,
    RegistrationLost,
    ReportCancelled,
    ReportDelivered,
    ReportRequested,
    ResourceSampled,
    VtnHeard,
)
from gridbridge.domain.ids import ProgramName, SiteId, VenName
from gridbridge.domain.units import FOREVER, Instant, Seconds
from gridbridge.domain.views import VenEventView, VenView
from gridbridge.engine.ven import ledger, reports
from gridbridge.engine.ven.state import Entry, VenState
from gridbridge.policy.responding import answer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gridbridge.domain.programs import Program

SILENCE = Seconds(120.0)
"""A VTN is never called lost sooner than this: it is heard at most once a minute."""
HEARD_BY = Distributed | AnswerDelivered | VtnHeard
"""Where events come from: a VTN that only registers us and takes reports tells of no event."""
OURS = ResourceSampled | VenDecided
"""What no VTN has a part in; everything else at least starts the clock of its silence."""
KEPT = Seconds(86400.0)
"""How long an event that is over stays in the ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A site enrolled in a program of this VEN."""

    site: SiteId
    program: ProgramName
    resource: str
    """Its name towards the VTN."""


class VenEngine:
    """One VEN. `receive` folds a fact, `decide` says what follows, `next_wakeup` when to ask."""

    def __init__(
        self,
        ven: VenName,
        programs: Sequence[Program],
        members: Sequence[Member],
        *,
        state: VenState | None = None,
    ) -> None:
        self.ven = ven
        self.state = VenState() if state is None else state
        self._by_market: Mapping[str, Program] = {program.market: program for program in programs}
        self._programs = {program.name: program for program in programs}
        self._members = tuple(members)
        self._resources = {member.site: member.resource for member in members}
        self._upto = "0"

    # --- facts in ------------------------------------------------------------------------------

    def receive(self, recorded: Recorded, *, entry: str) -> None:  # noqa: C901 - one line a kind of fact
        """Fold a fact that lies in the VEN's log as `entry`."""
        self._upto = entry
        at, fact, state = recorded.at, recorded.fact, self.state
        if isinstance(fact, HEARD_BY) or (state.heard is None and not isinstance(fact, OURS)):
            state.heard = at
        match fact:
            case Distributed():
                ledger.distribute(state, fact.distribution, at)
            case AnswerDelivered():
                self._delivered(fact.answers)
            case Registered():
                state.registered = fact
            case RegistrationLost():
                state.registered = None
                state.reports.clear()
            case ReportRequested():
                reports.begin(state, fact, at)
            case ReportCancelled():
                state.reports.pop(fact.request, None)
            case ReportDelivered():
                state.outbox = tuple(each for each in state.outbox if each.id != fact.update)
            case ResourceSampled():
                resource = self._resources.get(fact.site)
                if resource is not None:
                    reports.sample(state, fact, resource)
            case VenDecided():
                self._apply(fact)
            case _:
                pass

    # --- decisions out -------------------------------------------------------------------------

    def decide(self, now: Instant) -> VenDecided | None:
        """What follows from what is known; None where nothing does."""
        answers: list[Answer] = []
        assignments: list[Assign] = []
        for entry in self.state.ledger.values():
            if not entry.settled:
                self._settle(entry, answers, assignments)
        filed = [
            update
            for running in self.state.reports.values()
            if (update := reports.due(running, now)) is not None
        ]
        reports.skip(self.state, now)
        lost, back = self._lost(now)
        if not (answers or assignments or filed or lost or back):
            return None
        decided = VenDecided(
            ven=self.ven,
            upto=self._upto,
            now=now,
            request=self.state.request,
            answers=tuple(answers),
            assignments=tuple(assignments),
            reports=tuple(filed),
            lost=lost,
            back=back,
            alarms=self._alarms(),
        )
        self._apply(decided)
        return decided

    def next_wakeup(self) -> Instant | None:
        """When `decide` (or a sample) may be due although no fact came."""
        times: list[Instant] = []
        sample = reports.next_sample(self.state)
        if sample is not None:
            times.append(sample)
        if self.state.heard is not None:
            times += [
                Instant(self.state.heard + patience(program))
                for program in self._programs.values()
                if program.name not in self.state.lost
            ]
        return min(times, default=None)

    def sample_due(self, now: Instant) -> bool:
        """Whether some report wants a sample of every resource now."""
        due = reports.next_sample(self.state)
        return due is not None and due <= now

    def owed(self) -> tuple[str | None, tuple[Answer, ...]]:
        """(request to echo, answers that the VTN has not confirmed)."""
        standing = [
            entry.answer
            for entry in self.state.ledger.values()
            if entry.answer is not None and not entry.delivered and entry.event.response_required
        ]
        return self.state.request, (*standing, *self.state.out_of_sequence)

    def outbox(self) -> tuple[ReportUpdate, ...]:
        """Reports that the VTN has not confirmed, oldest first."""
        return self.state.outbox

    def members(self) -> tuple[Member, ...]:
        """The sites enrolled in programs of this VEN."""
        return self._members

    def assignments(self) -> tuple[Assign, ...]:
        """What sites should know of every event in the ledger: told again by a new owner."""
        return tuple(
            assign
            for entry in self.state.ledger.values()
            if entry.settled
            for assign in self._assignments(entry)
        )

    def view(self, now: Instant) -> VenView:
        """What the API shows of the VEN and its events."""
        state = self.state
        return VenView(
            ven=self.ven,
            at=now,
            registered=state.registered is not None,
            ven_id=state.registered.ven_id if state.registered is not None else None,
            heard=state.heard,
            lost=bool(state.lost),
            events=tuple(
                VenEventView(
                    event=entry.event.id,
                    version=entry.event.version,
                    program=entry.program,
                    status=EventStatus.STANDING if entry.over is None else EventStatus.CANCELLED,
                    start=entry.event.start,
                    end=entry.event.end,
                    arrived=entry.arrived,
                    opt=entry.answer.opt,
                    why=entry.answer.why if entry.over is None else entry.over,
                    answered=entry.delivered,
                    sites=tuple(assign.site for assign in self._assignments(entry)),
                )
                for entry in state.ledger.values()
                if entry.answer is not None
            ),
            reports_waiting=len(state.outbox),
        )

    # --- survival ------------------------------------------------------------------------------

    def again(self) -> VenEngine:
        """A new engine of the same VEN that knows nothing yet."""
        return VenEngine(self.ven, tuple(self._programs.values()), self._members)

    def snapshot(self) -> bytes:
        """The state, to be kept beside the id of the last entry folded."""
        return encode(self.state)

    @property
    def upto(self) -> str:
        """The id of the last entry folded."""
        return self._upto

    def restore(self, snapshot: bytes, *, upto: str) -> None:
        """Go on from a snapshot; later facts are received on top."""
        self.state = decode(snapshot, VenState)
        self._upto = upto

    # --- inside --------------------------------------------------------------------------------

    def _settle(self, entry: Entry, answers: list[Answer], assignments: list[Assign]) -> None:
        if entry.answer is None:
            program = self._by_market.get(entry.event.market)
            given = self._checked(entry.event) or answer(entry.event, program, now=entry.arrived)
            answers.append(given)
            _answered(entry, given, program)
        assignments += self._assignments(entry)
        entry.settled = True

    def _checked(self, event: Event) -> Answer | None:
        """A refusal where an event is addressed to somebody else."""
        registered = self.state.registered
        vens = {target[4:] for target in event.targets if target.startswith("ven:")}
        wanted = {target[9:] for target in event.targets if target.startswith("resource:")}
        stranger = bool(vens) and registered is not None and registered.ven_id not in vens
        unknown = bool(wanted) and not wanted & {member.resource for member in self._members}
        if not stranger and not unknown:
            return None
        return Answer(
            event=event.id,
            version=event.version,
            opt=Opt.OUT,
            why="addressed to " + ", ".join(sorted(event.targets)),
            refused=RefusalReason.TARGET_MISMATCH,
            cancels=event.status is EventStatus.CANCELLED,
        )

    def _assignments(self, entry: Entry) -> tuple[Assign, ...]:
        if entry.program is None or entry.answer is None:
            return ()
        wanted = {t[9:] for t in entry.event.targets if t.startswith("resource:")}
        return tuple(
            Assign(
                site=member.site,
                program=entry.program,
                event=entry.event.id,
                standing=entry.event if entry.over is None else None,
                answer=entry.answer,
                arrived=entry.arrived,
                why=entry.over or entry.answer.why,
            )
            for member in self._members
            if member.program == entry.program and (not wanted or member.resource in wanted)
        )

    def _delivered(self, answers: Sequence[Answer]) -> None:
        for given in answers:
            entry = self.state.ledger.get(given.event)
            if entry is not None and given.is_to(entry.event):
                entry.delivered = True
        self.state.out_of_sequence = tuple(
            each for each in self.state.out_of_sequence if each not in answers
        )

    def _apply(self, decided: VenDecided) -> None:
        """Take a decision into the state: our own at once, a former owner's from the log."""
        state = self.state
        for given in decided.answers:
            entry = state.ledger.get(given.event)
            if entry is None or not given.is_to(entry.event):
                continue
            program = self._by_market.get(entry.event.market)
            _answered(entry, given, program)
            # An event that concerns no site has nothing else to tell.
            entry.settled = True
        for assign in decided.assignments:
            entry = state.ledger.get(assign.event)
            if entry is not None and _is_about(assign, entry):
                entry.settled = True
        for update in decided.reports:
            reports.filed(state, update)
        state.lost = tuple(
            program
            for program in dict.fromkeys((*state.lost, *decided.lost))
            if program not in decided.back
        )
        state.ledger = {
            event: entry
            for event, entry in state.ledger.items()
            if not self._forgettable(entry, decided.now)
        }

    @staticmethod
    def _forgettable(entry: Entry, now: Instant) -> bool:
        end = entry.event.end if entry.ended is None else entry.ended
        answered = entry.delivered or not entry.event.response_required
        return entry.answer is not None and answered and end != FOREVER and now > end + KEPT

    def _lost(self, now: Instant) -> tuple[tuple[ProgramName, ...], tuple[ProgramName, ...]]:
        heard = self.state.heard
        if heard is None:
            return (), ()
        silent = {
            program.name for program in self._programs.values() if now >= heard + patience(program)
        }
        lost = tuple(sorted(silent - set(self.state.lost)))
        back = tuple(program for program in self.state.lost if program not in silent)
        return lost, back

    def _alarms(self) -> tuple[Alarm, ...]:
        held = [
            entry.event.id
            for entry in self.state.ledger.values()
            if entry.vanished is not None and entry.over is None
        ]
        if not held:
            return ()
        return (
            Alarm(
                name="vanished_events_held",
                subject=self.ven,
                detail=f"{len(held)} live events vanished at once",
            ),
        )


def _answered(entry: Entry, given: Answer, program: Program | None) -> None:
    entry.answer = given
    entry.program = entry.program or (program.name if program is not None else None)
    if entry.event.status is EventStatus.CANCELLED:
        entry.over, entry.ended = "cancelled by the VTN", entry.arrived
    elif given.refused is not None:
        entry.over, entry.ended = given.why, entry.arrived


def _is_about(assign: Assign, entry: Entry) -> bool:
    """Whether what was told of an event was told of the version in the ledger."""
    return assign.answer is None or assign.answer.is_to(entry.event)


def patience(program: Program) -> Seconds:
    """How long a VTN may be silent before the program's `lost` rule applies."""
    return max(program.lost.after, SILENCE)
