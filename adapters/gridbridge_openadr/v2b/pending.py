"""Facts on their way to the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.domain.facts import Distributed, VenFact, VtnHeard
from gridbridge.domain.units import FOREVER, Instant

if TYPE_CHECKING:
    from gridbridge_openadr.v2b.retry import Retry


class PendingFacts:
    """Facts not yet stored, oldest first; bounded, as only the last of what repeats is kept."""

    def __init__(self, retry: Retry) -> None:
        self._retry = retry
        self._facts: list[VenFact] = []

    def __bool__(self) -> bool:
        return bool(self._facts)

    def add(self, fact: VenFact) -> None:
        """Keep a fact for the store.

        A distribution says everything that stands, so it replaces one that was not stored yet.
        """
        if isinstance(fact, Distributed | VtnHeard):
            self._facts = [kept for kept in self._facts if type(kept) is not type(fact)]
        if fact not in self._facts:
            self._facts.append(fact)

    def due(self, now: Instant) -> list[VenFact]:
        """What to store now."""
        return list(self._facts) if self._retry.due <= now else []

    def stored(self, fact: VenFact) -> None:
        """That fact is stored."""
        self._facts.remove(fact)
        self._retry.at(Instant(0.0))

    def not_stored(self, now: Instant) -> None:
        """The store failed: come again later."""
        self._retry.failed(now)

    def next_wakeup(self) -> Instant:
        """When to try again; FOREVER where nothing waits."""
        return self._retry.due if self._facts else FOREVER
