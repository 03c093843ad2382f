"""The promises of `Clock`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from gridbridge.domain.units import Seconds
from gridbridge.ports.clock import Clock
from gridbridge.runtime.clock import SystemClock
from gridbridge.testing import VirtualClock

CLOCKS: list[Callable[[], Clock]] = [VirtualClock, SystemClock]
clocks = pytest.mark.parametrize("make", CLOCKS)


async def slept(clock: Clock, sleeping: asyncio.Task[None], duration: Seconds) -> None:
    """Wait for a sleeper, turning the clock if it is one that has to be turned."""
    if isinstance(clock, VirtualClock):
        await clock.advance(duration)
    await sleeping


@clocks
def test_the_present_is_in_microseconds_and_never_goes_back(make: Callable[[], Clock]) -> None:
    clock = make()

    seen = [clock.now() for _ in range(200)]

    assert seen == sorted(seen)
    assert all(round(now, 6) == now for now in seen)


@clocks
async def test_a_sleeper_wakes_once_the_time_has_passed(make: Callable[[], Clock]) -> None:
    clock = make()
    start = clock.now()
    sleeping = asyncio.create_task(clock.sleep(Seconds(0.02)))

    await slept(clock, sleeping, Seconds(0.02))

    assert clock.now() >= start + 0.02 - 1e-6


@clocks
@pytest.mark.parametrize("duration", [0.0, -3.0])
async def test_no_time_at_all_is_slept_at_once(make: Callable[[], Clock], duration: float) -> None:
    await asyncio.wait_for(make().sleep(Seconds(duration)), timeout=5)


@clocks
async def test_a_sleeper_can_be_cancelled(make: Callable[[], Clock]) -> None:
    sleeping = asyncio.create_task(make().sleep(Seconds(3600)))
    await asyncio.sleep(0)

    sleeping.cancel()

    with pytest.raises(asyncio.CancelledError):
        await sleeping
