"""What every store does while it cannot be reached: it says so, soon, and never pretends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from gridbridge.domain.history import Every
from gridbridge.domain.slots import Slot
from gridbridge.domain.units import FOREVER, Instant
from gridbridge.ports.store import START, Rewrite, Snapshot, Store, StoreDownError, Wakeup
from gridbridge.testing import MemoryBackend, MemoryStore, VirtualClock
from gridbridge_redis.settings import Settings
from gridbridge_redis.store import RedisStore
from gridbridge_redis.url import StoreUrl
from tests.contract.samples import SITE, STATION, VEN, P, decision, recorded, ven_decision


def cut_off_memory() -> Store:
    backend = MemoryBackend(VirtualClock())
    backend.down = True
    return MemoryStore(backend)


def cut_off_instance() -> Store:
    store = MemoryStore(MemoryBackend(VirtualClock()))
    store.down = True
    return store


def missing_server() -> Store:
    url = StoreUrl("unix://gridbridge:s3cret@/nowhere/valkey.sock")
    return RedisStore(Settings(url=url, read_retries=1), "gw-1")


UNREACHABLE: list[Callable[[], Store]] = [cut_off_memory, cut_off_instance, missing_server]

Call = Callable[[Store], Awaitable[object]]
SNAPSHOT = Snapshot(upto="1", state=b"")
CALLS: dict[str, Call] = {
    "open": lambda store: store.open(),
    "append": lambda store: store.append(P, [recorded(1)]),
    "read": lambda store: store.read({P: START}, wait_s=0),
    "read and wait": lambda store: store.read({P: START}, wait_s=5),
    "trim": lambda store: store.trim(P, before="1", fence=1),
    "announce": lambda store: store.announce(version="1.0", listeners=[]),
    "acquire": lambda store: store.acquire(P),
    "let_go": lambda store: store.let_go(P),
    "acquire_ven": lambda store: store.acquire_ven(VEN),
    "let_go_ven": lambda store: store.let_go_ven(VEN),
    "decide": lambda store: store.decide(P, fence=1, decision=decision(1), desired=[]),
    "desired": lambda store: store.desired(SITE),
    "show": lambda store: store.show(SITE, fence=1, view=b""),
    "view": lambda store: store.view(SITE),
    "save": lambda store: store.save(SITE, fence=1, snapshot=SNAPSHOT),
    "snapshot": lambda store: store.snapshot(SITE),
    "claim": lambda store: store.claim(STATION),
    "holder": lambda store: store.holder(STATION),
    "release": lambda store: store.release(STATION, 1),
    "strike_out": lambda store: store.strike_out([Rewrite(STATION, 1)]),
    "acknowledge": lambda store: store.acknowledge(
        STATION, 1, evse=1, slot=Slot.PLAN, digest="aa"
    ),
    "acknowledged": lambda store: store.acknowledged(STATION),
    "forget": lambda store: store.forget(STATION),
    "describe": lambda store: store.describe(STATION, {"model": "M"}),
    "description": lambda store: store.description(STATION),
    "wake": lambda store: store.wake("gw-2", [Wakeup(site=SITE, station=STATION)]),
    "woken": lambda store: store.woken(wait_s=0),
    "append_ven": lambda store: store.append_ven(VEN, [recorded(1)]),
    "read_ven": lambda store: store.read_ven(VEN, after=START),
    "decide_ven": lambda store: store.decide_ven(VEN, fence=1, decision=ven_decision(1)),
    "save_ven": lambda store: store.save_ven(VEN, fence=1, snapshot=SNAPSHOT, view=b""),
    "snapshot_ven": lambda store: store.snapshot_ven(VEN),
    "view_ven": lambda store: store.view_ven(VEN),
    "keep_history": lambda store: store.keep_history(
        SITE, fence=1, now=Instant(0.0), reached=SNAPSHOT, buckets={}
    ),
    "history_reached": lambda store: store.history_reached(SITE),
    "history": lambda store: store.history(
        SITE, every=Every.MINUTE, start=Instant(0.0), end=FOREVER
    ),
    "keep_config": lambda store: store.keep_config("c0ffee", b""),
    "config": lambda store: store.config("c0ffee"),
}


@pytest.mark.parametrize("make", UNREACHABLE)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
async def test_a_call_on_a_store_that_is_down_says_so(
    make: Callable[[], Store], call: Call
) -> None:
    store = make()

    with pytest.raises(StoreDownError) as caught:
        await call(store)

    assert "s3cret" not in repr(caught.value)
    assert caught.value.__cause__ is None
    await store.close()


@pytest.mark.parametrize("make", UNREACHABLE)
async def test_a_ping_never_raises(make: Callable[[], Store]) -> None:
    store = make()

    assert await store.ping() is False
    await store.close()


async def test_a_ping_tells_a_store_that_is_up(store: Store) -> None:
    assert await store.ping() is True
