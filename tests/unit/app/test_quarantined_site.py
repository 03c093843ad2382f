"""A gateway that was started beside a bad site file."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import aiohttp
import pytest

from gridbridge.app import Gateway
from gridbridge.config import Loaded, load_to_run
from gridbridge.config.credentials import credential, credential_file
from gridbridge.domain.ids import StationId
from gridbridge.runtime.clock import SystemClock
from gridbridge.testing import MemoryBackend, MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PASSWORD = "sixteen-letters-"
MAIN = """
gateway: {{name: gw-1, data_dir: var, include: [sites/*.yaml]}}
http: {{listen: "127.0.0.1:{http}"}}
ocpp: {{listeners: [{{listen: "127.0.0.1:{ocpp}", security_profile: 1}}], credentials_dir: keys}}
"""
SITE = "sites: {{{0}: {{voltage: 400, import_kw: {1}, stations: {{CP-{0}: {{max_a: 32}}}}}}}}\n"


def written(folder: Path, *, http: int, ocpp: int) -> Path:
    """A configuration with one good site and one bad one, whose stations both have a password."""
    (folder / "sites").mkdir()
    (folder / "keys").mkdir()
    for name, import_kw in (("good", "200"), ("bad", "much")):
        (folder / "sites" / f"{name}.yaml").write_text(SITE.format(name, import_kw), "utf-8")
        key = credential_file(folder / "keys", StationId(f"CP-{name}"))
        key.write_text(credential(PASSWORD), "ascii")
    main = folder / "gridbridge.yaml"
    main.write_text(MAIN.format(http=http, ocpp=ocpp), "utf-8")
    return main


async def answered(session: aiohttp.ClientSession, port: int, station: str) -> int:
    """The HTTP status that a station's attempt to connect ends with; 101: it is in."""
    url = f"http://127.0.0.1:{port}/ocpp/{station}"
    auth = {"Authorization": aiohttp.encode_basic_auth(station, PASSWORD)}
    try:
        async with session.ws_connect(url, protocols=["ocpp2.0.1"], headers=auth):
            return 101
    except aiohttp.WSServerHandshakeError as error:
        return error.status


async def test_its_stations_are_unknown_and_the_others_are_served(
    tmp_path: Path,
    unused_tcp_port_factory: Callable[[], int],
    caplog: pytest.LogCaptureFixture,
) -> None:
    http, ocpp = unused_tcp_port_factory(), unused_tcp_port_factory()
    loaded = load_to_run(written(tmp_path, http=http, ocpp=ocpp), {})
    assert isinstance(loaded, Loaded)
    clock = SystemClock()
    store = MemoryStore(MemoryBackend(clock))

    with caplog.at_level(logging.ERROR):
        async with Gateway(loaded, store=store), aiohttp.ClientSession() as session:
            statuses = [
                await answered(session, ocpp, name) for name in ("CP-good", "CP-bad", "CP-none")
            ]
            async with session.get(f"http://127.0.0.1:{http}/api/v1/status") as answer:
                shown = json.loads(await answer.text())

    bad = tmp_path / "sites" / "bad.yaml"
    assert statuses == [101, 401, 401]
    assert [each["file"] for each in shown["quarantined"]] == [str(bad)]
    (line,) = [it.getMessage() for it in caplog.records if "quarantined" in it.getMessage()]
    assert f"{bad}:1:" in line
