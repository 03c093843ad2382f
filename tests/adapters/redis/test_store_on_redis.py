"""What `RedisStore` promises of its keys and of the server's clock, beyond the port."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from redis.asyncio import Redis

from gridbridge.domain.history import EnergyBucket, Every, EvseEnergy
from gridbridge.domain.ids import SiteId, StationId
from gridbridge.domain.partitions import partition_of
from gridbridge.domain.units import Instant, Seconds, WattHours
from gridbridge.ports.store import Snapshot, StoreDownError, Wakeup
from gridbridge_redis import keys
from gridbridge_redis.part import SEEN
from gridbridge_redis.settings import Settings
from gridbridge_redis.store import RedisStore
from tests.contract.samples import SITE, STATION, VEN, P, decision, desired, heard, recorded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gridbridge_redis.embedded import EmbeddedValkey


@pytest.fixture
async def client(server: EmbeddedValkey) -> AsyncIterator[Redis]:
    """A look behind the store's back."""
    client = Redis.from_url(server.url.text, decode_responses=True)
    yield client
    await client.aclose()


@pytest.fixture
async def store(server: EmbeddedValkey) -> AsyncIterator[RedisStore]:
    store = RedisStore(
        Settings(url=server.url),
        "gw-1-9f3a",
        site_of=lambda station: SITE if station == STATION else None,
    )
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def filled(store: RedisStore) -> RedisStore:
    """A store that was asked for one of everything."""
    await store.announce(version="1.0", listeners=["0.0.0.0:9000"])
    fence, ven_fence = await store.acquire(P), await store.acquire_ven(VEN)
    assert fence is not None
    assert ven_fence is not None
    snapshot = Snapshot(upto="1", state=b"state")
    wanted = [desired(STATION, 1)]
    await store.append(P, [recorded(1)])
    await store.decide(P, fence=fence, decision=decision(2), desired=wanted, view=b"view")
    await store.save(SITE, fence=fence, snapshot=snapshot)
    row = EvseEnergy(
        station=STATION,
        evse=1,
        imported=WattHours(1.0),
        exported=WattHours(0.0),
        covered=Seconds(60.0),
    )
    kept = {every: [EnergyBucket(start=Instant(0.0), evses=(row,))] for every in Every}
    await store.keep_history(SITE, fence=fence, now=Instant(0), reached=snapshot, buckets=kept)
    await store.claim(STATION)
    await store.describe(STATION, {"model": "M"})
    await store.wake("gw-1-9f3a", [Wakeup(site=SITE, station=STATION)])
    await store.append_ven(VEN, [heard(3)])
    await store.save_ven(VEN, fence=ven_fence, snapshot=snapshot, view=b"view")
    await store.keep_config("c0ffee", b"sites: {}")
    return store


@pytest.mark.usefixtures("filled")
async def test_the_keys_are_those_of_the_table(client: Redis) -> None:
    found = {key async for key in client.scan_iter("*")}

    tag = f"gb:{{p{P:02}}}"
    assert found == {
        "gb:meta",
        f"{tag}:facts",
        f"{tag}:seen:gw-1-9f3a",
        f"{tag}:owner",
        f"{tag}:site:depot-7:desired",
        f"{tag}:site:depot-7:view",
        f"{tag}:site:depot-7:snapshot",
        f"{tag}:history:depot-7",
        f"{tag}:history:depot-7:1m",
        f"{tag}:history:depot-7:15m",
        f"{tag}:station:CP-1",
        "gb:gw",
        "gb:gw:gw-1-9f3a",
        "gb:gw:gw-1-9f3a:inbox",
        "gb:ven:{utility-a}:facts",
        "gb:ven:{utility-a}:seen:gw-1-9f3a",
        "gb:ven:{utility-a}:owner",
        "gb:ven:{utility-a}:snapshot",
        "gb:ven:{utility-a}:view",
        "gb:config:c0ffee",
    }


@pytest.mark.usefixtures("filled")
async def test_only_hints_signs_of_life_and_what_writers_wrote_expire(client: Redis) -> None:
    expiring = {key async for key in client.scan_iter("*") if await client.ttl(key) >= 0}

    assert expiring == {
        f"gb:{{p{P:02}}}:seen:gw-1-9f3a",
        "gb:ven:{utility-a}:seen:gw-1-9f3a",
        "gb:gw:gw-1-9f3a",
        "gb:gw:gw-1-9f3a:inbox",
    }


async def test_a_station_of_no_site_lives_in_the_partition_of_its_own_id(
    store: RedisStore, client: Redis
) -> None:
    await store.claim(StationId("CP*9|@"))

    own = partition_of(SiteId("CP*9|@"))
    assert await client.exists(f"gb:{{p{own:02}}}:station:CP%2A9%7C%40")


async def test_a_lease_that_ends_too_far_ahead_counts_as_over(
    server: EmbeddedValkey, store: RedisStore, client: Redis
) -> None:
    other = RedisStore(Settings(url=server.url), "gw-2")
    fence = await store.acquire(P)
    assert fence is not None
    assert await other.acquire(P) is None

    # As if the server's clock had been set back by an hour.
    await client.hincrby(keys.of_partition(P).owner, "until_ms", 3_600_000)

    assert await other.acquire(P) == fence + 1
    await other.close()


async def test_a_lease_runs_out_by_the_servers_clock(server: EmbeddedValkey) -> None:
    settings = Settings(url=server.url, lease_s=0.05)
    store, other = RedisStore(settings, "gw-1"), RedisStore(settings, "gw-2")
    assert await store.acquire(P) == 1

    while (taken := await other.acquire(P)) is None:  # noqa: ASYNC110 - the server's own time
        await asyncio.sleep(0.01)

    assert taken == 2
    await store.close()
    await other.close()


async def test_a_gateway_that_died_long_ago_does_not_live_on_in_the_list(
    store: RedisStore, client: Redis
) -> None:
    await client.zadd(keys.GATEWAYS, {"gw-dead": 1, "gw-from-the-future": 9e15})

    assert await store.announce(version="1.0", listeners=[]) == {"gw-1-9f3a"}
    assert await client.zcard(keys.GATEWAYS) == 1


async def test_what_is_remembered_of_a_writer_is_bounded(store: RedisStore, client: Redis) -> None:
    await store.append(P, [recorded(seq) for seq in range(SEEN + 100)])

    assert await client.zcard(keys.of_partition(P).seen("gw-1-9f3a")) == SEEN


async def test_a_store_of_another_layout_is_refused_by_name(
    store: RedisStore, client: Redis
) -> None:
    await client.hset(keys.META, "schema", "2")

    with pytest.raises(StoreDownError, match="layout 2"):
        await store.open()
