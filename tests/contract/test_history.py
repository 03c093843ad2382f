"""The promises of `History`."""

from __future__ import annotations

import pytest

from gridbridge.domain.history import EnergyBucket, Every, EvseEnergy
from gridbridge.domain.units import FOREVER, Instant, Seconds, WattHours
from gridbridge.ports.store import FencedOffError, Snapshot, Store
from tests.contract.samples import SITE, STATION, P
from tests.contract.worlds import LEASE, World

NOON = Instant(1_800_014_400.0)
EVER = Instant(0.0)
FIRST = Snapshot(upto="0000000000001", state=b"one")


@pytest.fixture
async def fence(store: Store) -> int:
    """The fence of the store's instance, which owns the partition."""
    fence = await store.acquire(P)
    assert fence is not None
    return fence


def bucket(after_noon: float, imported: float = 100.0) -> EnergyBucket:
    row = EvseEnergy(
        station=STATION,
        evse=1,
        imported=WattHours(imported),
        exported=WattHours(0.5),
        covered=Seconds(60.0),
    )
    return EnergyBucket(start=Instant(NOON + after_noon), evses=(row,))


async def minutes(store: Store, start: Instant = EVER, end: Instant = FOREVER) -> list[float]:
    found = await store.history(SITE, every=Every.MINUTE, start=start, end=end)
    return [each.start - NOON for each in found]


async def test_buckets_and_what_they_were_made_from_are_kept_together(
    store: Store, other: Store, fence: int
) -> None:
    assert await other.history_reached(SITE) is None

    kept = {Every.MINUTE: [bucket(60), bucket(0)], Every.QUARTER: [bucket(0, 200.0)]}
    await store.keep_history(SITE, fence=fence, now=NOON, reached=FIRST, buckets=kept)

    assert await other.history_reached(SITE) == FIRST
    found = [
        await other.history(SITE, every=every, start=EVER, end=FOREVER)
        for every in (Every.MINUTE, Every.QUARTER)
    ]
    assert found == [[bucket(0), bucket(60)], [bucket(0, 200.0)]]


async def test_a_bucket_replaces_the_one_of_its_start_and_length_alone(
    store: Store, fence: int
) -> None:
    both = {every: [bucket(0), bucket(900)] for every in Every}
    await store.keep_history(SITE, fence=fence, now=NOON, reached=FIRST, buckets=both)

    newer = Snapshot(upto="0000000000002", state=b"")
    changed = {Every.MINUTE: [bucket(0, 7.0)]}
    await store.keep_history(SITE, fence=fence, now=NOON, reached=newer, buckets=changed)

    assert await store.history_reached(SITE) == newer
    found = [
        await store.history(SITE, every=every, start=EVER, end=FOREVER)
        for every in (Every.MINUTE, Every.QUARTER)
    ]
    assert found == [[bucket(0, 7.0), bucket(900)], [bucket(0), bucket(900)]]


async def test_a_time_holds_what_begins_in_it(store: Store, fence: int) -> None:
    kept = {Every.MINUTE: [bucket(60 * each) for each in range(4)]}
    await store.keep_history(SITE, fence=fence, now=NOON, reached=FIRST, buckets=kept)

    assert await minutes(store, Instant(NOON + 60), Instant(NOON + 180)) == [60, 120]
    assert await minutes(store, Instant(NOON + 59.5), Instant(NOON + 60.5)) == [60]
    assert await minutes(store, NOON, NOON) == []


async def test_what_is_kept_no_longer_is_dropped_by_length(store: Store, fence: int) -> None:
    kept = {every: [bucket(0), bucket(900)] for every in Every}
    await store.keep_history(SITE, fence=fence, now=NOON, reached=FIRST, buckets=kept)

    later = Instant(NOON + Every.MINUTE.kept + 1)
    await store.keep_history(SITE, fence=fence, now=later, reached=FIRST, buckets={})

    assert await minutes(store) == [900]
    quarters = await store.history(SITE, every=Every.QUARTER, start=EVER, end=FOREVER)
    assert quarters == [bucket(0), bucket(900)]


async def test_after_a_takeover_the_old_owner_keeps_nothing(
    world: World, store: Store, other: Store, fence: int
) -> None:
    kept = {Every.MINUTE: [bucket(0)]}
    await store.keep_history(SITE, fence=fence, now=NOON, reached=FIRST, buckets=kept)
    await world.pass_time(Seconds(LEASE + 0.1))
    await other.acquire(P)

    stale = Snapshot(upto="9", state=b"stale")
    with pytest.raises(FencedOffError):
        await store.keep_history(
            SITE, fence=fence, now=NOON, reached=stale, buckets={Every.MINUTE: [bucket(0, 9.0)]}
        )

    assert await store.history_reached(SITE) == FIRST
    assert await store.history(SITE, every=Every.MINUTE, start=EVER, end=FOREVER) == [bucket(0)]
