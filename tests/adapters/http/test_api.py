"""Every path of the API, and every way to ask for what is not there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gridbridge.codec import encode
from gridbridge.domain.ids import SiteId, StationId
from gridbridge.domain.units import Watts
from tests.adapters.http.samples import DEPOT, SITE, Bench, empty_bench

PATHS = [
    "/api/v1/sites",
    "/api/v1/sites/depot-7",
    "/api/v1/sites/depot-7/history",
    "/api/v1/stations",
    "/api/v1/stations/CP-1",
    "/api/v1/stations/CP-1/explain",
    "/api/v1/vens",
    "/api/v1/events",
]


async def test_a_site_names_its_units_and_times(bench: Bench) -> None:
    site = (await bench.get("/api/v1/sites/depot-7")).body

    assert (site["limit_w"], site["import_w"], site["meter_w"]) == (100_000.0, 200_000.0, 24_000.0)
    assert site["at"] == "2027-01-15T08:00:00.000Z"
    assert [each["station"] for each in site["stations"]] == ["CP-1", "CP-2", "CP-3", "CP-9"]


async def test_what_never_ends_ends_at_null(bench: Bench) -> None:
    site = (await bench.get("/api/v1/sites/depot-7")).body

    assert site["envelope"][0]["end"] is None
    assert site["events"][0]["end"] is None


async def test_the_list_of_sites_holds_the_same_documents(bench: Bench) -> None:
    sites = (await bench.get("/api/v1/sites")).body

    assert sites == [(await bench.get("/api/v1/sites/depot-7")).body]


async def test_a_station_is_found_by_its_name_alone(bench: Bench) -> None:
    station = (await bench.get("/api/v1/stations/CP-1")).body

    assert (station["site"], station["protocol"]) == ("depot-7", "ocpp2.0.1")
    assert station["evses"][0]["limit_a"] == 17.8
    assert station in (await bench.get("/api/v1/stations")).body


async def test_an_identity_with_signs_is_found_percent_encoded(bench: Bench) -> None:
    odd = replace(SITE.stations[0], station=StationId("A|B+C@D.=*"))
    await bench.show_site(replace(SITE, stations=(odd,)))

    answer = await bench.get("/api/v1/stations/A%7CB%2BC%40D.%3D%2A")

    assert (answer.status, answer.body["station"]) == (200, "A|B+C@D.=*")


async def test_an_event_tells_its_life_its_answer_and_its_sites(bench: Bench) -> None:
    events = {each["event"]: each for each in (await bench.get("/api/v1/events")).body}

    assert {name: each["life"] for name, each in events.items()} == {
        "e1": "active",
        "e2": "pending",
        "e3": "cancelled",
        "e0": "completed",
    }
    assert (events["e1"]["opt"], events["e1"]["sites"]) == ("opt_in", ["depot-7"])
    assert (events["e3"]["opt"], events["e0"]["answered"]) == ("opt_out", False)


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        pytest.param("/api/v1/sites/nowhere", 404, "no site 'nowhere'", id="unknown site"),
        pytest.param("/api/v1/stations/CP-77", 404, "no station 'CP-77'", id="unknown station"),
        pytest.param(
            "/api/v1/stations/CP-77/explain", 404, "no station 'CP-77'", id="nothing to explain"
        ),
        pytest.param("/api/v1/nothing", 404, "Not Found: GET /api/v1/nothing", id="unknown path"),
        pytest.param(
            "/api/v1/sites?colour=red&site=x",
            400,
            "unknown in the query: colour, site",
            id="unknown query",
        ),
    ],
)
async def test_the_unknown_is_refused_by_name(
    bench: Bench, path: str, status: int, detail: str
) -> None:
    answer = await bench.get(path)

    assert (answer.status, answer.content_type) == (status, "application/problem+json")
    assert (answer.body["status"], answer.body["detail"]) == (status, detail)


async def test_nothing_can_be_written(bench: Bench) -> None:
    answer = await bench.get("/api/v1/sites", method="POST")

    assert (answer.status, answer.content_type) == (405, "application/problem+json")
    assert answer.headers["Allow"] == "GET,HEAD"


@pytest.mark.parametrize("path", PATHS)
async def test_without_the_store_every_path_says_so(bench: Bench, path: str) -> None:
    bench.store.down = True

    answer = await bench.get(path)

    assert (answer.status, answer.content_type) == (503, "application/problem+json")
    assert answer.body["detail"] == "the store does not answer"


async def test_before_a_site_is_shown_nothing_is_said_to_be_missing() -> None:
    async with empty_bench(DEPOT, SiteId("depot-8")) as bench:
        await bench.show_site(SITE)

        site = await bench.get("/api/v1/sites/depot-8")
        station = await bench.get("/api/v1/stations/CP-77")

    assert (site.status, station.status) == (503, 503)
    assert "depot-8" in station.body["detail"]


async def test_a_view_of_another_version_hides_its_site_alone(bench: Bench) -> None:
    await bench.show_raw(DEPOT, b'{"v": 99, "value": {}}')

    sites = await bench.get("/api/v1/sites")
    events = await bench.get("/api/v1/events")

    assert (sites.status, sites.body) == (200, [])
    assert len(events.body) == 4


async def test_a_view_that_changed_is_read_again(bench: Bench) -> None:
    before = (await bench.get("/api/v1/sites/depot-7")).body["power_w"]
    await bench.show_raw(DEPOT, encode(replace(SITE, power=Watts(50_000.0))))

    after = (await bench.get("/api/v1/sites/depot-7")).body["power_w"]

    assert (before, after) == (-7_500.0, 50_000.0)
