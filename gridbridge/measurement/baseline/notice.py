"""When an event could begin to change what is drawn ahead of it."""

from __future__ import annotations

from dataclasses import dataclass

from gridbridge.domain.units import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What came before an event because of it."""

    heard: Instant
    """When its first version came: who knows that it is coming can draw more on purpose."""
    precharge: Instant | None
    """When the site began to charge ahead of it; None: it did not."""

    @property
    def untouched_until(self) -> Instant:
        """Up to here everything was drawn as if there were no event."""
        return self.heard if self.precharge is None else min(self.heard, self.precharge)
