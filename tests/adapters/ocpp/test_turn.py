"""All that happens in one turn of the loop happens at one time; the next turn has its own."""

from __future__ import annotations

import asyncio

from gridbridge.domain.units import Instant, Seconds
from gridbridge_ocpp.turn import Turn


class Ticking:
    """A clock that goes on each time that it is looked at."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> Instant:
        self._now += 1.0
        return Instant(self._now)

    async def sleep(self, duration: Seconds) -> None:  # noqa: ARG002 - see below
        raise AssertionError("nobody sleeps here")


async def test_the_clock_is_looked_at_once_a_turn() -> None:
    turn = Turn(Ticking())

    first = [turn.now(), turn.now()]
    await asyncio.sleep(0)
    second = [turn.now(), turn.now()]

    assert first == [1.0, 1.0]
    assert second == [2.0, 2.0]
