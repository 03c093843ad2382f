"""Before many stations are told something else, the store is asked once, and not for long."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from gridbridge.domain.ids import StationId
from gridbridge.domain.slots import Slot
from gridbridge.domain.units import Seconds
from gridbridge.ports.store import Rewrite
from gridbridge.testing import MemoryBackend, MemoryStore, VirtualClock
from gridbridge_ocpp.clearing import Cleared, Clearing

MANY = [StationId(f"CS-{number}") for number in range(120)]
PLAN = (1, Slot.PLAN)


class Told:
    """What those who asked were told."""

    def __init__(self, clearing: Clearing) -> None:
        self.somebody = asyncio.Event()
        self.found: dict[StationId, Cleared] = {}
        self._clearing = clearing

    def ask(self, station: StationId, epoch: int) -> None:
        self._clearing.ask(Socket(station, epoch, self))


class Socket:
    """One that asks for its plan's record."""

    def __init__(self, station: StationId, epoch: int, told: Told) -> None:
        self._station, self._epoch, self._told = station, epoch, told

    def rewrite(self) -> Rewrite:
        return Rewrite(self._station, self._epoch, (PLAN,))

    def cleared(self, cleared: Cleared) -> None:
        self._told.found[self._station] = cleared
        self._told.somebody.set()


class Silent:
    """One that needs nothing any more when it is asked."""

    def rewrite(self) -> None:
        pass

    def cleared(self, cleared: Cleared) -> None:
        raise AssertionError(cleared)


class CountedStore(MemoryStore):
    """A store that counts, and may never answer."""

    calls = 0
    silent = False

    def __init__(self, backend: MemoryBackend) -> None:
        super().__init__(backend)
        self.called = asyncio.Event()

    async def strike_out(self, rewrites: Sequence[Rewrite]) -> frozenset[StationId]:
        self.calls += 1
        self.called.set()
        if self.silent:
            await asyncio.get_running_loop().create_future()
        return await super().strike_out(rewrites)


async def test_many_who_ask_at_the_same_time_are_few_calls() -> None:
    store = CountedStore(MemoryBackend(VirtualClock()))
    clearing = Clearing(store, Seconds(10.0))
    told = Told(clearing)
    for station in MANY:
        epoch = await store.claim(station)
        await store.acknowledge(station, epoch, evse=1, slot=Slot.PLAN, digest="aa")
        told.ask(station, epoch)

    await clearing.close()

    assert store.calls == len(MANY) // 40
    assert told.found == dict.fromkeys(MANY, Cleared.STRUCK_OUT)
    assert (await store.acknowledged(MANY[-1])).digests == {}


async def test_of_many_only_the_one_with_a_newer_socket_is_told_so() -> None:
    backend = MemoryBackend(VirtualClock())
    store = CountedStore(backend)
    clearing = Clearing(store, Seconds(10.0))
    told = Told(clearing)
    epochs = {station: await store.claim(station) for station in MANY}
    await MemoryStore(backend, "gw-2").claim(MANY[7])

    for station, epoch in epochs.items():
        told.ask(station, epoch)
    await clearing.close()

    assert told.found == dict.fromkeys(MANY, Cleared.STRUCK_OUT) | {MANY[7]: Cleared.NEWER_SOCKET}


async def test_who_needs_nothing_any_more_is_left_out() -> None:
    store = CountedStore(MemoryBackend(VirtualClock()))
    clearing = Clearing(store, Seconds(10.0))

    clearing.ask(Silent())
    await clearing.close()

    assert store.calls == 0


async def test_a_store_that_does_not_answer_holds_nobody_up() -> None:
    store = CountedStore(MemoryBackend(VirtualClock()))
    store.silent = True
    clearing = Clearing(store, Seconds(0.0))
    told = Told(clearing)

    told.ask(MANY[0], 1)
    await clearing.close()

    assert told.found == {MANY[0]: Cleared.UNKNOWN}


async def test_who_asks_while_the_store_is_slow_does_not_wait_for_those_before() -> None:
    store = CountedStore(MemoryBackend(VirtualClock()))
    store.silent = True
    clearing = Clearing(store, Seconds(0.2))
    told = Told(clearing)
    told.ask(MANY[0], 1)
    await store.called.wait()
    store.silent = False

    told.ask(MANY[1], 1)
    await told.somebody.wait()

    assert MANY[1] in told.found
    assert store.calls == 2
    await clearing.close()
    assert told.found == {MANY[0]: Cleared.UNKNOWN, MANY[1]: Cleared.STRUCK_OUT}


async def test_a_store_that_is_down_holds_nobody_up() -> None:
    store = CountedStore(MemoryBackend(VirtualClock()))
    store.down = True
    clearing = Clearing(store, Seconds(10.0))
    told = Told(clearing)

    told.ask(MANY[0], 1)
    await clearing.close()

    assert told.found == {MANY[0]: Cleared.UNKNOWN}
