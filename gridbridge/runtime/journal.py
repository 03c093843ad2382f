"""Facts of one partition that its owner has yet to see in the log, or to write to it.

While the store is away they were refused to whoever brought them, so nothing is promised by them;
the owner folds them all the same, to cut where it must, and they are written once it is back.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

from gridbridge.domain.facts import (
    Metered,
    ProfileAnswered,
    Recorded,
    StationBooted,
    StationConnected,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridbridge.domain.facts import Fact

CAPACITY = 1000
"""Facts; fewer than the sequence numbers by which a store knows a fact that it has already."""


class Journal:
    """What is waiting to be written, and what is waiting to be folded, each in order."""

    def __init__(self) -> None:
        self._waiting: deque[Recorded] = deque()
        self._newest: dict[tuple[object, ...], Fact] = {}
        self._unfolded: deque[Recorded] = deque(maxlen=CAPACITY)
        self._unread: deque[tuple[tuple[int, int], Recorded]] = deque(maxlen=CAPACITY)
        self.dropped = 0
        """Facts that there was no room for."""

    @property
    def waits(self) -> bool:
        """Whether something waits to be written: what comes later must not overtake it."""
        return bool(self._waiting)

    # --- while the store is there

    def wrote(self, entry: str, facts: Sequence[Recorded]) -> None:
        """Facts are in the log, up to that id; the owner has not read them yet."""
        self._unread.extend((log_order(entry), recorded) for recorded in facts)

    def read(self, upto: str) -> None:
        """The owner has read the log up to that id."""
        order = log_order(upto)
        while self._unread and self._unread[0][0] <= order:
            self._unread.popleft()

    # --- while it is away

    def keep(self, recorded: Recorded) -> None:
        """Keep a fact that could not be stored.

        Left out are a station's connect, since its socket is refused, and what says the same as
        the newest of its kind for that EVSE: a station repeats what it got no answer to.
        """
        fact = recorded.fact
        if isinstance(fact, StationConnected):
            return
        subject = _subject(fact)
        if self._newest.get(subject) == fact:
            return
        if isinstance(fact, ProfileAnswered):
            # Of two boots with an answer between them both count.
            self._newest.pop((StationBooted, fact.site, fact.station, None), None)
        self._newest[subject] = fact
        self._unfolded.append(recorded)
        self._waiting.append(recorded)
        if len(self._waiting) > CAPACITY:
            self._drop()

    def to_fold(self) -> list[Recorded]:
        """What the owner has not folded yet, each once, in order."""
        facts = [*(recorded for _, recorded in self._unread), *self._unfolded]
        self._unread.clear()
        self._unfolded.clear()
        return facts

    # --- when it is back

    def first(self, count: int) -> list[Recorded]:
        """The oldest that wait to be written."""
        return list(islice(self._waiting, count))

    def written(self, facts: Sequence[Recorded]) -> None:
        """These are in the log; the owner reads them there."""
        done = {recorded.seq for recorded in facts}
        self._waiting = deque(each for each in self._waiting if each.seq not in done)

    def loaded(self, upto: str) -> None:
        """The owner was read anew from the log, up to that id: what still waits is not in it."""
        self.read(upto)
        self._unfolded = deque(self._waiting, maxlen=CAPACITY)
        self._newest = {_subject(each.fact): each.fact for each in self._waiting}
        self.dropped = 0

    def _drop(self) -> None:
        """Make room: the oldest readings matter least."""
        self.dropped += 1
        oldest = next((each for each in self._waiting if isinstance(each.fact, Metered)), None)
        self._waiting.remove(self._waiting[0] if oldest is None else oldest)


def _subject(fact: Fact) -> tuple[object, ...]:
    """What kind of fact it is, and of what; of two equal ones in a row one is enough."""
    names = ("site", "station", "evse", "slot", "program")
    event = getattr(fact, "event", None)
    of = (getattr(fact, name) for name in names if hasattr(fact, name))
    return (type(fact), *of, getattr(event, "id", event))


def log_order(entry: str) -> tuple[int, int]:
    """Log ids as numbers, so that they sort by age."""
    first, _, second = entry.partition("-")
    return int(first), int(second or 0)
