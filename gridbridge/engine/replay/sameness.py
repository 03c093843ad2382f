"""Whether each recorded decision is, byte for byte, what the engine makes of the facts before it.

    log        f1  f2  D1{upto f2}  f3  f4  D2{upto f3}  f5 ...
    replayed   f1  f2  D1?  D1  f3  D2?  f4  D2  f5 ...

A decision says which entry was folded last before it, and when it was made; both are kept to, so
it matters to no decision how long facts took to be read. Rounds in which nothing was decided are
in no log: that one of them should have brought something is not found out here.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING

from gridbridge.codec import encode
from gridbridge.domain.decisions import Decided
from gridbridge.domain.units import FOREVER
from gridbridge.engine.replay.recording import is_put_back
from gridbridge.ports.store import START, Snapshot

if TYPE_CHECKING:
    from gridbridge.domain.units import Instant
    from gridbridge.engine.replay.recording import Recording, Rules
    from gridbridge.ports.store import Entry


class Reason(StrEnum):
    """Why a decision differs."""

    CONFIG = "config"
    """It was made under another configuration."""
    GAP = "gap"
    """It was made after an entry that was not recorded, or is not in the recording."""
    NOTHING = "nothing"
    """The engine has nothing to decide then."""
    CONTENT = "content"
    """The engine decides something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The first decision that the facts do not give again."""

    entry: str
    recorded: Decided
    reason: Reason
    replayed: Decided | None = None
    """Where it is of another content."""

    @property
    def parts(self) -> tuple[str, ...]:
        """Which fields of the decision differ."""
        other = self.replayed
        if other is None:
            return ()
        names = [each.name for each in fields(Decided)]
        return tuple(
            name for name in names if getattr(self.recorded, name) != getattr(other, name)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sameness:
    """What came of comparing."""

    facts: int
    """Folded, what came before the first decision that was compared among them."""
    same: int
    """Decisions that are the same to the last byte."""
    put_back: int
    """Decisions that no engine made: folded, and not compared."""
    difference: Difference | None
    """Nothing after it was compared."""


def compare(
    rules: Rules, recording: Recording, *, since: Instant, until: Instant = FOREVER
) -> Sameness:
    """Decide again what was decided from `since` on and before `until`, up to a difference."""
    return _Pass(rules, recording, since).run(until)


class _Pass:
    def __init__(self, rules: Rules, recording: Recording, since: Instant) -> None:
        self._rules = rules
        self._entries = recording.entries
        self._since = since
        self._start = START if recording.start is None else recording.start.upto
        self._place = {entry.id: place for place, entry in enumerate(recording.entries)}
        self._engine = rules.engine(recording.start)
        self._next = 0
        """The place of the first entry that is not folded yet."""
        self._writer = ""
        self._facts = self._same = self._put_back = 0

    def run(self, until: Instant) -> Sameness:
        for entry in self._entries:
            decided = entry.recorded.fact
            if isinstance(decided, Decided) and decided.now < until:
                difference = self._look_at(entry, decided)
                if difference is not None:
                    return self._told(difference)
        return self._told(None)

    def _told(self, difference: Difference | None) -> Sameness:
        return Sameness(
            facts=self._facts, same=self._same, put_back=self._put_back, difference=difference
        )

    def _look_at(self, entry: Entry, decided: Decided) -> Difference | None:
        compared = decided.now >= self._since
        if not self._fold_upto(decided.upto) and compared:
            return Difference(entry=entry.id, recorded=decided, reason=Reason.GAP)
        if compared and not is_put_back(decided):
            return self._compare(entry, decided)
        self._put_back += compared
        self._engine.expire(decided.now)
        # When it was made and not where it lies in the log, as for the engine that made it.
        self._engine.receive(entry.recorded, entry=self._engine.upto)
        return None

    def _compare(self, entry: Entry, decided: Decided) -> Difference | None:
        if decided.config != self._rules.config:
            return Difference(entry=entry.id, recorded=decided, reason=Reason.CONFIG)
        if entry.recorded.writer != self._writer:
            self._writer = entry.recorded.writer
            self._read_anew()
        again = self._engine.decide(decided.now)
        if again is None:
            # An owner that lost the store, or whose engine raised, reads the site anew, and then
            # decides although nothing happened.
            self._read_anew()
            again = self._engine.decide(decided.now)
        if again is None:
            return Difference(entry=entry.id, recorded=decided, reason=Reason.NOTHING)
        if encode(again) != encode(decided):
            return Difference(
                entry=entry.id, recorded=decided, reason=Reason.CONTENT, replayed=again
            )
        self._same += 1
        return None

    def _read_anew(self) -> None:
        """Forget what an engine keeps beside its state, as its next owner does."""
        before = self._engine
        self._engine = self._rules.engine(Snapshot(upto=before.upto, state=before.snapshot()))

    def _fold_upto(self, upto: str) -> bool:
        """Fold what was folded before a decision; False where the recording lacks it."""
        place = self._place.get(upto)
        if place is None:
            return upto == self._engine.upto or (self._next == 0 and upto == self._start)
        for entry in self._entries[self._next : place + 1]:
            self._engine.receive(entry.recorded, entry=entry.id)
            self._facts += not isinstance(entry.recorded.fact, Decided)
        self._next = max(self._next, place + 1)
        return True
