"""The promises of `Decisions` and `ConfigShelf`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from gridbridge.domain.ids import SiteId, StationId
from gridbridge.domain.units import Amperes, Seconds
from gridbridge.ports.store import START, FencedOffError, Snapshot, Store
from tests.contract.samples import OTHER, SITE, P, decision, desired, recorded
from tests.contract.worlds import LEASE, World

CP1, CP2 = StationId("CP-1"), StationId("CP-2|*=@")


@pytest.fixture
async def fence(store: Store) -> int:
    """The fence of the store's instance, which owns the partition."""
    fence = await store.acquire(P)
    assert fence is not None
    return fence


async def test_a_decision_brings_its_schedules_and_view(
    store: Store, other: Store, fence: int
) -> None:
    wanted = [desired(CP1, 1), desired(CP2, 1)]

    log_id = await store.decide(P, fence=fence, decision=decision(5), desired=wanted, view=b"v1")

    assert await other.desired(SITE) == {CP1: wanted[0], CP2: wanted[1]}
    assert await other.view(SITE) == b"v1"
    (entry,) = (await other.read({P: START}, wait_s=0))[P]
    assert entry.id == log_id
    assert entry.recorded == decision(5)


async def test_a_newer_desire_replaces_the_older_wholly_and_others_stay(
    store: Store, fence: int
) -> None:
    first = [desired(CP1, 1), desired(CP2, 1)]
    await store.decide(P, fence=fence, decision=decision(5), desired=first, view=b"v1")

    await store.decide(P, fence=fence, decision=decision(6), desired=[desired(CP1, 2)])

    assert await store.desired(SITE) == {CP1: desired(CP1, 2), CP2: desired(CP2, 1)}
    assert await store.view(SITE) == b"v1"


async def test_a_decision_that_was_stored_before_is_stored_once(store: Store, fence: int) -> None:
    await store.append(P, [recorded(4)])
    first = await store.decide(P, fence=fence, decision=decision(5), desired=[])

    again = await store.decide(P, fence=fence, decision=decision(5), desired=[desired(CP1, 1)])

    assert again == first
    assert len((await store.read({P: START}, wait_s=0))[P]) == 2
    assert await store.desired(SITE) == {CP1: desired(CP1, 1)}


Write = Callable[[Store, int], Awaitable[object]]
WRITES: list[Write] = [
    lambda store, fence: store.decide(
        P, fence=fence, decision=decision(6), desired=[desired(CP1, 2)], view=b"stale"
    ),
    lambda store, fence: store.show(SITE, fence=fence, view=b"stale"),
    lambda store, fence: store.save(
        SITE, fence=fence, snapshot=Snapshot(upto="9", state=b"stale")
    ),
]
writes = pytest.mark.parametrize("write", WRITES, ids=["decide", "show", "save"])


@writes
async def test_after_a_takeover_the_old_owner_writes_nothing(
    world: World, store: Store, other: Store, fence: int, write: Write
) -> None:
    held = Snapshot(upto="3", state=b"state")
    await store.decide(P, fence=fence, decision=decision(5), desired=[desired(CP1, 1)], view=b"v1")
    await store.save(SITE, fence=fence, snapshot=held)
    await world.pass_time(Seconds(LEASE + 0.1))
    await other.acquire(P)

    with pytest.raises(FencedOffError):
        await write(store, fence)

    assert await store.desired(SITE) == {CP1: desired(CP1, 1)}
    assert await store.view(SITE) == b"v1"
    assert await store.snapshot(SITE) == held
    assert len((await store.read({P: START}, wait_s=0))[P]) == 1


@writes
async def test_who_let_go_writes_nothing(store: Store, fence: int, write: Write) -> None:
    await store.let_go(P)

    with pytest.raises(FencedOffError):
        await write(store, fence)

    assert await store.read({P: START}, wait_s=0) == {}


@writes
async def test_after_a_wipe_no_old_fence_writes(
    world: World, store: Store, fence: int, write: Write
) -> None:
    await world.wipe()

    with pytest.raises(FencedOffError):
        await write(store, fence)

    assert await store.desired(SITE) == {}


async def test_what_was_sent_before_the_fence_rose_is_lost(store: Store, fence: int) -> None:
    await store.acquire(P, anew=True)

    with pytest.raises(FencedOffError):
        await store.decide(P, fence=fence, decision=decision(5), desired=[desired(CP1, 1)])

    assert await store.desired(SITE) == {}


@pytest.mark.parametrize("version", [1, 2], ids=["older", "used already"])
async def test_a_decision_that_comes_too_late_is_not_written(
    store: Store, fence: int, version: int
) -> None:
    newest = [desired(CP1, 2), desired(CP2, 3)]
    late = replace(desired(CP1, version), feed_amps=Amperes(8.0))
    await store.decide(P, fence=fence, decision=decision(5), desired=newest, view=b"v1")

    with pytest.raises(FencedOffError):
        await store.decide(
            P,
            fence=fence,
            decision=decision(6),
            desired=[desired(CP2, 4), late],
            view=b"late",
        )

    assert await store.desired(SITE) == {each.station: each for each in newest}
    assert await store.view(SITE) == b"v1"
    assert len((await store.read({P: START}, wait_s=0))[P]) == 1


async def test_who_never_owned_writes_nothing(store: Store) -> None:
    with pytest.raises(FencedOffError):
        await store.decide(P, fence=0, decision=decision(5), desired=[])


async def test_a_decision_lies_in_its_sites_partition(store: Store, fence: int) -> None:
    with pytest.raises(ValueError, match="partition"):
        await store.decide(OTHER, fence=fence, decision=decision(5), desired=[])


async def test_a_decision_is_about_one_site(store: Store, fence: int) -> None:
    elsewhere = desired(CP1, 1, site=SiteId("depot-8"))

    with pytest.raises(ValueError, match="depot-7"):
        await store.decide(P, fence=fence, decision=decision(5), desired=[elsewhere])


async def test_what_is_shown_replaces_what_was(store: Store, other: Store, fence: int) -> None:
    assert await other.view(SITE) is None

    await store.show(SITE, fence=fence, view=b"v1")
    await store.show(SITE, fence=fence, view=b"v2")

    assert await other.view(SITE) == b"v2"
    assert await other.snapshot(SITE) is None


async def test_the_newest_snapshot_is_kept(store: Store, other: Store, fence: int) -> None:
    newest = Snapshot(upto="0000000000002", state=b"\x00\xff two")
    assert await other.snapshot(SITE) is None

    await store.save(SITE, fence=fence, snapshot=Snapshot(upto="0000000000001", state=b"one"))
    await store.save(SITE, fence=fence, snapshot=newest)

    assert await other.snapshot(SITE) == newest
    assert await other.view(SITE) is None


async def test_a_configuration_is_kept_under_its_hash_for_good(store: Store, other: Store) -> None:
    assert await store.config("c0ffee") is None

    await store.keep_config("c0ffee", b"sites: {}")
    await other.keep_config("c0ffee", b"something else")

    assert await other.config("c0ffee") == b"sites: {}"
