"""Which VEN was told which version of which event, when, and what it answered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gridbridge.simulation.asking import Asked, Signal, Version

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Ledger:
    """Every event of one VTN, by id."""

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self.events: dict[str, Asked] = {}
        self._clock = clock
        self._news: set[str] = set()

    def ask(
        self,
        event_id: str,
        signal: Signal,
        *,
        ven: str,
        market: str,
        resources: Sequence[str],
        start: float,
        priority: int = 0,
        start_after_s: int = 0,
    ) -> Asked:
        """Enter a new event. Raises ValueError where the id was used before."""
        if event_id in self.events:
            raise ValueError(f"{event_id!r} was sent already: modify it")
        asked = Asked(
            id=event_id,
            ven=ven,
            market=market,
            resources=tuple(resources),
            priority=priority,
            created=self._clock(),
            start_after_s=start_after_s,
            versions=[Version(number=0, start=start, signal=signal)],
        )
        self.events[event_id] = asked
        self._news.add(ven)
        return asked

    def modify(
        self,
        event_id: str,
        *,
        start: float | None,
        intervals: Sequence[tuple[int, float]] | None,
    ) -> Asked:
        """Enter a new version of an event; None leaves things as they are."""
        old = self.events[event_id].latest
        signal = old.signal
        if intervals is not None:
            signal = replace(signal, intervals=tuple(intervals))
        begin = old.start if start is None else start
        return self._next(event_id, Version(number=old.number + 1, start=begin, signal=signal))

    def cancel(self, event_id: str) -> Asked:
        """Enter the last version of an event."""
        old = self.events[event_id].latest
        return self._next(
            event_id,
            Version(number=old.number + 1, start=old.start, signal=old.signal, cancelled=True),
        )

    def _next(self, event_id: str, version: Version) -> Asked:
        asked = self.events[event_id]
        asked.versions.append(version)
        self._news.add(asked.ven)
        return asked

    def expect(self, ven: str) -> None:
        """Have the VEN be told everything at its next poll."""
        self._news.add(ven)

    def has_news(self, ven: str) -> bool:
        """Whether something changed since the VEN was told last."""
        return ven in self._news

    def tell(self, ven: str) -> list[Asked]:
        """Everything that stands for a VEN; each version notes when it was first told."""
        now = self._clock()
        self._news.discard(ven)
        told = [asked for asked in self.events.values() if asked.ven == ven and asked.is_told(now)]
        for asked in told:
            if asked.latest.answered_at is None:
                asked.latest.answered_at = now
        return told

    def opted(self, event_id: str, number: int, opt: str) -> None:
        """Note a VEN's first answer to a version; one to an unknown version is passed over."""
        asked = self.events.get(event_id)
        for version in [] if asked is None else asked.versions:
            if version.number == number and version.opt is None:
                version.opt, version.opt_at = opt, self._clock()
