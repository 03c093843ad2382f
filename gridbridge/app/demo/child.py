"""The gateway as a child process: `gridbridge run`, its addresses, its log, its end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from gridbridge.app.demo.errors import DemoError
from gridbridge_redis import tether

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_START_S = 20.0
_STOP_S = 10.0
_LAST_WORDS = 12


class GatewayDiedError(DemoError):
    """The gateway ended though nobody told it to; the text has its last words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the gateway listens."""

    ocpp: str
    """HOST:PORT"""
    http: str
    """HOST:PORT"""


class GatewayProcess:
    """A gateway that runs for as long as the context is open.

    It ends with us even where we are killed (Linux), and takes its store with it.
    """

    def __init__(self, config: Path) -> None:
        self.errors: list[str] = []
        """What it logged as an error, as event and fields."""
        self._config = config
        self._lines: deque[str] = deque(maxlen=_LAST_WORDS)
        self._child: asyncio.subprocess.Process
        self._reading: asyncio.Task[None]
        self._addresses: asyncio.Future[Addresses]

    async def __aenter__(self) -> Self:
        self._addresses = asyncio.get_running_loop().create_future()
        self._child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", tether.__file__, str(os.getpid())),
            *(sys.executable, "-m", "gridbridge", "run", "--config", str(self._config)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            # Settings of a real gateway in our environment are not meant for this one.
            env={name: v for name, v in os.environ.items() if not name.startswith("GRIDBRIDGE_")},
            # Ctrl-C in a terminal is ours to handle: the gateway is told to drain.
            start_new_session=True,
        )
        self._reading = asyncio.create_task(self._read(), name="gateway log")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.shield(self._stop())

    async def addresses(self) -> Addresses:
        """Where it listens, once it does; raises GatewayDiedError or TimeoutError."""
        async with asyncio.timeout(_START_S):
            return await asyncio.shield(self._addresses)

    async def ended(self) -> None:
        """Return never, or raise GatewayDiedError."""
        await asyncio.shield(self._reading)
        code = await self._child.wait()
        raise GatewayDiedError(f"the gateway ended with {code}:\n" + "\n".join(self._lines))

    async def _read(self) -> None:
        assert self._child.stderr is not None  # noqa: S101 - it was asked for above
        async for raw in self._child.stderr:
            line = raw.decode(errors="replace").rstrip()
            self._lines.append(line)
            try:
                told: dict[str, Any] = json.loads(line)
            except ValueError:
                continue
            self._take(told)
        if not self._addresses.done():
            words = "\n".join(self._lines)
            self._addresses.set_exception(GatewayDiedError(f"the gateway did not start:\n{words}"))
            # It may be that nobody asks.
            self._addresses.exception()

    def _take(self, told: dict[str, Any]) -> None:
        if told.get("event") == "started" and not self._addresses.done():
            self._addresses.set_result(Addresses(ocpp=told["ocpp"][0], http=told["http"]))
        if told.get("level") in {"error", "critical"}:
            shown = {k: v for k, v in told.items() if k not in {"level", "timestamp", "event"}}
            self.errors.append(f"{told.get('event')} {json.dumps(shown)}")

    async def _stop(self) -> None:
        """SIGTERM drains; one that does not heed it is killed."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                self._child.send_signal(sign)
            with suppress(TimeoutError):
                async with asyncio.timeout(_STOP_S):
                    await self._child.wait()
                    break
        await self._reading
