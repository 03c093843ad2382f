"""Sites have their turns together, and nothing of one stands in the way of another."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gridbridge.codec import decode
from gridbridge.domain.ids import SiteId, StationId
from gridbridge.domain.units import Seconds
from gridbridge.domain.views import SiteView
from gridbridge.runtime.delivery import Delivery
from gridbridge.runtime.keeping import SNAPSHOT_AFTER
from gridbridge.testing import MemoryBackend, MemoryStore, RecordingFleet, VirtualClock
from tests.contract.samples import desired
from tests.unit.runtime.bench import SITE, STATIONS, A, B, Bench, P, bench, site
from tests.unit.runtime.test_faults import NEXT, X, Y

if TYPE_CHECKING:
    from gridbridge.runtime.owned import Served

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


async def decided_and_never_written(here: Bench) -> Served:
    """A site in the middle of its turn: its engine decided a cut whose write hangs."""
    await stop(here.serving)
    here.site_draws(15_000.0)
    await here.clock.advance(SOON)
    owned = here.worker._owned[P]
    news = await here.store.read({P: owned.upto}, wait_s=0.0)
    owned.receive(news[P], now=here.clock.now())
    here.store.hanging = True
    return owned.sites[SITE]


async def stop(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def inherited(here: Bench) -> Bench:
    """The next owner, after its first turns."""
    await here.store.let_go(P)
    heir = Bench(here.backend, here.clock, "gw-2")
    tasks = [asyncio.create_task(heir.sink.run()), asyncio.create_task(heir.worker.run())]
    await heir.own()
    await here.clock.advance(SOON)
    await stop(*tasks)
    return heir


async def test_a_state_is_not_kept_between_a_decision_and_its_write() -> None:
    async with bench() as here:
        kept = await here.store.snapshot(SITE)
        served = await decided_and_never_written(here)
        served.folded = SNAPSHOT_AFTER
        owned = here.worker._owned
        # Both are due in the same pass of the loop, and the turn's own task begins after it.
        turn = asyncio.create_task(here.worker._turns.serve(owned))
        keep = asyncio.create_task(here.worker._keeper.keep(P, owned[P], []))
        await keep
        await stop(turn)

        assert await here.store.snapshot(SITE) == kept


async def test_an_owner_whose_state_is_ahead_of_the_log_tells_again_what_nobody_was_told() -> None:
    async with bench() as here:
        before = {station: here.told(station) for station in STATIONS}
        served = await decided_and_never_written(here)
        assert served.decide(here.clock.now()) is not None
        await here.store.save(SITE, fence=1, snapshot=served.snapshot())
        heir = await inherited(here)

        assert all(heir.told(station) < before[station] for station in STATIONS)
        assert await heir.store.desired(SITE) == heir.fleet.newest


async def test_an_owner_without_state_goes_on_from_the_versions_that_the_store_has() -> None:
    async with bench() as here:
        await stop(here.serving)
        here.backend.logs.clear()
        here.backend.site(SITE).snapshot = None
        before = {station: each.version for station, each in here.fleet.newest.items()}
        heir = await inherited(here)

        assert all(heir.fleet.newest[station].version > before[station] for station in STATIONS)
        assert await heir.store.desired(SITE) == heir.fleet.newest


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
