"""The recorded facts, folded with a policy of one's choice.

    recorded   f1  D  answer  f2  D  answer ...
    folded     f1  d  yes     f2  d  yes ...        d: what this policy decides

The recorded decisions, and the answers to them, are left out. Stations say yes at once to what
they are told, and cars draw as `drawing` has it. The utility's events, and how they were answered,
stay as recorded.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gridbridge.domain.commands import Outcome
from gridbridge.domain.decisions import Decided
from gridbridge.domain.facts import Metered, ProfileAnswered, Recorded
from gridbridge.domain.site import Mode
from gridbridge.domain.slots import Slot
from gridbridge.domain.units import Instant
from gridbridge.engine.replay.drawing import Draws
from gridbridge.engine.replay.figures import Tally

if TYPE_CHECKING:
    from gridbridge.domain.facts import Fact
    from gridbridge.domain.ids import StationId
    from gridbridge.engine.replay.figures import Figures
    from gridbridge.engine.replay.recording import Recording, Rules
    from gridbridge.engine.site.engine import SiteEngine

NEXT = 0.001
"""Time goes on by so much at least."""


def fold(rules: Rules, recording: Recording, *, since: Instant, until: Instant) -> Figures:
    """Decide by these rules from `since` on; both times must come.

    What came before is folded as recorded. A site that only observes is decided upon as if it
    were in control.
    """
    in_control = replace(rules, site=replace(rules.site, mode=Mode.CONTROL))
    course = _Course(in_control.engine(recording.start), since)
    observed = rules.site.mode is Mode.OBSERVE
    for entry in recording.entries:
        if entry.recorded.at >= until:
            continue
        if entry.recorded.at >= since:
            course.begin(tell_anew=observed)
        course.receive(entry.recorded, entry=entry.id)
    course.begin(tell_anew=observed)
    return course.end(until)


class _Course:
    """One engine on its way."""

    def __init__(self, engine: SiteEngine, since: Instant) -> None:
        self._engine = engine
        self._now = since
        self._begun = False
        self._draws = Draws(engine)
        self._tally = Tally(self._draws, len(engine.wires.evses), start=since)

    def receive(self, recorded: Recorded, *, entry: str) -> None:
        """Fold a fact, and decide."""
        fact, engine = recorded.fact, self._engine
        if not self._begun:
            self._as_drawn(recorded)
            engine.receive(recorded, entry=entry)
            return
        if isinstance(fact, Decided | ProfileAnswered):
            return
        self._go_to(recorded.at)
        engine.receive(replace(self._as_drawn(recorded), at=self._now), entry=entry)
        self._decide()

    def end(self, until: Instant) -> Figures:
        """Let time pass until the end."""
        self._go_to(until)
        return self._tally.figures()

    def begin(self, *, tell_anew: bool) -> None:
        """Where an answer is owed when the stretch begins, it is yes."""
        if not self._begun:
            self._begun = True
            for station in self._engine.state.stations.values() if tell_anew else ():
                for own in station.evses.values():
                    own.desired = None
            for desired in self._engine.desired():
                self._yes(desired.station, desired.version)
            self._decide()

    def _as_drawn(self, recorded: Recorded) -> Recorded:
        fact = recorded.fact
        if isinstance(fact, Metered):
            return replace(recorded, fact=self._draws.take(fact, recorded.at))
        return recorded

    def _go_to(self, at: Instant) -> None:
        """Decide whenever the engine wants to be asked before that."""
        while (due := self._engine.next_wakeup()) is not None and due < at:
            self._pass_to(Instant(max(due, self._now + NEXT)))
            self._decide()
        self._pass_to(at)

    def _pass_to(self, now: Instant) -> None:
        self._tally.pass_to(now)
        self._now = max(self._now, now)

    def _decide(self) -> None:
        while (decided := self._engine.decide(self._now)) is not None:
            self._tally.decided(decided)
            for change in decided.changes:
                self._yes(change.station, change.version)
            if not decided.changes:
                return

    def _yes(self, station: StationId, version: int) -> None:
        state = self._engine.state.stations[station]
        if not state.connected:
            return
        for evse in state.evses:
            for slot in (Slot.STANDING, Slot.PLAN):
                self._fold(
                    ProfileAnswered(
                        site=self._engine.site.id,
                        station=station,
                        epoch=state.epoch,
                        evse=evse,
                        slot=slot,
                        version=version,
                        outcome=Outcome.ACCEPTED,
                        sent=self._now,
                    )
                )

    def _fold(self, fact: Fact) -> None:
        recorded = Recorded(at=self._now, writer="replay", seq=0, fact=fact)
        self._engine.receive(recorded, entry=self._engine.upto)
