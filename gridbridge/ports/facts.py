"""Where an adapter brings what happened (a driving port)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gridbridge.domain.facts import Reading, SiteFact
    from gridbridge.domain.ids import SiteId


class NotStoredError(Exception):
    """The fact could not be stored, so nothing may be acknowledged to whoever caused it."""


class FactSink(Protocol):
    """Takes facts about sites."""

    async def record(self, fact: SiteFact) -> None:
        """Return once the fact is stored; only then may the peer be told.

        Raises NotStoredError where the store cannot take it in time.
        """
        ...

    def meter(self, site: SiteId, reading: Reading) -> None:
        """Take a reading without waiting.

        Readings of one site are stored together, at most once a second; of several readings of
        one EVSE within that second the last of each quantity is kept.
        """
        ...
