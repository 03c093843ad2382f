"""What was metered, by any span of time."""

from __future__ import annotations

import pytest

from tests.adapters.http.samples import Bench

PATH = "/api/v1/sites/depot-7/history"


async def test_without_a_query_it_is_the_last_day_in_quarters_of_an_hour(bench: Bench) -> None:
    history = (await bench.get(PATH)).body

    assert (history["site"], history["every"]) == ("depot-7", "15m")
    assert history["from"] == "2027-01-14T08:00:00.000Z"
    assert history["to"] == "2027-01-15T08:00:00.000Z"
    assert [each["start"] for each in history["buckets"]] == ["2027-01-15T07:45:00.000Z"]


async def test_a_site_is_the_sum_of_its_evses_and_tells_how_much_is_covered(bench: Bench) -> None:
    (bucket, _) = (await bench.get(f"{PATH}?every=1m")).body["buckets"]

    assert (bucket["import_wh"], bucket["export_wh"], bucket["covered"]) == (150, 160, 0.75)
    rows = {(each["station"], each["evse"]): each["import_wh"] for each in bucket["evses"]}
    assert rows == {("CP-1", 0): 0, ("CP-1", 1): 150, ("CP-9", 1): 0}


@pytest.mark.parametrize(
    ("query", "starts"),
    [
        pytest.param("from=2027-01-15T07:59:00Z", ["07:59"], id="from on"),
        pytest.param("from=2027-01-15T07:59:30Z", ["07:59"], id="the minute it lies in"),
        pytest.param("to=2027-01-15T07:59:00Z", ["07:58"], id="up to, not with"),
        pytest.param("from=2027-01-15T08:59:00%2B01:00", ["07:59"], id="any zone"),
        pytest.param("from=2027-01-15T08:00:00Z", [], id="nothing there"),
    ],
)
async def test_a_span_holds_the_buckets_that_begin_in_it(
    bench: Bench, query: str, starts: list[str]
) -> None:
    history = (await bench.get(f"{PATH}?every=1m&{query}")).body

    assert [each["start"][11:16] for each in history["buckets"]] == starts


async def test_it_begins_no_earlier_than_buckets_are_kept(bench: Bench) -> None:
    history = (await bench.get(f"{PATH}?every=1m&from=1970-01-01T00:00:00Z")).body

    assert history["from"] == "2027-01-13T08:00:00.000Z"
    assert len(history["buckets"]) == 2


async def test_a_span_before_what_is_kept_is_empty(bench: Bench) -> None:
    history = (await bench.get(f"{PATH}?every=1m&to=2026-01-01T00:00:00Z")).body

    assert (history["from"], history["buckets"]) == (history["to"], [])


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        pytest.param("every=5m", "every: '5m' is not 1m or 15m", id="another length"),
        pytest.param(
            "from=yesterday",
            "from: 'yesterday' is no time with its zone, like 2027-01-15T08:00:00Z",
            id="no time",
        ),
        pytest.param(
            "to=2027-01-15T08:00:00",
            "to: '2027-01-15T08:00:00' is no time with its zone, like 2027-01-15T08:00:00Z",
            id="no zone",
        ),
        pytest.param(
            "to=0001-01-01T00:00:00Z",
            "to: '0001-01-01T00:00:00Z' is not of these centuries",
            id="antiquity",
        ),
        pytest.param("from=2027-02-01T00:00:00Z", "from: it is later than to", id="backwards"),
        pytest.param("until=now", "unknown in the query: until", id="unknown"),
    ],
)
async def test_what_is_not_understood_is_refused_by_name(
    bench: Bench, query: str, detail: str
) -> None:
    answer = await bench.get(f"{PATH}?{query}")

    assert (answer.status, answer.body["detail"]) == (400, detail)
