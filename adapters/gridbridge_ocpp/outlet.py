"""Frames out of a socket: at once while it takes them, and no task wakes for that."""

from __future__ import annotations

from collections import deque
from types import coroutine
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Coroutine, Generator

    from aiohttp import web


class Outlet:
    """Writes frames in their order."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket
        self._begun: Awaitable[None] | None = None
        self._frames: deque[str] = deque()
        self.gone = False
        """Whether the socket takes nothing any more; its reader sees the same end."""

    @property
    def stuck(self) -> bool:
        """Whether the socket has to be waited for, by `drain`, before more is sent."""
        return self._begun is not None

    def send(self, frames: list[str]) -> None:
        """Write what the socket takes now; only while it is not stuck."""
        self._frames += frames
        try:
            while self._frames and not self.stuck:
                self._begun = _begin(self._socket.send_str(self._frames.popleft()))
        except ConnectionError:
            self.gone = True
            self._frames.clear()

    def ping(self) -> None:
        """Ask for a sign of life, unless it is stuck and so waited for already."""
        try:
            if not self.stuck:
                self._begun = _begin(self._socket.ping())
        except ConnectionError:
            self.gone = True

    def give_up(self) -> None:
        """Write no frame any more that is not begun."""
        self._frames.clear()

    async def drain(self) -> None:
        """Wait until everything is written, or the socket is gone."""
        while self._begun is not None:
            begun = self._begun
            try:
                await begun
            except ConnectionError:
                self.gone = True
                self._frames.clear()
            self._begun = None
            self.send([])


def _begin(sending: Coroutine[Any, Any, None]) -> Awaitable[None] | None:
    """Run a coroutine until it has to wait; what is left of it, or None where it is through.

    It is how Python 3.12 starts a task eagerly. Nothing of aiohttp's sending asks which task it
    runs in.
    """
    try:
        waits_for = sending.send(None)
    except StopIteration:
        return None
    return _rest(sending, waits_for)


@coroutine
def _rest(sending: Coroutine[Any, Any, None], waits_for: object) -> Generator[Any, Any, None]:
    try:
        yield waits_for
    except BaseException:
        sending.close()
        raise
    yield from sending.__await__()
