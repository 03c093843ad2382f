"""Sites that were stopped are read anew beside the rounds, and handed over when they are ready.

How far back such a site begins grows with the time that it is stopped, and its partition's log
holds the facts of all others as well. So it is read in small steps, between which everybody else
has their turns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.domain.units import Seconds
from gridbridge.ports.facts import NotStoredError
from gridbridge.ports.store import FencedOffError, StoreDownError
from gridbridge.runtime.faults import STOPPED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gridbridge.domain.site import Site
    from gridbridge.ports.clock import Clock
    from gridbridge.runtime.faults import Faults
    from gridbridge.runtime.loading import Loader
    from gridbridge.runtime.owned import Owned

LOOK_EVERY = Seconds(0.25)


class Reviver:
    """Has stopped sites served again that waited long enough."""

    def __init__(
        self,
        *,
        owned: Mapping[int, Owned],
        stopped: Callable[[int], Sequence[Site]],
        loader: Loader,
        faults: Faults,
        clock: Clock,
        lost: Callable[[int, int], None],
    ) -> None:
        self._owned = owned
        self._stopped = stopped
        self._loader = loader
        self._faults = faults
        self._clock = clock
        self._lost = lost

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await self._clock.sleep(LOOK_EVERY)
            for partition, owned in list(self._owned.items()):
                for site in self._stopped(partition):
                    # Others may have been read, and the partition with them, since it was listed.
                    current = self._owned.get(partition) is owned and owned.faulty(site.id)
                    if current and not owned.adrift and not self._faults.waits(site.id, STOPPED):
                        await self._revive(partition, owned, site)

    async def _revive(self, partition: int, owned: Owned, site: Site) -> None:
        fence = owned.fence
        try:
            await self._loader.reload(partition, owned, site)
        except FencedOffError:
            self._lost(partition, fence)
        except (StoreDownError, NotStoredError):
            # Deciding finds out by itself, and says so; the site is still stopped, and tried anew.
            return
