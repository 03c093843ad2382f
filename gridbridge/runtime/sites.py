"""The engines of the sites in the partitions this instance owns: fold, decide, store, wake.

One loop reads the logs of all owned partitions in one call, so that a decision takes one read and
one write whoever brought the fact, and a second instance needs nothing that this one does not.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from gridbridge.codec import encode
from gridbridge.domain.facts import ConfigAdopted
from gridbridge.domain.ids import ProgramName, SiteId
from gridbridge.domain.partitions import partition_of
from gridbridge.domain.site import Mode, Site
from gridbridge.domain.units import Instant, Seconds
from gridbridge.engine.site.engine import SiteEngine
from gridbridge.ports.facts import NotStoredError
from gridbridge.ports.store import START, Entry, FencedOffError, Snapshot, Store, StoreDownError
from gridbridge.runtime.announcing import Alarms

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping, Sequence

    from gridbridge.domain.commands import StationDesired
    from gridbridge.domain.decisions import Decided
    from gridbridge.domain.programs import Program
    from gridbridge.ports.clock import Clock
    from gridbridge.runtime.delivery import Delivery
    from gridbridge.runtime.sink import StoringSink

log = structlog.get_logger(__name__)

LONGEST_WAIT = Seconds(0.25)
"""How long a read may wait, so that newly owned partitions are picked up soon."""
SHOW_EVERY = Seconds(1.0)
SNAPSHOT_EVERY = Seconds(60.0)
SNAPSHOT_AFTER = 500
"""Facts."""
TRY_AGAIN = Seconds(0.5)
"""A store that is away is tried at this pace, so that one that is back is used at once."""


@dataclass(slots=True, kw_only=True)
class _Served:
    """One site that is served here."""

    engine: SiteEngine
    folded: int = 0
    """Facts since the last snapshot."""
    saved: Instant
    shown: Instant = Instant(0.0)
    stale: bool = True
    """The view in the store is older than the state."""


@dataclass(slots=True, kw_only=True)
class _Owned:
    """One partition that is served here."""

    fence: int
    upto: str
    sites: dict[SiteId, _Served] = field(default_factory=dict)


class SitesWorker:
    """Serves the sites of owned partitions until it is told that it no longer owns them."""

    def __init__(
        self,
        sites: Sequence[Site],
        programs: Mapping[ProgramName, Program],
        *,
        config: str,
        store: Store,
        sink: StoringSink,
        delivery: Delivery,
        clock: Clock,
    ) -> None:
        self._sites: dict[int, list[Site]] = {}
        for site in sites:
            self._sites.setdefault(partition_of(site.id), []).append(site)
        self._programs = programs
        self._config = config
        self._store = store
        self._sink = sink
        self._delivery = delivery
        self._clock = clock
        self._fences: dict[int, int] = {}
        self._owned: dict[int, _Owned] = {}
        self._alarms = Alarms()
        self.served = asyncio.Event()
        """Set once every partition owned so far was taken over."""

    @property
    def partitions(self) -> frozenset[int]:
        """The partitions that hold a configured site; the others need no owner."""
        return frozenset(self._sites)

    def own(self, fences: Mapping[int, int]) -> None:
        """Serve these partitions from the next round on, and no others."""
        self._fences = dict(fences)

    async def run(self) -> None:
        """Serve until cancelled; while the store is away, wait for it."""
        away = False
        while True:
            try:
                await self._round()
            except (StoreDownError, NotStoredError) as error:
                if not away:
                    log.warning("sites_not_served", reason=str(error))
                away = True
                await self._clock.sleep(TRY_AGAIN)
            else:
                if away:
                    log.info("sites_served_again")
                away = False

    async def _round(self) -> None:
        await self._take_over()
        entries = await self._read()
        for partition, news in entries.items():
            self._receive(self._owned[partition], news)
        for partition in list(self._owned):
            await self._serve(partition)

    async def drain(self) -> None:
        """Keep the state of every site, for whoever owns it next, where the store can take it."""
        try:
            for partition, owned in list(self._owned.items()):
                for served in owned.sites.values():
                    await self._fenced(partition, self._save(owned, served))
        except StoreDownError as error:
            # A snapshot only saves time: the log has all that it holds.
            log.warning("states_not_kept", reason=str(error))

    # --- taking over ---------------------------------------------------------------------------

    async def _take_over(self) -> None:
        for partition in set(self._owned) - set(self._fences):
            del self._owned[partition]
        for partition, fence in self._fences.items():
            owned = self._owned.get(partition)
            if owned is not None and owned.fence == fence:
                continue
            self._owned[partition] = await self._loaded(partition, fence)
            log.info("partition_taken", partition=partition, fence=fence)
        self.served.set()

    async def _loaded(self, partition: int, fence: int) -> _Owned:
        """The engines of a partition as its log has them."""
        now = self._clock.now()
        owned = _Owned(fence=fence, upto=START)
        reached: list[str] = []
        for site in self._sites.get(partition, []):
            snapshot = await self._store.snapshot(site.id)
            engine = (
                SiteEngine(site, self._programs, config=self._config)
                if snapshot is None
                else SiteEngine.restored(
                    site,
                    self._programs,
                    config=self._config,
                    snapshot=snapshot.state,
                    upto=snapshot.upto,
                )
            )
            reached.append(START if snapshot is None else snapshot.upto)
            owned.sites[site.id] = _Served(engine=engine, saved=now)
        # Each engine skips what its own snapshot already holds.
        owned.upto = min(reached, key=log_order, default=START)
        while True:
            news = await self._store.read({partition: owned.upto}, wait_s=0.0)
            if not news.get(partition):
                break
            self._receive(owned, news[partition])
        await self._adopt(owned)
        for served in owned.sites.values():
            if served.engine.site.mode is Mode.CONTROL:
                await self._delivery.deliver(served.engine.desired())
        return owned

    async def _adopt(self, owned: _Owned) -> None:
        """Say in the log that a site runs under this configuration, where it did not before."""
        for served in owned.sites.values():
            if served.engine.adopted != self._config:
                await self._sink.record(
                    ConfigAdopted(site=served.engine.site.id, config=self._config)
                )

    # --- one round -----------------------------------------------------------------------------

    async def _read(self) -> dict[int, list[Entry]]:
        after = {partition: owned.upto for partition, owned in self._owned.items()}
        if not after:
            await self._clock.sleep(LONGEST_WAIT)
            return {}
        return await self._store.read(after, wait_s=self._wait())

    def _wait(self) -> float:
        now = self._clock.now()
        due = [
            wakeup - now
            for owned in self._owned.values()
            for served in owned.sites.values()
            if (wakeup := served.engine.next_wakeup()) is not None
        ]
        return max(min([*due, LONGEST_WAIT]), 0.0)

    @staticmethod
    def _receive(owned: _Owned, news: Sequence[Entry]) -> None:
        for entry in news:
            owned.upto = entry.id
            served = owned.sites.get(entry.recorded.fact.site)  # type: ignore[union-attr]  # a partition holds facts of sites
            if served is None or log_order(entry.id) <= log_order(served.engine.upto):
                continue
            served.engine.receive(entry.recorded, entry=entry.id)
            served.folded += 1
            served.stale = True

    async def _serve(self, partition: int) -> None:
        owned = self._owned[partition]
        now = self._clock.now()
        for served in owned.sites.values():
            decided = served.engine.decide(now)
            if decided is not None:
                await self._fenced(
                    partition, self._store_decision(partition, owned, served, decided)
                )
            if served.stale and now - served.shown >= SHOW_EVERY:
                await self._fenced(partition, self._show(owned, served, now))
            if served.folded >= SNAPSHOT_AFTER or (
                served.folded and now - served.saved >= SNAPSHOT_EVERY
            ):
                await self._fenced(partition, self._save(owned, served))

    async def _store_decision(
        self, partition: int, owned: _Owned, served: _Served, decided: Decided
    ) -> None:
        control = served.engine.site.mode is Mode.CONTROL
        changes: tuple[StationDesired, ...] = decided.changes if control else ()
        now = self._clock.now()
        view = served.engine.view(now)
        await self._store.decide(
            partition,
            fence=owned.fence,
            decision=self._sink.recorded(decided),
            desired=changes,
            view=encode(view),
        )
        self._alarms.announce(view)
        served.shown, served.stale = now, False
        await self._delivery.deliver(changes)

    async def _show(self, owned: _Owned, served: _Served, now: Instant) -> None:
        view = served.engine.view(now)
        await self._store.show(served.engine.site.id, fence=owned.fence, view=encode(view))
        self._alarms.announce(view)
        served.shown, served.stale = now, False

    async def _save(self, owned: _Owned, served: _Served) -> None:
        await self._store.save(
            served.engine.site.id,
            fence=owned.fence,
            snapshot=Snapshot(upto=served.engine.upto, state=served.engine.snapshot()),
        )
        served.saved, served.folded = self._clock.now(), 0

    async def _fenced(self, partition: int, write: Awaitable[None]) -> None:
        """Await a write that carries the fence; give up a partition that is not ours any more."""
        try:
            await write
        except FencedOffError:
            log.warning("partition_lost", partition=partition)
            self._fences.pop(partition, None)
        except StoreDownError:
            # The engine counts what it decided as told; the log may lack it, so it is read anew.
            self._owned.pop(partition, None)
            raise


def log_order(entry: str) -> tuple[int, int]:
    """Log ids as numbers, so that they sort by age."""
    first, _, second = entry.partition("-")
    return int(first), int(second or 0)
