"""What stands in the way of a start is told at the key to change, with what to do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from gridbridge.app import Gateway, NotReadyError
from gridbridge.app.starting import opening_archive, opening_store
from gridbridge.config import Loaded, load
from gridbridge.ports.archive import ArchiveError
from gridbridge.ports.store import StoreDownError
from gridbridge.runtime.clock import SystemClock
from gridbridge.testing import MemoryBackend, MemoryStore
from gridbridge_redis.embedded import DataDirInUseError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEXT = """\
gateway: {{data_dir: var, {gateway}}}
http: {{listen: "127.0.0.1:{http}"}}
ocpp:
  listeners:
    - {{listen: "127.0.0.1:0"}}
    - {{listen: "127.0.0.1:{ocpp}"{tls}}}
"""


def written(
    folder: Path, *, http: int = 0, ocpp: int = 0, tls: str = "", gateway: str = "name: gw-1"
) -> Loaded:
    """A configuration with two listeners for stations."""
    main = folder / "main.yaml"
    main.write_text(TEXT.format(http=http, ocpp=ocpp, tls=tls, gateway=gateway), "utf-8")
    loaded = load(main, {})
    assert isinstance(loaded, Loaded)
    return loaded


async def why_not(loaded: Loaded) -> str:
    """What a gateway says that cannot start."""
    clock = SystemClock()
    with pytest.raises(NotReadyError) as refused:
        async with Gateway(loaded, store=MemoryStore(MemoryBackend(clock)), clock=clock):
            raise AssertionError("it started")
    return str(refused.value)


@pytest.mark.parametrize(
    ("key", "place"),
    [("http", "2:16: {0} [http.listen]"), ("ocpp", "6:16: {0} [ocpp.listeners.1.listen]")],
)
async def test_a_port_in_use_is_told_where_it_is_written(
    tmp_path: Path, unused_tcp_port: int, key: str, place: str
) -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", unused_tcp_port)
    async with server:
        http, ocpp = (unused_tcp_port if name == key else 0 for name in ("http", "ocpp"))
        told = await why_not(written(tmp_path, http=http, ocpp=ocpp))

    words = (
        f"127.0.0.1:{unused_tcp_port} cannot be listened on (Address already in use): stop what"
        " listens there, or write another port"
    )
    assert told == f"{tmp_path}/main.yaml:{place.format(words)}"


async def test_a_start_that_failed_leaves_no_address_taken(
    tmp_path: Path, unused_tcp_port_factory: Callable[[], int]
) -> None:
    http, ocpp = unused_tcp_port_factory(), unused_tcp_port_factory()
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", http):
        await why_not(written(tmp_path, http=http, ocpp=ocpp))

    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", ocpp) as server:
        assert server.is_serving()


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "No such file or directory"), ("no PEM", "")]
)
async def test_a_certificate_that_cannot_be_read_is_told_at_its_listener(
    tmp_path: Path, content: str | None, reason: str
) -> None:
    for name in ("a.pem", "a.key"):
        if content is not None:
            (tmp_path / name).write_text(content, "ascii")

    told = await why_not(written(tmp_path, tls=", tls: {certificate: a.pem, key: a.key}"))

    assert told.startswith(
        f"{tmp_path}/main.yaml:5:16: the certificate or key for 127.0.0.1:0 cannot be read"
        f" ({reason}"
    )


async def test_a_folder_that_is_a_file_is_told_at_data_dir(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("", "ascii")

    assert await why_not(written(tmp_path)) == (
        f"{tmp_path}/main.yaml:1:21: {tmp_path}/var cannot be used (File exists): name a folder"
        " that can be written [gateway.data_dir]"
    )


@pytest.mark.parametrize(
    ("gateway", "error", "told"),
    [
        pytest.param(
            "store: 'redis://h:1'",
            StoreDownError("meta: ConnectionError"),
            "1:33: the store cannot be used (meta: ConnectionError): start it, or correct its"
            " address [gateway.store]",
        ),
        pytest.param(
            "store_file: address",
            StoreDownError("meta: ConnectionError"),
            "1:38: the store cannot be used (meta: ConnectionError): start it, or correct its"
            " address [gateway.store_file]",
        ),
        pytest.param(
            "name: gw-1",
            DataDirInUseError("var is in use by another gateway"),
            "1:21: var is in use by another gateway: stop that one, or give this one a data_dir of"
            " its own [gateway.data_dir]",
        ),
    ],
)
def test_a_store_that_cannot_be_had_is_told_at_the_key_that_names_it(
    tmp_path: Path, gateway: str, error: Exception, told: str
) -> None:
    (tmp_path / "address").write_text("redis://h:1", "ascii")
    loaded = written(tmp_path, gateway=gateway)

    with pytest.raises(NotReadyError) as refused, opening_store(loaded):
        raise error

    assert str(refused.value) == f"{tmp_path}/main.yaml:{told}"


@pytest.mark.parametrize(
    ("gateway", "told"),
    [
        ("name: gw-1", "1:21: the archive cannot be used: full [gateway.data_dir]"),
        ("archive: old", "1:35: the archive cannot be used: full [gateway.archive]"),
    ],
)
def test_an_archive_that_cannot_be_written_is_told_at_the_key_that_names_it(
    tmp_path: Path, gateway: str, told: str
) -> None:
    loaded = written(tmp_path, gateway=gateway)

    with pytest.raises(NotReadyError) as refused, opening_archive(loaded):
        raise ArchiveError("full")

    assert str(refused.value) == f"{tmp_path}/main.yaml:{told}"
