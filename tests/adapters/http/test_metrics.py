"""What a scrape gets."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.adapters.http.samples import NOW, SITE, Bench


async def scraped(bench: Bench) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample by name and labels."""
    answer = await bench.get("/metrics")
    assert answer.status == 200
    assert answer.content_type == "text/plain"
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.body)
        for sample in family.samples
    }


async def test_a_site_shows_limit_power_and_headroom_in_watts(bench: Bench) -> None:
    samples = await scraped(bench)

    depot = (("site", "depot-7"),)
    assert samples["gridbridge_site_limit_watts", depot] == 100_000.0
    assert samples["gridbridge_site_power_watts", depot] == -7_500.0
    assert samples["gridbridge_site_headroom_watts", depot] == 160_000.0
    assert samples["gridbridge_site_shown_timestamp_seconds", depot] == NOW


@pytest.mark.parametrize("complete", [True, False])
async def test_a_site_says_whether_its_power_is_all_that_is_drawn(
    bench: Bench, *, complete: bool
) -> None:
    await bench.show_site(replace(SITE, complete=complete))

    samples = await scraped(bench)

    assert samples["gridbridge_site_readings_complete", (("site", "depot-7"),)] == complete


async def test_a_site_that_decided_nothing_has_no_limit_rather_than_none(bench: Bench) -> None:
    await bench.show_site(replace(SITE, limit=None))

    samples = await scraped(bench)

    assert not [name for name, _ in samples if name == "gridbridge_site_limit_watts"]


async def test_faults_are_counted_by_site(bench: Bench) -> None:
    samples = await scraped(bench)

    assert samples["gridbridge_engine_faults_total", (("site", "depot-7"),)] == 2


async def test_stations_are_counted_by_state(bench: Bench) -> None:
    samples = await scraped(bench)

    counts = {
        dict(labels)["state"]: value
        for (name, labels), value in samples.items()
        if name == "gridbridge_stations"
    }
    assert counts == {"connected": 2, "silent": 1, "never_seen": 1}


async def test_events_are_counted_by_where_they_are_in_their_life(bench: Bench) -> None:
    samples = await scraped(bench)

    counts = {
        dict(labels)["status"]: value
        for (name, labels), value in samples.items()
        if name == "gridbridge_openadr_events"
    }
    assert counts == {"active": 1, "pending": 1, "cancelled": 1, "completed": 1}


async def test_what_the_ocpp_server_counted_is_shown_as_counters(bench: Bench) -> None:
    samples = await scraped(bench)

    plan_refused = (("slot", "plan"), ("status", "refused"))
    sent = (("action", "SetChargingProfile"), ("direction", "sent"), ("version", "ocpp2.1"))
    assert samples["gridbridge_profile_results_total", plan_refused] == 1
    assert samples["gridbridge_ocpp_messages_total", sent] == 2
    assert samples["gridbridge_ocpp_connections_total", (("outcome", "accepted"),)] == 4


async def test_alarms_and_the_version_are_shown(bench: Bench) -> None:
    samples = await scraped(bench)

    alarm = (("alarm", "draws_above_limit"), ("site", "depot-7"))
    assert samples["gridbridge_alarms", alarm] == 1
    assert samples["gridbridge_build_info", (("version", "1.2.3"),)] == 1


async def test_a_certificate_shows_how_long_it_is_still_valid(bench: Bench) -> None:
    samples = await scraped(bench)

    name = "gridbridge_certificate_expiry_seconds"
    assert samples[name, (("name", "ven/utility-a"),)] == 60.0
    assert samples[name, (("name", "ocpp/h:1/1"),)] == -5.0


async def test_a_scrape_works_while_the_store_is_down_and_says_so(bench: Bench) -> None:
    bench.store.down = True

    samples = await scraped(bench)

    assert samples["gridbridge_store_up", ()] == 0
    assert not [name for name, _ in samples if name.startswith("gridbridge_site_")]
    assert [name for name, _ in samples if name == "gridbridge_ocpp_messages_total"]


async def test_every_metric_of_ours_has_words_and_our_prefix(bench: Bench) -> None:
    answer = await bench.get("/metrics")

    families = list(text_string_to_metric_families(answer.body))
    assert all(family.documentation for family in families)
    assert all(re.match("(gridbridge|process)_", family.name) for family in families)
