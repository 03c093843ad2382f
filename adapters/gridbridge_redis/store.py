"""The store on a Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.domain.ids import SiteId
from gridbridge.domain.partitions import PARTITIONS
from gridbridge.ports.store import StoreDownError
from gridbridge_redis import keys, replies
from gridbridge_redis.decisions import SiteDecisions, VenDecisions
from gridbridge_redis.history import Histories
from gridbridge_redis.link import Link
from gridbridge_redis.logs import Leases, Logs
from gridbridge_redis.own_words import OwnWords
from gridbridge_redis.part import Context
from gridbridge_redis.scripts import Script
from gridbridge_redis.stations import Stations

if TYPE_CHECKING:
    from collections.abc import Callable

    from gridbridge.domain.ids import StationId
    from gridbridge_redis.settings import Settings


class RedisStore(Logs, Leases, SiteDecisions, VenDecisions, Histories, Stations):
    """A `Store` for one instance; see `gridbridge.ports.store` for what it promises.

    `site_of` says which site a station belongs to: its record lies in that site's partition. A
    station of no site (None) is at home in the partition of its own id.
    """

    def __init__(
        self,
        settings: Settings,
        instance: str,
        *,
        site_of: Callable[[StationId], SiteId | None] = lambda _station: None,
    ) -> None:
        def home(station: StationId) -> SiteId:
            return site_of(station) or SiteId(station)

        super().__init__(
            Context(
                link=Link(settings),
                instance=instance,
                lease_ms=round(settings.lease_s * 1000),
                home=home,
                fences={},
                epochs={},
                own_words=OwnWords(),
            )
        )

    @property
    def instance(self) -> str:
        """The gateway's name plus a random part."""
        return self._context.instance

    async def open(self) -> None:
        """Connect and check the layout's version; raises StoreDownError."""
        reply = await self._link.run(Script.META, [keys.META], keys.SCHEMA, PARTITIONS)
        schema, partitions = map(replies.number, replies.items(reply))
        if (schema, partitions) != (keys.SCHEMA, PARTITIONS):
            raise StoreDownError(
                f"the store has layout {schema} with {partitions} partitions, "
                f"this gateway reads layout {keys.SCHEMA} with {PARTITIONS}"
            )

    async def close(self) -> None:
        """Close the connections; leases and sockets stay with this instance until they lapse."""
        await self._link.close()

    async def ping(self) -> bool:
        """Whether the store answers now; never raises."""
        try:
            await self._link.read("PING")
        except StoreDownError:
            return False
        return True

    async def keep_config(self, digest: str, document: bytes) -> None:
        """Keep a configuration under its hash; the same again is no change."""
        await self._link.write("SET", keys.config(digest), document, "NX")

    async def config(self, digest: str) -> bytes | None:
        """The configuration of that hash."""
        return replies.data_or_none(await self._link.read("GET", keys.config(digest)))
