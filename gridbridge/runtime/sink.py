"""Takes facts from the adapters to the partitions' logs, in order and before anybody is told.

What cannot be stored is refused. Of partitions that are owned here it is kept all the same, for
their owner; as long as something is kept, nothing of that partition overtakes it.
"""

from __future__ import annotations

import asyncio
from itertools import count
from typing import TYPE_CHECKING

import structlog

from gridbridge.domain.facts import Fact, Metered, Reading, Recorded, SiteFact
from gridbridge.domain.partitions import partition_of
from gridbridge.domain.units import Seconds
from gridbridge.ports.facts import NotStoredError
from gridbridge.ports.store import Store, StoreDownError
from gridbridge.runtime.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridbridge.domain.ids import SiteId
    from gridbridge.ports.clock import Clock

log = structlog.get_logger(__name__)

METERS_EVERY = Seconds(1.0)
"""Readings of a site become at most one fact in this time."""
BATCH = 500


class StoringSink:
    """A `FactSink` that appends to the store; what arrives together is written together."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._seq = count(1)
        self._waiting: dict[int, list[tuple[Recorded, asyncio.Future[None]]]] = {}
        self._work = asyncio.Event()
        self._readings: dict[SiteId, dict[tuple[str, int], Reading]] = {}
        self._journals: dict[int, Journal] = {}
        self._down = False
        self._closed = False

    async def record(self, fact: SiteFact) -> None:
        """Return once the fact is stored; raises NotStoredError."""
        if self._closed:
            raise NotStoredError("the gateway is stopping")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(partition_of(fact.site), []).append((self.recorded(fact), done))
        self._work.set()
        await done

    def meter(self, site: SiteId, reading: Reading) -> None:
        """Take a reading; it is stored with the others of its site within a second."""
        readings = self._readings.setdefault(site, {})
        key = (reading.station, reading.evse)
        readings[key] = reading.after(readings.get(key))

    def recorded(self, fact: Fact) -> Recorded:
        """Sign a fact with time, writer and the next sequence number."""
        return Recorded(
            at=self._clock.now(), writer=self._store.instance, seq=next(self._seq), fact=fact
        )

    # --- for the owner of a partition

    def journal(self, partition: int) -> Journal:
        """Keep what cannot be stored of that partition from now on."""
        return self._journals.setdefault(partition, Journal())

    def forget(self, partition: int) -> None:
        """Keep nothing of that partition any more, nor what was kept."""
        self._journals.pop(partition, None)

    async def settle(self, partition: int) -> None:
        """Write what was kept, before anything newer; raises StoreDownError."""
        journal = self.journal(partition)
        while batch := journal.first(BATCH):
            await self._store.append(partition, batch)
            journal.written(batch)
            log.info("kept_facts_stored", partition=partition, facts=len(batch))
        if journal.dropped:
            log.warning("facts_lost", partition=partition, facts=journal.dropped)
        self._tell_once(down=False)

    # --- the tasks

    async def run(self) -> None:
        """Write what waits, until cancelled; what then still waits was not stored."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._write(), name="sink")
                tasks.create_task(self._flush_meters(), name="meters")
        finally:
            self._closed = True
            for facts in self._waiting.values():
                for _, done in facts:
                    if not done.done():
                        done.set_exception(NotStoredError("the gateway is stopping"))

    async def _write(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            waiting, self._waiting = self._waiting, {}
            await asyncio.gather(
                *(self._append(partition, facts) for partition, facts in waiting.items())
            )

    async def _append(
        self, partition: int, facts: Sequence[tuple[Recorded, asyncio.Future[None]]]
    ) -> None:
        for start in range(0, len(facts), BATCH):
            batch = facts[start : start + BATCH]
            failure = await self._stored(partition, [recorded for recorded, _ in batch])
            for _, done in batch:
                if done.done():
                    continue
                if failure is None:
                    done.set_result(None)
                else:
                    done.set_exception(failure)

    async def _stored(self, partition: int, facts: Sequence[Recorded]) -> NotStoredError | None:
        """None once they are stored, otherwise why they are not."""
        journal = self._journals.get(partition)
        failure = NotStoredError("what came before is not stored yet")
        if journal is None or not journal.waits:
            try:
                last = await self._store.append(partition, facts)
            except StoreDownError as error:
                self._tell_once(down=True)
                failure = NotStoredError(str(error))
            else:
                self._tell_once(down=False)
                if journal is not None:
                    journal.wrote(last, facts)
                return None
        # Owned, or no longer, since the write began.
        journal = self._journals.get(partition)
        if journal is not None:
            for recorded in facts:
                journal.keep(recorded)
        return failure

    async def _flush_meters(self) -> None:
        while True:
            await self._clock.sleep(METERS_EVERY)
            readings, self._readings = self._readings, {}
            facts = [
                Metered(site=site, readings=tuple(each.values()))
                for site, each in readings.items()
            ]
            stored = await asyncio.gather(
                *(self.record(fact) for fact in facts), return_exceptions=True
            )
            lost = [each for each in stored if isinstance(each, BaseException)]
            for each in lost:
                if not isinstance(each, NotStoredError):
                    raise each

    def _tell_once(self, *, down: bool) -> None:
        if down and not self._down:
            log.error("store_lost")
        if self._down and not down:
            log.info("store_back")
        self._down = down
