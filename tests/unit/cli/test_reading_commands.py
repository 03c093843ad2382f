"""``status``, ``events`` and ``explain`` against a served API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from gridbridge.cli import main
from gridbridge.domain.decisions import Alarm
from tests.adapters.http.samples import SITE, Bench, full_bench

CHAIN = (
    "32.0 A hardware -> 17.8 A share of 100 kW, event: SIMPLE 2 (e1) -> told 17.8 A v12"
    " -> accepted -> metered 17.5 A"
)


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    async with full_bench() as it:
        monkeypatch.setenv("GRIDBRIDGE_URL", it.url)
        yield it


async def ran(*arguments: str) -> int:
    """The exit code; the server goes on serving meanwhile."""
    return await asyncio.to_thread(main, arguments)


@pytest.mark.usefixtures("bench")
async def test_status_shows_every_site_with_its_stations(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = await ran("status")

    out = capsys.readouterr().out
    assert code == 0
    assert "depot-7 (control): -7.5 kW of 100.0 kW" in out
    assert all(name in out for name in ("CP-1/1", "CP-2/1", "CP-3/1", "CP-9/1"))
    assert "17.8 A, setpoint -20.0 kW" in out
    assert "! draws_above_limit: CP-2/1: metered at 20.0 A" in out


async def test_status_says_where_the_power_of_a_site_is_not_all(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    await bench.show_site(replace(SITE, complete=False))

    await ran("status")

    assert "of 100.0 kW, of some EVSEs it is not known" in capsys.readouterr().out


@pytest.mark.usefixtures("bench")
async def test_events_shows_life_and_answer(capsys: pytest.CaptureFixture[str]) -> None:
    code = await ran("events")

    out = capsys.readouterr().out
    assert code == 0
    assert all(word in out for word in ("e1", "summer-peak", "active", "opt_in", "open end"))
    assert "opt_in, not confirmed" in out


@pytest.mark.usefixtures("bench")
async def test_explain_shows_the_chain_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    code = await ran("explain", "CP-1")

    assert code == 0
    assert capsys.readouterr().out.splitlines() == [
        "CP-1 at depot-7, connected, ocpp2.0.1, as of 2027-01-15T08:00:00.000Z",
        f"CP-1/1: {CHAIN}",
    ]


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        (["events"], "/api/v1/events"),
        (["explain", "CP-1"], "/api/v1/stations/CP-1/explain"),
    ],
)
async def test_json_is_what_the_api_says(
    bench: Bench, capsys: pytest.CaptureFixture[str], arguments: list[str], path: str
) -> None:
    code = await ran(*arguments, "--json")

    assert code == 0
    assert json.loads(capsys.readouterr().out) == (await bench.get(path)).body


async def test_the_json_of_status_is_what_the_api_says_of_gateway_vens_and_sites(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    code = await ran("status", "--json")

    told = json.loads(capsys.readouterr().out)
    assert code == 0
    assert told.pop("vens") == (await bench.get("/api/v1/vens")).body
    assert told.pop("sites") == (await bench.get("/api/v1/sites")).body
    assert told == (await bench.get("/api/v1/status")).body


@pytest.mark.parametrize("station", ["CP-77", "../sites", "a b?c#d"])
@pytest.mark.usefixtures("bench")
async def test_an_unknown_station_fails_by_name(
    capsys: pytest.CaptureFixture[str], station: str
) -> None:
    code = await ran("explain", station)

    streams = capsys.readouterr()
    assert (code, streams.out) == (1, "")
    assert streams.err == f"gridbridge: no station {station!r}\n"


async def test_a_store_that_is_down_is_told_in_the_gateways_words(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.store.down = True

    code = await ran("status")

    assert (code, capsys.readouterr().err) == (1, "gridbridge: the store does not answer\n")


async def test_before_anything_is_shown_the_gateways_silence_is_no_table(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    await bench.show_raw(SITE.site, b"{}")

    code = await ran("status")

    streams = capsys.readouterr()
    assert (code, streams.err) == (0, "no site was shown yet\n")
    assert "depot-7" not in streams.out


@pytest.mark.parametrize("arguments", [("status",), ("events",), ("explain", "CP-1")])
async def test_a_gateway_that_tells_less_is_no_crash(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    async def little(request: web.Request) -> web.Response:
        of_one = request.path.endswith(("/status", "/explain"))
        return web.json_response({} if of_one else [{}])

    application = web.Application()
    application.router.add_get("/{path:.*}", little)
    async with TestServer(application) as server:
        monkeypatch.setenv("GRIDBRIDGE_URL", str(server.make_url("")))

        code = await ran(*arguments)

    streams = capsys.readouterr()
    assert code == 1
    assert streams.err.startswith("gridbridge: the gateway at http://127.0.0.1:")
    assert streams.err.endswith(": is it older than this command?\n")


def test_an_unreachable_gateway_is_named(
    capsys: pytest.CaptureFixture[str], unused_tcp_port: int
) -> None:
    url = f"http://127.0.0.1:{unused_tcp_port}"

    code = main(["status", "--url", url])

    streams = capsys.readouterr()
    assert (code, streams.out) == (1, "")
    assert streams.err.startswith(f"gridbridge: no gateway answers at {url}: ")


def test_another_scheme_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["events", "--url", "file:///etc"])

    assert code == 64
    assert "file:///etc" in capsys.readouterr().err


async def test_a_name_never_steers_the_terminal(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = "\x1b]0;owned\x07[red]"
    await bench.show_site(replace(SITE, alarms=(Alarm(name=evil, subject=evil, detail=evil),)))

    await ran("status")

    out = capsys.readouterr().out
    assert "\x1b]" not in out
    assert "[red]" in out
