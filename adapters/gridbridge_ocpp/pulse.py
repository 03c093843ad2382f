"""Whether silent sockets still live: one look at all of them in place of a timer for each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gridbridge.domain.units import Seconds

log = structlog.get_logger(__name__)

_AT_ONCE = 50
"""After so many sockets, whatever else is due gets its turn."""


class Living(Protocol):
    """A socket, as far as it may be dead."""

    def beat(self) -> None:
        """Say whether anything was heard since the last beat: it is pinged, or ended, if not."""
        ...


async def keep_beating(sockets: Callable[[], Iterable[Living]], every: Seconds) -> None:
    """Beat all there are, until cancelled; what fails is told of in the log, and all goes on.

    One that is silent is pinged at the first beat after which nothing was heard, and ended at the
    second; so it is pinged once in two beats for as long as it answers.
    """
    while True:
        # The time of the sockets' own loop, as it is they that may be late.
        await asyncio.sleep(every)
        try:
            await _beat_all(list(sockets()))
        except Exception:  # without it no dead socket would be found out any more
            log.exception("pulse_failed")


async def _beat_all(sockets: Iterable[Living]) -> None:
    for number, socket in enumerate(sockets, start=1):
        try:
            socket.beat()
        except Exception:  # one socket's failure is no other's
            log.exception("beat_failed")
        if number % _AT_ONCE == 0:
            await asyncio.sleep(0)
