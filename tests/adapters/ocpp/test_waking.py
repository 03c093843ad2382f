"""Of several times the earliest is kept, and each call asks for the next anew."""

from __future__ import annotations

import asyncio

from gridbridge.domain.units import FOREVER, Instant
from gridbridge_ocpp.waking import Waking

NOW = Instant(1000.0)


class Woken:
    """Counts."""

    def __init__(self) -> None:
        self.times = 0
        self.waking = Waking(self._wake)
        self._come = asyncio.Event()

    def _wake(self) -> None:
        self.times += 1
        self._come.set()

    async def comes(self) -> None:
        await self._come.wait()
        self._come.clear()


async def test_the_earliest_of_several_times_counts() -> None:
    woken = Woken()

    woken.waking.by(Instant(NOW + 3000.0), NOW)
    woken.waking.by(NOW, NOW)
    woken.waking.by(Instant(NOW + 2000.0), NOW)
    await woken.comes()

    assert woken.times == 1


async def test_after_a_call_it_is_asked_anew() -> None:
    woken = Woken()
    woken.waking.by(NOW, NOW)
    await woken.comes()

    woken.waking.by(Instant(NOW + 0.01), NOW)
    await woken.comes()

    assert woken.times == 2


async def test_what_never_comes_needs_no_timer_and_what_is_cancelled_does_not_come() -> None:
    woken = Woken()

    woken.waking.by(FOREVER, NOW)
    woken.waking.by(NOW, NOW)
    woken.waking.cancel()
    for _ in range(3):
        await asyncio.sleep(0)

    assert woken.times == 0
