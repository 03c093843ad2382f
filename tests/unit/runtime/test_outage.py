"""A site while its store is away: cuts go on, nothing is raised, and all is told afterwards."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gridbridge.domain.decisions import Decided
from gridbridge.domain.facts import EvseStatusChanged, SiteFact, StationDisconnected
from gridbridge.domain.units import Seconds
from gridbridge.ports.facts import NotStoredError
from gridbridge.ports.store import FencedOffError
from tests.contract.samples import decision
from tests.unit.runtime.bench import SITE, A, B, Bench, P, bench

if TYPE_CHECKING:
    from gridbridge.domain.facts import Recorded

SOON = Seconds(2.0)


async def refused(here: Bench, fact: SiteFact) -> None:
    with pytest.raises(NotStoredError):
        await here.sink.record(fact)


async def outage(here: Bench) -> None:
    here.backend.down = True
    await here.clock.advance(Seconds(1.0))


async def back(here: Bench) -> None:
    here.backend.down = False
    await here.own()
    await here.clock.advance(SOON)


def written(here: Bench) -> list[Recorded]:
    return [entry.recorded for entry in here.backend.logs[f"partition {P}"].entries]


async def test_a_cut_reaches_stations_while_the_store_is_away() -> None:
    async with bench() as here:
        before = here.told(A)
        stored = dict(here.fleet.newest)
        await outage(here)
        here.site_draws(15_000.0)
        await here.clock.advance(SOON)

        assert here.told(A) < before
        assert here.told(B) < before
        assert {each.version for each in here.fleet.newest.values()} == {
            each.version for each in stored.values()
        }


async def test_a_cut_is_not_lost_where_its_decision_cannot_be_stored() -> None:
    async with bench() as here:
        before = here.told(A)
        here.site_draws(15_000.0)
        here.store.failing = frozenset({"decide"})
        await here.clock.advance(SOON)

        assert here.told(A) < before


async def test_nothing_is_raised_while_the_store_is_away() -> None:
    async with bench() as here:
        await outage(here)
        here.site_draws(15_000.0)
        await here.clock.advance(SOON)
        cut = here.told(A)
        for _ in range(20):
            here.site_draws(0.0)
            await here.clock.advance(Seconds(30.0))

        assert here.told(A) == cut


async def test_afterwards_the_log_knows_what_was_cut_and_raises_start_from_there() -> None:
    async with bench() as here:
        before = here.told(A)
        await outage(here)
        here.site_draws(15_000.0)
        await here.clock.advance(SOON)
        cut = here.told(A)
        seen = len(written(here))
        await back(here)
        told = [
            recorded.fact
            for recorded in written(here)[seen:]
            if isinstance(recorded.fact, Decided) and recorded.fact.alarms
        ]

        assert [alarm.name for alarm in told[0].alarms] == ["cut_without_store"] * 2
        assert here.told(A) == cut
        assert (await here.store.desired(SITE))[A] == here.fleet.newest[A]
        for _ in range(20):
            here.site_draws(0.0)
            await here.clock.advance(Seconds(10.0))
            await here.answer()
        assert here.told(A) == before


async def test_afterwards_what_was_kept_is_in_the_log_once_and_in_order() -> None:
    async with bench() as here:
        seen = len(written(here))
        unplugged = EvseStatusChanged(
            site=SITE, station=A, epoch=1, evse=1, occupied=False, status="Available"
        )
        plugged = replace(unplugged, occupied=True, status="Preparing")
        here.backend.down = True
        for fact in (unplugged, unplugged, plugged, plugged):
            await refused(here, fact)
        await here.clock.advance(Seconds(10.0))
        await back(here)
        await here.sink.record(unplugged)

        facts = [each.fact for each in written(here)[seen:] if not isinstance(each.fact, Decided)]
        assert facts == [unplugged, plugged, unplugged]


async def test_a_station_that_goes_silent_cuts_the_others_where_it_may_still_draw() -> None:
    async with bench() as here:
        here.site_draws(12_000.0)
        await here.clock.advance(SOON)
        await here.answer()
        await here.clock.advance(Seconds(20.0))
        await outage(here)
        gone = StationDisconnected(site=SITE, station=A, epoch=1, reason="lost")
        await refused(here, gone)
        here.site_draws(18_000.0)
        before, silent = here.told(B), here.told(A)
        await here.clock.advance(SOON)

        assert here.told(A) == silent
        assert here.told(B) < before


async def test_a_site_that_another_took_meanwhile_is_left_to_it() -> None:
    async with bench() as here:
        before = here.fleet.newest[A]
        here.store.down = True
        here.site_draws(15_000.0)
        await here.clock.advance(Seconds(10.0))
        cut = here.fleet.newest[A]
        other = Bench(here.backend, here.clock, "gw-2")
        await other.own()
        seen = len(written(here))
        here.store.down = False
        await here.clock.advance(SOON)
        await here.own()
        await here.clock.advance(SOON)

        assert cut != before
        assert written(here)[seen:] == []
        assert await here.delivery.wanted(A) == before


async def test_the_store_does_not_undo_a_cut_before_its_owner_is_home() -> None:
    async with bench() as here:
        await outage(here)
        here.site_draws(15_000.0)
        await here.clock.advance(SOON)
        here.backend.down = False

        assert await here.delivery.wanted(A) == here.fleet.newest[A]


async def test_an_outage_between_two_rounds_of_coming_home_loses_nothing() -> None:
    async with bench() as here:
        before = here.told(A)
        await outage(here)
        here.site_draws(10_000.0)
        await here.clock.advance(SOON)
        first = here.told(A)
        here.store.failing = frozenset({"snapshot"})
        await back(here)
        here.site_draws(18_000.0)
        await here.clock.advance(Seconds(4.0))
        second = here.told(A)
        here.store.failing = frozenset()
        await here.clock.advance(SOON)

        assert second < first < before
        assert here.told(A) == second
        assert (await here.store.desired(SITE))[A] == here.fleet.newest[A]


async def test_a_write_without_an_answer_is_stored_no_more_once_its_owner_is_home() -> None:
    async with bench() as here:
        await here.own()
        await here.clock.advance(SOON)
        before = here.worker._owned[P].fence
        here.store.failing = frozenset({"decide"})
        here.site_draws(15_000.0)
        await here.clock.advance(SOON)
        here.store.failing = frozenset()
        # Others of its calls were answered all the while: its lease never ran out.
        await here.own()
        await here.clock.advance(SOON)
        known = await here.store.desired(SITE)

        with pytest.raises(FencedOffError):
            await here.store.decide(
                P,
                fence=before,
                decision=decision(5, site=SITE),
                desired=[replace(each, version=each.version + 1) for each in known.values()],
            )
        assert known == here.fleet.newest


async def test_a_beat_that_was_under_way_while_its_owner_came_home_takes_nothing_back() -> None:
    async with bench() as here:
        before = here.worker._owned[P].fence
        await outage(here)
        await back(here)
        home = here.worker._owned[P]
        here.worker.own({P: before})
        await here.clock.advance(SOON)

        assert home.fence > before
        assert here.worker._owned[P] is home


async def test_a_stop_in_an_outage_keeps_no_state_that_the_log_does_not_have() -> None:
    async with bench() as here:
        kept = await here.store.snapshot(SITE)
        await outage(here)
        here.site_draws(15_000.0)
        await here.clock.advance(SOON)
        seen = len(written(here))
        here.backend.down = False
        await here.worker.drain()

        assert await here.store.snapshot(SITE) == kept
        assert len(written(here)) > seen
