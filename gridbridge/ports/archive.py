"""The archive (a driven port): what is dropped from the logs, for explain, replay and export."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gridbridge.domain.ids import SiteId, VenName
from gridbridge.domain.units import Instant
from gridbridge.ports.store import Entry, Snapshot


class ArchiveError(Exception):
    """The archive cannot be written or read; nothing may be dropped from the logs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The state of an engine at some time: where a replay can begin."""

    of: SiteId | VenName
    taken: Instant
    snapshot: Snapshot
    """Holds at least every entry of its site or VEN in the segment it is kept with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveSegment:
    """A stretch of one log."""

    log: int | VenName
    """The number of a partition, or the VEN whose own log it is."""
    entries: tuple[Entry, ...]
    """At least one, in the log's order."""
    checkpoints: tuple[Checkpoint, ...]


class Archive(Protocol):
    """Segments of logs, kept for good."""

    async def keep(self, segment: ArchiveSegment) -> None:
        """Return once the segment will survive a crash: only then may the log be trimmed.

        The same segment again, or one that overlaps it, is no error. Raises ArchiveError.
        """
        ...

    async def entries(self, site: SiteId, *, start: Instant, end: Instant) -> list[Entry]:
        """Facts and decisions of a site from ``[start, end)``, in the log's order, each once.

        Raises ArchiveError where a part of the archive cannot be read: a gap is never silent.
        """
        ...

    async def entries_ven(self, ven: VenName, *, start: Instant, end: Instant) -> list[Entry]:
        """The same for a VEN's own log."""
        ...

    async def checkpoint(self, site: SiteId, *, at: Instant) -> Checkpoint | None:
        """The newest checkpoint of a site that was taken at `at` or before."""
        ...

    async def checkpoint_ven(self, ven: VenName, *, at: Instant) -> Checkpoint | None:
        """The newest checkpoint of a VEN that was taken at `at` or before."""
        ...
