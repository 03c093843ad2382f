"""Metered energy, written down once a minute by the owner of each site.

It reads the logs on its own, a minute's facts at a time, so that deciding never waits for it. The
buckets and the point of the log they were made from are written in one piece under the fence:
after a crash or a takeover nothing is missing and nothing counts twice, as long as the log still
holds what came since (`retention: {hot: ...}`). Readings that come late are added to the buckets
where they belong.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from gridbridge.domain.facts import Metered
from gridbridge.domain.history import EnergyBucket, Every
from gridbridge.domain.ids import SiteId
from gridbridge.domain.partitions import partition_of
from gridbridge.domain.units import Instant, Seconds
from gridbridge.measurement.book import Book
from gridbridge.measurement.buckets import added, rounded
from gridbridge.ports.jobs import Job
from gridbridge.ports.store import START, FencedOffError, Snapshot, Store, StoreDownError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gridbridge.ports.clock import Clock
    from gridbridge.ports.store import Entry

log = structlog.get_logger(__name__)

EVERY = Seconds(60.0)
JITTER = Seconds(5.0)
IDLE = Seconds(600.0)
"""A site where nothing is metered is written this often, so that the next owner reads little."""
PAGE = 25
"""Entries decoded and added up at a time: deciding must not wait for this."""


@dataclass(slots=True, kw_only=True)
class _Account:
    """One site."""

    book: Book
    upto: str
    """The log id that its book holds."""
    written: Instant = Instant(0.0)


@dataclass(slots=True, kw_only=True)
class _Ledger:
    """One partition, as long as its fence stays."""

    fence: int
    upto: str
    accounts: dict[SiteId, _Account] = field(default_factory=dict)

    def receive(self, entries: Sequence[Entry]) -> None:
        """Add up the readings among them; what an account already holds is passed over."""
        for entry in entries:
            self.upto = entry.id
            fact = entry.recorded.fact
            if isinstance(fact, Metered):
                account = self.accounts.get(fact.site)
                if account is not None and account.upto < entry.id:
                    account.book.receive(fact, at=entry.recorded.at)
        for account in self.accounts.values():
            account.upto = max(account.upto, self.upto)


class HistoryWriter:
    """Writes the history of the configured sites whose partitions this instance owns."""

    def __init__(
        self,
        sites: Sequence[SiteId],
        *,
        store: Store,
        clock: Clock,
        owned: Callable[[], Mapping[int, int]],
    ) -> None:
        self._sites = tuple(sites)
        self._store = store
        self._clock = clock
        self._owned = owned
        self._ledgers: dict[int, _Ledger] = {}

    @property
    def job(self) -> Job:
        """The round over the owned partitions."""
        return Job(name="history", every=EVERY, first_after=EVERY, jitter=JITTER, run=self.once)

    async def once(self) -> None:
        """Write down what was metered since the last time; raises StoreDownError."""
        owned = self._owned()
        self._ledgers = {
            partition: ledger
            for partition, ledger in self._ledgers.items()
            if owned.get(partition) == ledger.fence
        }
        for partition, fence in owned.items():
            try:
                await self._write_down(partition, fence)
            except (FencedOffError, StoreDownError) as error:
                # Whether it was written is for the store to say: the next round begins there.
                self._ledgers.pop(partition, None)
                if isinstance(error, StoreDownError):
                    raise
                log.warning("history_fenced_off", partition=partition)

    async def _write_down(self, partition: int, fence: int) -> None:
        if partition not in self._ledgers:
            self._ledgers[partition] = await self._opened(partition, fence)
        ledger = self._ledgers[partition]
        while entries := await self._page(partition, ledger.upto):
            ledger.receive(entries)
        for site, account in ledger.accounts.items():
            await self._keep(site, account, fence)

    async def _opened(self, partition: int, fence: int) -> _Ledger:
        """The accounts of a partition as they were written last."""
        ledger = _Ledger(fence=fence, upto=START)
        for site in self._sites:
            if partition_of(site) != partition:
                continue
            reached = await self._store.history_reached(site)
            ledger.accounts[site] = (
                _Account(book=Book(), upto=START)
                if reached is None
                else _Account(book=Book(reached.state), upto=reached.upto)
            )
        ledger.upto = min((each.upto for each in ledger.accounts.values()), default=START)
        return ledger

    async def _page(self, partition: int, after: str) -> list[Entry]:
        found = await self._store.read({partition: after}, wait_s=0.0, limit=PAGE)
        return found.get(partition, [])

    async def _keep(self, site: SiteId, account: _Account, fence: int) -> None:
        now = self._clock.now()
        fresh = account.book.fresh()
        if not fresh and now - account.written < IDLE:
            return
        await self._store.keep_history(
            site,
            fence=fence,
            now=now,
            reached=Snapshot(upto=account.upto, state=account.book.state()),
            buckets={every: await self._completed(site, every, fresh) for every in Every},
        )
        account.book.written_down()
        account.written = now

    async def _completed(
        self, site: SiteId, every: Every, fresh: Sequence[EnergyBucket]
    ) -> list[EnergyBucket]:
        """What is fresh together with what the store already has of the same buckets."""
        news = added(fresh, every=every)
        if not news:
            return []
        end = Instant(news[-1].start + every.width)
        known = await self._store.history(site, every=every, start=news[0].start, end=end)
        touched = {bucket.start for bucket in news}
        both = [*(each for each in known if each.start in touched), *news]
        return [rounded(bucket) for bucket in added(both, every=every)]
