"""One round of the owned partitions: what engines decide is stored, and stations are told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gridbridge.domain.units import Seconds
from gridbridge.ports.store import FencedOffError, Store, StoreDownError, StoreRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gridbridge.domain.commands import StationDesired
    from gridbridge.domain.decisions import Decided
    from gridbridge.ports.clock import Clock
    from gridbridge.runtime.delivery import Delivery
    from gridbridge.runtime.owned import Owned, Served
    from gridbridge.runtime.sink import StoringSink

BREATH = Seconds(0.02)
"""So long engines may decide before everything else has its turn: leases, frames, answers."""


class Turns:
    """Gives every site its turn; what its engine raises ends there."""

    def __init__(
        self,
        *,
        store: Store,
        sink: StoringSink,
        delivery: Delivery,
        clock: Clock,
        lost: Callable[[int, int], None],
    ) -> None:
        self._store = store
        self._sink = sink
        self._delivery = delivery
        self._clock = clock
        self._lost = lost

    async def serve(self, owned: Mapping[int, Owned]) -> None:
        """A turn for each site; raises StoreDownError, with all that had to be cut cut.

        What is decided goes to the store for all sites together, and each site's stations are
        told as soon as its own is stored. No site has two turns at a time.
        """
        failures: list[StoreDownError] = []
        sites = [
            (partition, each, served)
            for partition, each in owned.items()
            for served in each.sites.values()
        ]
        now = began = self._clock.now()
        async with asyncio.TaskGroup() as writes:
            for partition, each, served in sites:
                if each.sites.get(served.engine.site.id) is not served:
                    # Stopped or read anew since the round began.
                    continue
                decided = each.decided(served, now)
                if decided is not None:
                    # Now and not when it is written: a state that is kept in between is ahead.
                    served.whole = False
                if served.adrift:
                    self._cut(each, served, decided)
                elif decided is not None or served.undelivered:
                    writes.create_task(self._turn(partition, each, served, decided, failures))
                now = self._clock.now()
                if now - began >= BREATH:
                    await asyncio.sleep(0)
                    now = began = self._clock.now()
                if failures:
                    # The others are decided upon without the store, and cut at once.
                    break
        if failures:
            raise failures[0]

    async def _turn(
        self,
        partition: int,
        owned: Owned,
        served: Served,
        decided: Decided | None,
        failures: list[StoreDownError],
    ) -> None:
        """Store and tell; a store that is away ends nobody else's turn."""
        try:
            if decided is not None:
                await self._store_decision(partition, owned, served, decided)
            if served.undelivered:
                # After its first decision, so that nothing is undone which that asks for.
                with owned.stopping(served):
                    await self._delivery.deliver(served.wanted())
                    served.delivered = True
        except FencedOffError:
            self._lost(partition, owned.fence)
        except StoreRefusedError as error:
            owned.refuse(served, error)
        except StoreDownError as error:
            failures.append(error)

    def _cut(self, owned: Owned, served: Served, decided: Decided | None) -> None:
        if decided is not None:
            with owned.stopping(served):
                self._delivery.cut(served.cuts(decided.changes, now=self._clock.now()))

    async def _store_decision(
        self, partition: int, owned: Owned, served: Served, decided: Decided
    ) -> None:
        changes: tuple[StationDesired, ...] = decided.changes if served.control else ()
        try:
            await self._store.decide(
                partition,
                fence=owned.fence,
                decision=self._sink.recorded(decided),
                desired=changes,
            )
        except StoreDownError:
            self._cut(owned, served, decided)
            raise
        served.whole = True
        served.told(changes)
        served.changed(self._clock.now())
        await self._delivery.deliver(changes)
