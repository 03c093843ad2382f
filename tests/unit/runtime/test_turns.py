"""Sites have their turns together, and nothing of one stands in the way of another."""

from __future__ import annotations

import asyncio

from gridbridge.codec import decode
from gridbridge.domain.ids import SiteId, StationId
from gridbridge.domain.units import Seconds
from gridbridge.domain.views import SiteView
from gridbridge.runtime.delivery import Delivery
from gridbridge.testing import MemoryBackend, MemoryStore, RecordingFleet, VirtualClock
from tests.contract.samples import desired
from tests.unit.runtime.bench import SITE, A, B, bench, site
from tests.unit.runtime.test_faults import NEXT, X, Y

SOON = Seconds(2.0)


async def test_where_one_sites_decision_is_not_stored_all_that_had_to_be_cut_is_cut() -> None:
    async with bench(neighbours=[site(NEXT, [X, Y])]) as here:
        before = {station: here.told(station) for station in (A, B, X, Y)}
        here.store.failing = frozenset({f"decide {SITE}"})
        here.site_draws(15_000.0)
        here.site_draws(15_000.0, X)
        await here.clock.advance(SOON)

        assert all(here.told(station) < most for station, most in before.items())


async def test_a_view_follows_a_decision_within_two_seconds() -> None:
    async with bench() as here:
        here.site_draws(15_000.0)
        await here.clock.advance(SOON)
        document = await here.store.view(SITE)
        assert document is not None
        shown = {
            each.station: each.evses[0].version for each in decode(document, SiteView).stations
        }

        assert shown == {name: each.version for name, each in here.fleet.newest.items()}


async def test_a_stop_in_mid_write_keeps_no_state_that_the_log_may_not_have() -> None:
    async with bench() as here:
        kept = await here.store.snapshot(SITE)
        here.store.hanging = True
        here.site_draws(15_000.0)
        await here.clock.advance(SOON)
        here.serving.cancel()
        await asyncio.gather(here.serving, return_exceptions=True)
        await here.worker.drain()

        assert await here.store.snapshot(SITE) == kept


async def test_who_holds_the_sockets_of_absent_stations_is_woken_once_for_all() -> None:
    clock = VirtualClock()
    backend = MemoryBackend(clock)
    ours, theirs = MemoryStore(backend, "gw-1"), MemoryStore(backend, "gw-2")
    stations = [StationId(f"CP-{number}") for number in range(3)]
    for station in stations[1:]:
        await theirs.claim(station)
    fleet = RecordingFleet(stations[:1])
    delivery = Delivery(fleet, ours, dict.fromkeys(stations, SiteId("depot-7")), clock)

    await delivery.deliver([desired(station, 1) for station in stations])

    assert set(fleet.newest) == set(stations[:1])
    assert [hint.station for hint in await theirs.woken(wait_s=0.0)] == stations[1:]
