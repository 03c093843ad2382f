"""Fetching everything a VTN has queued, one poll after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gridbridge_openadr.v2b.messages import Distribute, Message, Response

if TYPE_CHECKING:
    from gridbridge.domain.events import Distribution

LONGEST: Final = 64
"""Messages fetched in a row before the next period is awaited all the same."""


class Drain:
    """One cycle of polls: it ends with a bare oadrResponse."""

    def __init__(self) -> None:
        self._fetched = 0
        self._last: Distribution | None = None

    def over(self, message: Message) -> bool:
        """Whether this answer to a poll was the cycle's last.

        Some VTNs answer every poll with all events: the same ones again end the cycle, too.
        """
        self._fetched += 1
        over = isinstance(message, Response) or self._fetched >= LONGEST
        if isinstance(message, Distribute):
            over = over or self._repeats(message.distribution)
            self._last = message.distribution
        if over:
            self._fetched, self._last = 0, None
        return over

    def _repeats(self, distribution: Distribution) -> bool:
        return (
            self._last is not None
            and distribution.events == self._last.events
            and distribution.refusals == self._last.refusals
        )
