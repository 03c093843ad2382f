"""Old entries of owned logs go to the archive, then out of the store; never the other way round.

An entry goes when it is older than `hot` and the snapshot of its site (or VEN) holds it, so that
snapshot and remaining log give the same engine as before. What a crash leaves in both places has
the same id in both. The newest entry of a log always stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from gridbridge.domain.ids import VenName
from gridbridge.domain.units import Instant, Seconds
from gridbridge.ports.archive import Archive, ArchiveError, ArchiveSegment, Checkpoint
from gridbridge.ports.jobs import Job
from gridbridge.ports.store import START, Entry, FencedOffError, Snapshot, Store, StoreDownError

if TYPE_CHECKING:
    from collections.abc import Callable

    from gridbridge.domain.ids import SiteId
    from gridbridge.ports.clock import Clock

log = structlog.get_logger(__name__)

FIRST_AFTER = Seconds(300.0)
EVERY = Seconds(3600.0)
JITTER = Seconds(300.0)
PAGE = 100
"""Entries decoded at a time: deciding must not wait for the archive."""
SEGMENT = 10_000
"""Entries in a file at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """The logs of this instance, each with its fence."""

    partitions: Mapping[int, int]
    vens: Mapping[VenName, int]


class Retention:
    """Archives and trims the logs this instance owns, one after another."""

    def __init__(
        self,
        *,
        store: Store,
        archive: Archive,
        clock: Clock,
        hot: Seconds,
        owned: Callable[[], Owned],
    ) -> None:
        self._store = store
        self._archive = archive
        self._clock = clock
        self._hot = hot
        self._owned = owned

    @property
    def job(self) -> Job:
        """The round over the owned logs."""
        return Job(
            name="retention", every=EVERY, first_after=FIRST_AFTER, jitter=JITTER, run=self.once
        )

    async def once(self) -> None:
        """Go over the owned logs; one that fails is logged and tried again next time."""
        owned = self._owned()
        logs: list[tuple[int | VenName, int]] = [*owned.partitions.items(), *owned.vens.items()]
        for name, fence in logs:
            try:
                while await self._shorten(name, fence):
                    pass
            except (ArchiveError, FencedOffError, StoreDownError) as error:
                log.warning(
                    "retention_failed", log=name, kind=type(error).__name__, reason=str(error)
                )

    async def _shorten(self, name: int | VenName, fence: int) -> bool:
        """Archive and trim one segment; whether there may be another."""
        going, stays, states = await self._going(name)
        if not going or stays is None:
            return False
        taken = self._clock.now()
        checkpoints = tuple(
            Checkpoint(of=of, taken=taken, snapshot=state) for of, state in states.items()
        )
        await self._archive.keep(
            ArchiveSegment(log=name, entries=tuple(going), checkpoints=checkpoints)
        )
        if isinstance(name, int):
            await self._store.trim(name, before=stays, fence=fence)
        else:
            await self._store.trim_ven(name, before=stays, fence=fence)
        return len(going) == SEGMENT

    async def _going(
        self, name: int | VenName
    ) -> tuple[list[Entry], str | None, dict[SiteId | VenName, Snapshot]]:
        """(the oldest entries that may go, the id of the one that stays, snapshots that hold)."""
        before = Instant(self._clock.now() - self._hot)
        states: dict[SiteId | VenName, Snapshot] = {}
        read: list[Entry] = []
        while page := await self._page(name, read[-1].id if read else START):
            for entry in page:
                of = name if not isinstance(name, int) else entry.recorded.fact.site  # type: ignore[union-attr]  # a partition holds facts of sites
                if of not in states:
                    state = await self._snapshot(name, of)
                    if state is not None:
                        states[of] = state
                old = entry.recorded.at < before
                held = of in states and entry.id <= states[of].upto
                if old and not held:
                    log.warning("retention_held", log=name, of=of, entry=entry.id)
                if not old or not held or len(read) == SEGMENT:
                    return read, entry.id, states
                read.append(entry)
        return read[:-1], read[-1].id if read else None, states

    async def _page(self, name: int | VenName, after: str) -> list[Entry]:
        if isinstance(name, int):
            found = await self._store.read({name: after}, wait_s=0.0, limit=PAGE)
            return found.get(name, [])
        return await self._store.read_ven(name, after=after, limit=PAGE)

    async def _snapshot(self, name: int | VenName, of: SiteId | VenName) -> Snapshot | None:
        if isinstance(name, int):
            return await self._store.snapshot(of)  # type: ignore[arg-type]  # of a partition's fact
        return await self._store.snapshot_ven(name)
