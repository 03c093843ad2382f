"""Keeps tasks alive: catches whatever ends one, says so, and tries again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from gridbridge.domain.units import Seconds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gridbridge.ports.clock import Clock

log = structlog.get_logger(__name__)

FIRST_PAUSE = Seconds(0.2)
LONGEST_PAUSE = Seconds(30.0)
HEALTHY_AFTER = Seconds(60.0)


async def supervised(name: str, run: Callable[[], Awaitable[None]], clock: Clock) -> None:
    """Run until it returns; after a failure run it again, later each time that it fails soon."""
    pause = FIRST_PAUSE
    while True:
        started = clock.now()
        try:
            await run()
        except Exception:
            log.exception("task_failed", task=name, retry_in_s=pause)
        else:
            return
        await clock.sleep(pause)
        lived = clock.now() - started
        pause = FIRST_PAUSE if lived > HEALTHY_AFTER else Seconds(min(pause * 2, LONGEST_PAUSE))
