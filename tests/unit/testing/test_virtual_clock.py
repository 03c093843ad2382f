"""The clock that is told the time."""

from __future__ import annotations

import asyncio

import pytest

from gridbridge.domain.units import Instant, Seconds
from gridbridge.testing import VirtualClock


async def test_sleepers_wake_in_the_order_of_their_deadlines_at_their_own_time() -> None:
    clock = VirtualClock(Instant(100.0))
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, *durations: float) -> None:
        for duration in durations:
            await clock.sleep(Seconds(duration))
            woken.append((name, clock.now()))

    async with asyncio.TaskGroup() as group:
        group.create_task(sleeper("slow", 5.0))
        group.create_task(sleeper("twice", 2.0, 2.0))

        await clock.advance(Seconds(5.0))

    assert woken == [("twice", 102.0), ("twice", 104.0), ("slow", 105.0)]
    assert clock.now() == 105.0


async def test_the_next_deadline_is_that_of_who_still_sleeps() -> None:
    clock = VirtualClock(Instant(100.0))
    first = asyncio.create_task(clock.sleep(Seconds(1.0)))
    second = asyncio.create_task(clock.sleep(Seconds(2.0)))
    await clock.advance(Seconds(0.0))
    assert clock.next_deadline == 101.0

    first.cancel()
    await asyncio.wait([first])

    assert clock.next_deadline == 102.0
    await clock.advance(Seconds(2.0))
    assert second.done()
    assert clock.next_deadline is None


async def test_time_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="back"):
        await VirtualClock().advance(Seconds(-1.0))
