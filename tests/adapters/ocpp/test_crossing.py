"""Whatever crosses on its way to the store, it is never wrong of a station unless that is known.

Each call to the store waits until it is told to act and, after that, to answer or to fail; so a
write and a strike act in either order, and answers come long after what they answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, cast

import orjson
from aiohttp import WSMessage, WSMsgType
from hypothesis import given, settings
from hypothesis import strategies as st

from gridbridge.domain.commands import EvseDesired, Outcome
from gridbridge.domain.facts import ProfileAnswered, SiteFact
from gridbridge.domain.ids import StationId
from gridbridge.domain.slots import Slot
from gridbridge.domain.units import Seconds
from gridbridge.ports.facts import NotStoredError
from gridbridge.ports.store import Rewrite, StoreDownError
from gridbridge.testing import MemoryBackend, MemoryStore, RecordingSink, VirtualClock
from gridbridge_ocpp.clearing import Clearing
from gridbridge_ocpp.connection import Connection
from gridbridge_ocpp.counters import Counters
from gridbridge_ocpp.digests import parts_of
from gridbridge_ocpp.station import StationSession
from gridbridge_ocpp.turn import Turn
from gridbridge_ocpp.versions import OcppVersion
from gridbridge_ocpp.wire import call_for
from tests.adapters.ocpp.stations import (
    NOW,
    SETTINGS,
    STATION,
    TWO,
    desired,
    entry,
    evse,
    profile_of,
    schedule,
)

PLANS = [None, *(schedule((0, amps)) for amps in (8, 16, 32))]
SETTLED = 12
"""Turns of the loop in which all that can happen has happened."""


class Gate:
    """Where calls wait, each twice: to act, and to answer."""

    def __init__(self) -> None:
        self.open = False
        self.waiting: list[asyncio.Future[None]] = []

    async def passed(self) -> None:
        if not self.open:
            self.waiting.append(asyncio.get_running_loop().create_future())
            await self.waiting[-1]

    def let(self, place: int, error: Exception | None = None) -> None:
        """Have one go on, or fail."""
        if not self.waiting:
            return
        first = self.waiting.pop(place % len(self.waiting))
        if first.done():
            return
        if error is None:
            first.set_result(None)
        else:
            first.set_exception(error)


class GatedStore(MemoryStore):
    """A store whose calls about slots wait at its gate."""

    def __init__(self, backend: MemoryBackend) -> None:
        super().__init__(backend)
        self.gate = Gate()

    async def strike_out(self, rewrites: Sequence[Rewrite]) -> frozenset[StationId]:
        await self.gate.passed()
        newer = await super().strike_out(rewrites)
        await self.gate.passed()
        return newer

    async def acknowledge(
        self, station: StationId, epoch: int, *, evse: int, slot: Slot, digest: str
    ) -> bool:
        await self.gate.passed()
        known = await super().acknowledge(station, epoch, evse=evse, slot=slot, digest=digest)
        await self.gate.passed()
        return known


class GatedSink(RecordingSink):
    """A sink whose facts wait at its gate."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = Gate()

    async def record(self, fact: SiteFact) -> None:
        await self.gate.passed()
        await super().record(fact)


class Socket:
    """A station that takes what it is told, and answers when it is told to."""

    close_code = 1000

    def __init__(self) -> None:
        self.heard: asyncio.Queue[WSMessage] = asyncio.Queue()
        self.calls: list[str] = []
        self.holds: dict[int, Any] = {}

    async def receive(self) -> WSMessage:
        return await self.heard.get()

    def say(self, frame: list[Any]) -> None:
        self.heard.put_nowait(WSMessage(WSMsgType.TEXT, orjson.dumps(frame).decode(), None))

    async def send_str(self, text: str) -> None:
        kind, message_id, *rest = orjson.loads(text)
        if kind != 2:
            return
        assert self.calls == []
        self.calls.append(message_id)
        action, payload = rest
        if action == "ClearChargingProfile":
            self.holds.pop(payload["id"], None)
        else:
            self.holds[profile_of((action, payload))["chargingProfileId"]] = payload

    def answer(self) -> None:
        if self.calls:
            self.say([3, self.calls.pop(), {"status": "Accepted"}])


class Gateway:
    """One connection and its ports."""

    def __init__(self) -> None:
        self.store = GatedStore(MemoryBackend(VirtualClock(NOW)))
        self.sink = GatedSink()
        self.socket = Socket()
        self.version = 0
        self.wish: tuple[EvseDesired, ...] = ()

    async def begin(self) -> None:
        await self.store.open()
        turn = Turn(VirtualClock(NOW))
        epoch = await self.store.claim(STATION)
        ids = (f"gb-{number}" for number in count(1))
        mine = entry(evses=TWO)
        session = StationSession(
            entry=mine,
            version=OcppVersion.V16,
            epoch=epoch,
            acknowledged={},
            settings=SETTINGS,
            counters=Counters(),
            new_id=lambda: next(ids),
            now=turn.now(),
        )
        self.clearing = Clearing(self.store, Seconds(60.0))
        self.connection = Connection(
            socket=cast("Any", self.socket),
            session=session,
            entry=mine,
            epoch=epoch,
            sink=self.sink,
            sockets=self.store,
            clearing=self.clearing,
            turn=turn,
            abort=lambda: None,
        )
        self.running = asyncio.create_task(self.connection.run())
        self.socket.say([2, "cs-1", "Heartbeat", {}])

    def desire(self, one: int, two: int) -> None:
        self.version += 1
        self.wish = (evse(1, PLANS[one]), evse(2, PLANS[two]))
        self.connection.desire(desired(*self.wish, version=self.version))

    async def check(self) -> None:
        for _ in range(SETTLED):
            await asyncio.sleep(0)
        unsure = self.connection.unsure()
        for key, text in (await self.store.acknowledged(STATION)).digests.items():
            for part in parts_of(text):
                _, payload = orjson.loads("[" + call_for(OcppVersion.V16, part).text + "]")
                assert self.socket.holds.get(part.id) == payload or key in unsure

    async def settle(self) -> None:
        """Have everything stored and answered."""
        gates = (self.store.gate, self.sink.gate)
        for gate in gates:
            gate.open = True
            while gate.waiting:
                gate.let(0)
        for _ in range(10):
            self.socket.answer()
            await self.check()
        for gate in gates:
            gate.open = False

    async def end(self) -> None:
        self.socket.heard.put_nowait(WSMessage(WSMsgType.CLOSE, None, None))
        await self.running
        await self.clearing.close()


events = st.lists(
    st.one_of(
        st.tuples(st.just("desire"), st.integers(0, 3), st.integers(0, 3)),
        st.tuples(st.just("answer"), st.just(0), st.just(0)),
        st.tuples(st.just("fact"), st.just(0), st.integers(0, 6)),
        st.tuples(st.just("store"), st.integers(0, 3), st.integers(0, 6)),
    ),
    min_size=30,
    max_size=60,
)


async def lived(happened: list[tuple[str, int, int]]) -> None:
    gateway = Gateway()
    await gateway.begin()
    gateway.desire(1, 1)
    await gateway.settle()
    happens: dict[str, Callable[[int, int], None]] = {
        "desire": gateway.desire,
        "answer": lambda _one, _two: gateway.socket.answer(),
        "store": lambda place, luck: gateway.store.gate.let(
            place, None if luck else StoreDownError("none today")
        ),
        "fact": lambda _place, luck: gateway.sink.gate.let(
            0, None if luck else NotStoredError("none today")
        ),
    }
    for name, one, two in happened:
        happens[name](one, two)
        await gateway.check()
    await gateway.settle()
    gateway.desire(1, 2)
    await gateway.settle()

    told = [
        (fact.evse, fact.slot)
        for fact in gateway.sink.facts
        if isinstance(fact, ProfileAnswered)
        and (fact.version, fact.outcome) == (gateway.version, Outcome.ACCEPTED)
    ]
    assert {(1, Slot.PLAN), (2, Slot.PLAN)} <= set(told)
    assert len(told) == len(set(told))
    assert len((await gateway.store.acknowledged(STATION)).digests) == 4
    gateway.store.gate.open = gateway.sink.gate.open = True
    await gateway.end()


@settings(max_examples=200, deadline=None)
@given(events)
def test_what_crosses_leaves_no_wrong_record_and_all_ends_well(
    happened: list[tuple[str, int, int]],
) -> None:
    asyncio.run(lived(happened))
