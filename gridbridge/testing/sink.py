"""A sink that keeps what happened in a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.ports.facts import NotStoredError

if TYPE_CHECKING:
    from gridbridge.domain.facts import Reading, SiteFact
    from gridbridge.domain.ids import SiteId


class RecordingSink:
    """A `FactSink` that stores at once, or refuses everything while `down`."""

    def __init__(self) -> None:
        self.facts: list[SiteFact] = []
        self.readings: list[tuple[SiteId, Reading]] = []
        self.down = False

    async def record(self, fact: SiteFact) -> None:
        """Keep it; raises NotStoredError while `down`."""
        if self.down:
            raise NotStoredError("the store is down")
        self.facts.append(fact)

    def meter(self, site: SiteId, reading: Reading) -> None:
        """Keep each reading as it came."""
        self.readings.append((site, reading))
