"""Whether VTNs are in reach, in the words of API, terminal, page and metrics."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from gridbridge.cli import main
from gridbridge.domain.decisions import Alarm
from gridbridge.domain.units import Instant
from gridbridge.domain.views import VenView
from tests.adapters.http.samples import LOST_VIEW, NOW, VEN_VIEW, Bench, empty_bench
from tests.adapters.http.test_metrics import scraped
from tests.adapters.http.test_openapi import SCHEMAS, schema_of, validator

REFUSED_VIEW = replace(VEN_VIEW, registered=False, ven_id=None, heard=Instant(NOW - 300.0))
SILENT_FROM_THE_START = replace(VEN_VIEW, registered=False, ven_id=None, heard=None)
LATE = replace(VEN_VIEW, heard=Instant(NOW - 7_300.0))
CASES = [
    pytest.param(
        VEN_VIEW,
        "registered",
        "registered as ven-1, the VTN was heard less than 3 min ago",
        id="all is well",
    ),
    pytest.param(
        LATE, "registered", "registered as ven-1, the VTN was heard 2 h ago", id="not heard since"
    ),
    pytest.param(
        SILENT_FROM_THE_START,
        "never_heard",
        "not registered, the VTN was never heard",
        id="never heard",
    ),
    pytest.param(
        REFUSED_VIEW,
        "not_registered",
        "not registered, the VTN was heard 5 min ago",
        id="it knows us no longer",
    ),
    pytest.param(
        LOST_VIEW,
        "lost",
        "registered as ven-1, the VTN was heard 17 min ago, lost rule acts: summer-peak (hold),"
        " feeder (at most 60 kW)",
        id="silent for too long",
    ),
    pytest.param(
        replace(LOST_VIEW, heard=Instant(NOW - 130.0), lost_programs=LOST_VIEW.lost_programs[:1]),
        "lost",
        "registered as ven-1, the VTN was heard 2 min ago, lost rule acts: summer-peak (hold)",
        id="lost by an impatient program",
    ),
    pytest.param(None, "unknown", "nobody speaks as this VEN yet", id="shown by nobody"),
]


@pytest.mark.parametrize(("view", "reach", "text"), CASES)
async def test_the_api_tells_it_in_a_word_and_a_line(
    view: VenView | None, reach: str, text: str
) -> None:
    async with empty_bench() as bench:
        if view is not None:
            await bench.show_ven(view)

        (ven,) = (await bench.get("/api/v1/vens")).body

    assert (ven["ven"], ven["reach"], ven["text"]) == ("utility-a", reach, text)
    validator(schema_of("/vens", "200")).validate([ven])
    assert set(SCHEMAS["schemas"]["Ven"]["properties"]) == set(ven)


async def test_what_holds_instead_is_named_with_its_limit() -> None:
    async with empty_bench() as bench:
        await bench.show_ven(LOST_VIEW)

        (ven,) = (await bench.get("/api/v1/vens")).body

    assert ven["silent_s"] == 1_020.0
    assert ven["lost"] == [
        {"program": "summer-peak", "then": "hold", "limit_w": None},
        {"program": "feeder", "then": "kw", "limit_w": 60_000.0},
    ]
    assert set(SCHEMAS["schemas"]["LostProgram"]["properties"]) == set(ven["lost"][0])


@pytest.mark.parametrize(("view", "reach", "text"), CASES)
async def test_the_status_command_marks_a_vtn_out_of_reach(
    capsys: pytest.CaptureFixture[str], view: VenView | None, reach: str, text: str
) -> None:
    async with empty_bench() as bench:
        if view is not None:
            await bench.show_ven(view)

        code = await asyncio.to_thread(main, ["status", "--url", bench.url])

    mark = "" if reach == "registered" else "! "
    assert code == 0
    assert capsys.readouterr().out.splitlines() == [f"{mark}VEN utility-a: {text}"]


async def test_its_json_tells_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    async with empty_bench() as bench:
        await bench.show_ven(LOST_VIEW)
        vens = (await bench.get("/api/v1/vens")).body

        await asyncio.to_thread(main, ["status", "--json", "--url", bench.url])

    assert json.loads(capsys.readouterr().out)["vens"] == vens


async def test_an_alarm_of_a_ven_is_told_like_one_of_a_site(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    alarm = Alarm(name="vanished_events_held", subject="utility-a", detail="4 live events")
    await bench.show_ven(replace(VEN_VIEW, alarms=(alarm,)))

    (ven,) = (await bench.get("/api/v1/vens")).body
    samples = await scraped(bench)
    await asyncio.to_thread(main, ["status", "--url", bench.url])

    labels = (("alarm", "vanished_events_held"), ("ven", "utility-a"))
    assert ven["alarms"] == [
        {"name": "vanished_events_held", "subject": "utility-a", "detail": "4 live events"}
    ]
    assert samples["gridbridge_openadr_alarms", labels] == 1
    assert "! vanished_events_held: utility-a: 4 live events" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("view", "registered", "heard"),
    [(LOST_VIEW, 1, NOW - 1_020.0), (SILENT_FROM_THE_START, 0, None)],
    ids=["lost", "never heard"],
)
async def test_a_scrape_tells_registration_and_the_last_word(
    bench: Bench, view: VenView, registered: int, heard: float | None
) -> None:
    await bench.show_ven(view)

    samples = await scraped(bench)

    ven = (("ven", "utility-a"),)
    assert samples["gridbridge_openadr_registered", ven] == registered
    assert samples.get(("gridbridge_openadr_heard_timestamp_seconds", ven)) == heard
    assert samples["gridbridge_openadr_vtn_lost", ven] == view.lost
