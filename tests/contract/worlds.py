"""Where a store under test lives: what several instances share, and its time.

`MAKERS` lists every implementation, so that mypy holds each to the port.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from redis.asyncio import Redis

from gridbridge.domain.units import Seconds
from gridbridge.ports.store import Store
from gridbridge.testing import MemoryBackend, MemoryStore, VirtualClock
from gridbridge_redis.settings import Settings
from gridbridge_redis.store import RedisStore
from tests.contract.samples import SITE, STATION

if TYPE_CHECKING:
    from collections.abc import Callable

    from gridbridge.domain.ids import SiteId, StationId
    from gridbridge_redis.url import StoreUrl

MAKERS: list[Callable[..., Store]] = [MemoryStore, RedisStore]

LEASE = Seconds(6.0)


def site_of(station: StationId) -> SiteId | None:
    """The site of the sample station; others belong to none."""
    return SITE if station == STATION else None


class World(Protocol):
    """One backend."""

    def store(self, instance: str) -> Store:
        """The store of an instance, not yet opened."""
        ...

    async def pass_time(self, duration: Seconds) -> None:
        """Let every lease grow older by that much."""
        ...

    async def wipe(self) -> None:
        """Lose everything."""
        ...


class MemoryWorld:
    """A backend in memory, in virtual time."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.backend = MemoryBackend(self.clock, lease=LEASE)

    def store(self, instance: str) -> MemoryStore:
        """The store of an instance."""
        return MemoryStore(self.backend, instance, site_of=site_of)

    async def pass_time(self, duration: Seconds) -> None:
        """Turn the clock."""
        await self.clock.advance(duration)

    async def wipe(self) -> None:
        """Forget everything."""
        self.backend.wipe()


class RedisWorld:
    """A real server, whose clock nobody turns: its leases are made older instead."""

    def __init__(self, url: StoreUrl) -> None:
        self.settings = Settings(url=url, lease_s=LEASE)
        self.client = Redis.from_url(url.text)

    def store(self, instance: str) -> RedisStore:
        """The store of an instance."""
        return RedisStore(self.settings, instance, site_of=site_of)

    async def pass_time(self, duration: Seconds) -> None:
        """Move the ends of all leases to the past."""
        older = -round(duration * 1000)
        async for key in self.client.scan_iter("gb:*:owner"):
            if await self.client.hexists(key, "until_ms"):
                await self.client.hincrby(key, "until_ms", older)
        async for instance, _until in self.client.zscan_iter("gb:gw"):
            await self.client.zincrby("gb:gw", older, instance)

    async def wipe(self) -> None:
        """Delete every key of ours."""
        async for key in self.client.scan_iter("gb:*"):
            await self.client.delete(key)
