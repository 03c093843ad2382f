"""What stands outside the gateway in these tests: its process, and a utility.

Nothing here is ours but the command line: the VTN is openleadr's, in a process of its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import time
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from gridbridge.config.credentials import credential, credential_file
from gridbridge.domain.ids import StationId
from tests.e2e import vtn_process

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

PASSWORD = b"a-password-of-20-chr"
PATIENCE_S = 40.0
"""For anything that should happen in a second or two on a machine that is not busy."""

_STARTING = asyncio.Semaphore(2)
"""Who starts keeps a core busy for seconds, which the scenes that go on would wait for."""


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """A child process that prints lines."""

    def __init__(self, child: asyncio.subprocess.Process) -> None:
        self.child = child
        self.lines: list[str] = []
        self._more = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.child.stdout is not None
        async for raw in self.child.stdout:
            self.lines.append(raw.decode().rstrip())
            self._more.set()

    def told(self, text: str) -> list[str]:
        """The lines so far that hold a text."""
        return [line for line in self.lines if text in line]

    async def said(self, text: str, *, times: int = 1) -> list[str]:
        """The lines that hold a text, once there are so many."""
        async with asyncio.timeout(PATIENCE_S):
            while len(found := self.told(text)) < times:
                self._more.clear()
                await self._more.wait()
        return found

    def kill(self) -> None:
        """SIGKILL: no chance to say or store anything."""
        self.child.send_signal(signal.SIGKILL)

    async def ended(self) -> int:
        """Its exit code."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.child.wait()

    async def stop(self) -> None:
        """Make sure that it is gone."""
        if self.child.returncode is None:
            self.child.terminate()
            with suppress(TimeoutError):
                await self.ended()
        if self.child.returncode is None:
            self.kill()
            await self.child.wait()
        await self._reading


async def started(*command: str, **settings: Any) -> Process:  # noqa: ANN401 - of subprocess
    """Start a child of this interpreter."""
    return Process(
        await asyncio.create_subprocess_exec(
            sys.executable,
            *command,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            **settings,
        )
    )


@asynccontextmanager
async def running(*command: str, says: str, **settings: Any) -> AsyncIterator[Process]:  # noqa: ANN401 - of subprocess
    """A child of this interpreter, from when it says that it is up until the block ends."""
    async with AsyncExitStack() as stack:
        async with _STARTING:
            process = await started(*command, **settings)
            stack.push_async_callback(process.stop)
            await process.said(says)
        yield process


@asynccontextmanager
async def gateway(config: Path) -> AsyncIterator[Process]:
    """`gridbridge run`, until the block ends."""
    command = ("-m", "gridbridge", "run", "--config", str(config))
    async with running(*command, says="started", env={**os.environ, "NO_COLOR": "1"}) as process:
        yield process


async def replayed(config: Path, site: str) -> str:
    """What `gridbridge replay` says, whether it finds all the same or not."""
    arguments = ("replay", "--config", str(config), "--site", site)
    process = await started("-m", "gridbridge", *arguments)
    await process.ended()
    await process.stop()
    return "\n".join(process.told(""))


class Utility:
    """A VTN that is told what to ask for, and tells what it sees."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def do(self, what: str, **how: object) -> None:
        """Have it ask for something from now on."""
        stdin = self._process.child.stdin
        assert stdin is not None
        stdin.write(json.dumps({"do": what, **how}).encode() + b"\n")

    def saw(self, kind: str) -> list[dict[str, Any]]:
        """Everything of a kind so far."""
        return [json.loads(line) for line in self._process.told(f'"{kind}"')]

    async def sees(self, kind: str, *, times: int = 1) -> list[dict[str, Any]]:
        """The same, once there are so many."""
        return [json.loads(line) for line in await self._process.said(f'"{kind}"', times=times)]


@asynccontextmanager
async def utility(port: int) -> AsyncIterator[Utility]:
    """The VTN of openleadr, without any event yet."""
    command = (str(Path(vtn_process.__file__)), str(port))
    async with running(*command, says='"ready"', stdin=asyncio.subprocess.PIPE) as process:
        yield Utility(process)


def let_in(folder: Path, *stations: str) -> None:
    """Give each station its password."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in stations:
        path = credential_file(folder, StationId(name))
        path.write_text(credential(PASSWORD.decode()), "ascii")


async def fetched(port: int, path: str) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """One page of the API: its JSON, or its text where it is none."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}") as answer,
    ):
        return await (answer.json() if "json" in answer.content_type else answer.text())


async def eventually(holds: Callable[[], bool], what: str) -> None:
    """Wait for something that another process brings about."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"{what} never happened"
        await asyncio.sleep(0.05)


async def until(moment: float) -> None:
    """Wait for a moment of the clock on the wall."""
    await asyncio.sleep(max(moment - time.time(), 0.0))
