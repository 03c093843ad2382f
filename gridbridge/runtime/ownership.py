"""Which partitions this instance owns: announced, hashed, leased, renewed.

Every live instance computes the same preferred owner of each partition; the lease decides. An
instance that is not preferred lets go at its next beat, so a newcomer gets its share in seconds.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from gridbridge.domain.partitions import preferred
from gridbridge.domain.units import Seconds
from gridbridge.ports.store import Store, StoreDownError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gridbridge.ports.clock import Clock

log = structlog.get_logger(__name__)

BEAT = Seconds(2.0)
"""A lease of 6 s is renewed this often."""


class PartitionOwner:
    """Keeps the leases of the partitions that are this instance's to serve."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        partitions: Iterable[int],
        version: str,
        listeners: tuple[str, ...],
        changed: Callable[[Mapping[int, int]], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._partitions = tuple(sorted(partitions))
        self._version = version
        self._listeners = listeners
        self._changed = changed
        self._fences: dict[int, int] = {}
        self._alive: frozenset[str] = frozenset()

    @property
    def alive(self) -> frozenset[str]:
        """The instances that announced themselves, as of the last beat."""
        return self._alive

    @property
    def fences(self) -> Mapping[int, int]:
        """The partitions owned, as of the last beat."""
        return dict(self._fences)

    async def run(self) -> None:
        """Beat until cancelled."""
        down = False
        while True:
            try:
                await self.beat()
                down = False
            except StoreDownError:
                # The fences stay: nobody else can own anything while the store is away.
                if not down:
                    log.warning("lease_not_renewed", reason="store down")
                down = True
            await self._clock.sleep(BEAT)

    async def beat(self) -> None:
        """Announce, renew what is ours, take what became ours, let go of what is another's."""
        alive = await self._store.announce(version=self._version, listeners=self._listeners)
        self._alive = frozenset(alive)
        ours = [
            partition
            for partition in self._partitions
            if preferred(partition, alive) == self._store.instance
        ]
        # Together: on a busy machine one after the other would take longer than a lease lasts.
        found = await asyncio.gather(*(self._store.acquire(partition) for partition in ours))
        fences = {
            partition: fence
            for partition, fence in zip(ours, found, strict=True)
            if fence is not None
        }
        for partition in self._fences.keys() - set(ours):
            await self._store.let_go(partition)
        if fences != self._fences:
            log.info("partitions_owned", partitions=len(fences), instances=len(alive))
        self._fences = fences
        self._changed(fences)

    async def stop(self) -> None:
        """Let go of everything, so that nobody has to wait for a lease to run out."""
        fences, self._fences = self._fences, {}
        try:
            for partition in fences:
                await self._store.let_go(partition)
        except StoreDownError as error:
            log.warning("leases_run_out", reason=str(error))
