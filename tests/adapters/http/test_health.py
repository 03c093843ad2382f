"""Liveness and readiness."""

from __future__ import annotations

import pytest

from gridbridge_http.settings import Settings, SettingsError
from tests.adapters.http.samples import Bench, empty_bench


async def test_it_is_alive_while_the_loop_runs(bench: Bench) -> None:
    bench.store.down = True

    answer = await bench.get("/livez")

    assert (answer.status, answer.body["alive"]) == (200, True)


async def test_a_later_outage_of_the_store_takes_nobody_out_of_service(bench: Bench) -> None:
    bench.store.down = True

    answer = await bench.get("/readyz")

    assert answer.status == 200
    assert answer.body == {"ready": True, "checks": {"listeners": True, "store_at_start": True}}


async def test_it_becomes_ready_once_the_store_was_reached() -> None:
    async with empty_bench(store_up=False) as bench:
        before = await bench.get("/readyz")
        bench.store.down = False
        after = await bench.get("/readyz")

    assert (before.status, before.body["checks"]["store_at_start"]) == (503, False)
    assert (after.status, after.body["ready"]) == (200, True)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.8.0.2", "gw.example", ""])  # noqa: S104 - refused
def test_an_address_that_strangers_reach_is_refused_by_name(host: str) -> None:
    with pytest.raises(SettingsError, match=repr(host)):
        Settings(host=host)

    assert Settings(host=host, allow_insecure=True).host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "::1", "localhost"])
def test_the_loopback_needs_no_permission(host: str) -> None:
    assert Settings(host=host).host == host
