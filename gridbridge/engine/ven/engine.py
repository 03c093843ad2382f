"""The engine of one VEN: facts from its VTN in, answers, assignments and reports out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.codec import decode, encode
from gridbridge.domain.decisions import Assign, ReportUpdate, VenDecided
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
from gridbridge.domain.units import Instant
from gridbridge.engine.ven import ledger, membership, reports, silence
from gridbridge.engine.ven.membership import Member
from gridbridge.engine.ven.state import Entry, VenState
from gridbridge.engine.ven.view import alarms, view_of
from gridbridge.policy.responding import answer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gridbridge.domain.events import Answer
    from gridbridge.domain.ids import VenName
    from gridbridge.domain.programs import Program
    from gridbridge.domain.views import VenView

__all__ = ["Member", "VenEngine"]

HEARD_BY = Distributed | AnswerDelivered | VtnHeard
"""Where events come from: a VTN that only registers us and takes reports tells of no event."""


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
        state.started = state.started or at
        if isinstance(fact, HEARD_BY):
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
        lost, back = silence.turns(self.state, self._programs.values(), now)
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
            alarms=alarms(self.ven, self.state, now),
        )
        self._apply(decided)
        return decided

    def next_wakeup(self) -> Instant | None:
        """When `decide` (or a sample) may be due although no fact came."""
        times: list[Instant] = []
        sample = reports.next_sample(self.state)
        if sample is not None:
            times.append(sample)
        since = silence.silent_since(self.state)
        if since is not None:
            times += [
                Instant(since + silence.patience(program))
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
            for assign in membership.assignments(entry, self._members)
        )

    def view(self, now: Instant) -> VenView:
        """What the API shows of the VEN and its events."""
        return view_of(self.ven, self.state, self._programs, self._members, now)

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
            given = membership.refused(
                entry.event, self.state.registered, self._members
            ) or answer(entry.event, program, now=entry.arrived)
            answers.append(given)
            ledger.answered(entry, given, program)
        assignments += membership.assignments(entry, self._members)
        entry.settled = True

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
            ledger.answered(entry, given, program)
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
        ledger.forget(state, decided.now)


def _is_about(assign: Assign, entry: Entry) -> bool:
    """Whether what was told of an event was told of the version in the ledger."""
    return assign.answer is None or assign.answer.is_to(entry.event)
