"""An engine that raises stops its own site, visibly and not for ever, and nobody else's."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from gridbridge.codec import decode, encode
from gridbridge.domain.facts import Recorded, SessionStarted
from gridbridge.domain.ids import SessionId, SiteId, StationId
from gridbridge.domain.partitions import partition_of
from gridbridge.domain.units import Instant, Seconds
from gridbridge.domain.views import SiteView
from gridbridge.engine.site.engine import SiteEngine
from gridbridge.ports.facts import NotStoredError
from gridbridge.ports.store import Snapshot
from gridbridge.runtime.faults import FIRST_PAUSE, last_view
from gridbridge.runtime.ownership import BEAT
from tests.unit.runtime.bench import SITE, A, Bench, P, bench, site

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from gridbridge.domain.decisions import Decided

NEXT = next(
    name for number in count() if partition_of(name := SiteId(f"next-{number}")) == P
)  # fmt: skip
X, Y = StationId("CP-X"), StationId("CP-Y")
SOON = Seconds(2.0)
LONG = 1000
"""Entries of a long log."""
POISON = SessionStarted(site=SITE, station=A, epoch=1, evse=1, session=SessionId("poison"))


def fragile(broken: set[str]) -> type[SiteEngine]:
    """An engine that raises in what is named, at one site alone; poison breaks it as it is."""

    class Fragile(SiteEngine):
        def receive(self, recorded: Recorded, *, entry: str) -> None:
            if recorded.fact == POISON:
                raise KeyError("poison")
            super().receive(recorded, entry=entry)

        def decide(self, now: Instant) -> Decided | None:
            self._try("decide")
            return super().decide(now)

        def view(self, now: Instant) -> SiteView:
            self._try("view")
            return super().view(now)

        def snapshot(self) -> bytes:
            self._try("snapshot")
            return super().snapshot()

        def _try(self, doing: str) -> None:
            if self.site.id == SITE and doing in broken:
                raise ZeroDivisionError

    return Fragile


def street(*broken: str) -> tuple[set[str], AbstractAsyncContextManager[Bench]]:
    """The site and its neighbour, and what of the site's engine is broken, to be changed."""
    now: set[str] = set(broken)
    return now, bench(neighbours=[site(NEXT, [X, Y])], engine=fragile(now))


async def alarms(here: Bench, of: SiteId = SITE) -> list[str]:
    document = await here.store.view(of)
    assert document is not None
    raised = [alarm.name for alarm in decode(document, SiteView).alarms]
    # The stations here say nothing to what they are told.
    return [name for name in raised if name != "profile_unanswered"]


def faults(logs: list[Any]) -> list[Any]:
    return [each for each in logs if each["event"] == "engine_fault"]


async def as_owner(here: Bench, duration: float) -> None:
    """Let time pass while the lease is renewed."""
    for _ in range(round(duration / BEAT)):
        await here.own()
        await here.clock.advance(BEAT)


async def test_a_fact_that_an_engine_cannot_fold_stops_its_site_alone() -> None:
    _, running = street()
    async with running as here:
        before, beside = here.told(A), here.told(X)
        with capture_logs() as logs:
            await here.sink.record(POISON)
            here.site_draws(15_000.0)
            here.site_draws(15_000.0, X)
            await here.clock.advance(SOON)

        assert here.told(X) < beside
        assert here.told(A) == before
        assert (await alarms(here), await alarms(here, NEXT)) == (["site_stopped"], [])
        assert here.worker.faults == {SITE: 1}
        (said,) = faults(logs)
        poisoned = next(
            entry.id
            for entry in here.backend.logs[f"partition {P}"].entries
            if entry.recorded.fact == POISON
        )
        assert (said["site"], said["doing"], said["entry"]) == (SITE, "receive", poisoned)
        assert isinstance(said["exc_info"], KeyError)


async def test_a_poisonous_fact_stops_its_site_as_long_as_it_is_there_and_is_seen_to() -> None:
    _, running = street()
    async with running as here:
        await here.sink.record(POISON)
        counted = []
        with capture_logs() as logs:
            for _ in range(26):
                await as_owner(here, 60.0)
                counted.append(here.worker.faults[SITE])
                assert await alarms(here) == ["site_stopped"]

        # After 0, 30, 90, 210, 450 and 930 s, and every 10 minutes from then on.
        assert [counted[minute - 1] for minute in (1, 2, 4, 8, 16, 26)] == [2, 3, 4, 5, 6, 7]
        assert len(faults(logs)) == 1


async def test_a_site_that_works_again_is_served_from_the_log() -> None:
    broken, running = street()
    async with running as here:
        before = here.told(A)
        broken.add("decide")
        here.site_draws(15_000.0)
        await here.clock.advance(SOON)
        assert (here.told(A), await alarms(here)) == (before, ["site_stopped"])
        broken.clear()
        await as_owner(here, FIRST_PAUSE + SOON)

        assert here.told(A) < before
        assert await alarms(here) == []
        assert here.worker.faults == {SITE: 1}


async def stopped_long_ago(here: Bench, broken: set[str]) -> None:
    """The site was stopped, and its partition's log grew long since; its pause is over soon."""
    broken.add("decide")
    here.site_draws(15_000.0)
    await here.clock.advance(SOON)
    for seq in range(1, LONG + 1):
        fact = here.plugged(X)
        recorded = Recorded(at=here.clock.now(), writer="gw-9", seq=seq, fact=fact)
        await here.store.append(P, [recorded])
    await as_owner(here, FIRST_PAUSE - 3 * SOON)


async def test_while_a_site_is_read_anew_the_others_are_decided_upon() -> None:
    broken, running = street()
    async with running as here:
        await stopped_long_ago(here, broken)
        broken.clear()
        before, beside = here.told(A), here.told(X)
        here.store.step, here.store.slow = 20, Seconds(0.2)
        await as_owner(here, 3 * SOON)
        here.site_draws(15_000.0, X)
        await here.clock.advance(Seconds(2 * SOON))
        assert (here.told(A), here.told(X) < beside) == (before, True)

        await as_owner(here, LONG / 20 * 0.5)
        assert here.told(A) < before
        assert await alarms(here) == []


async def test_a_site_that_stops_again_is_read_no_further() -> None:
    _, running = street()
    async with running as here:
        await here.sink.record(POISON)
        await stopped_long_ago(here, set())
        here.store.served.clear()
        await as_owner(here, 5 * SOON)

        assert here.worker.faults == {SITE: 2}
        assert sum(here.store.served) < LONG


async def test_a_site_that_cannot_be_shown_is_cut_all_the_same() -> None:
    broken, running = street()
    async with running as here:
        before = here.told(A)
        broken.add("view")
        here.site_draws(15_000.0)
        await here.clock.advance(SOON)

        assert here.told(A) < before
        assert await alarms(here) == ["site_not_shown"]
        broken.clear()
        await as_owner(here, FIRST_PAUSE + SOON)
        here.site_draws(15_000.0)
        await here.clock.advance(SOON)
        assert await alarms(here) == []


async def test_a_state_that_cannot_be_kept_holds_up_neither_cuts_nor_a_stop() -> None:
    broken, running = street()
    async with running as here:
        kept = await here.store.snapshot(SITE)
        before, beside = here.told(A), await here.store.snapshot(NEXT)
        broken.add("snapshot")
        for _ in range(8):
            here.site_draws(15_000.0)
            here.site_draws(15_000.0, X)
            await as_owner(here, 10.0)

        assert here.told(A) < before
        assert await alarms(here) == ["site_not_kept"]
        assert await here.store.snapshot(NEXT) != beside
        await here.worker.drain()
        assert await here.store.snapshot(SITE) == kept


async def test_an_engine_that_never_decided_tells_nobody_anything() -> None:
    broken, running = street()
    async with running as here:
        here.worker.own({})
        await here.clock.advance(SOON)
        broken.add("decide")
        here.fleet.desires.clear()
        await here.own()
        await here.clock.advance(SOON)

        assert {each.site for each in here.fleet.desires} == {NEXT}


async def test_a_state_that_cannot_be_read_stops_its_site_alone() -> None:
    _, running = street()
    async with running as here:
        await here.worker.drain()
        fence = await here.store.acquire(P)
        assert fence is not None
        await here.store.save(SITE, fence=fence, snapshot=Snapshot(upto="1", state=b"?"))
        here.worker.own({})
        await here.clock.advance(SOON)
        beside = here.told(X)
        await here.own()
        here.site_draws(15_000.0, X)
        await here.clock.advance(SOON)

        assert here.told(X) < beside
        assert await alarms(here) == ["site_stopped"]


async def test_without_a_store_a_fault_at_one_site_keeps_no_cut_from_another() -> None:
    broken, running = street()
    async with running as here:
        before, beside = here.told(A), here.told(X)
        here.backend.down = True
        await here.clock.advance(SOON)
        broken.add("decide")
        with pytest.raises(NotStoredError):
            await here.sink.record(here.plugged(A))
        here.site_draws(15_000.0)
        here.site_draws(15_000.0, X)
        await here.clock.advance(SOON)
        assert (here.told(A), here.told(X) < beside) == (before, True)

        here.backend.down = False
        broken.clear()
        await here.own()
        await here.clock.advance(SOON)
        assert await alarms(here) == ["site_stopped"]
        await as_owner(here, FIRST_PAUSE + SOON)
        assert here.told(A) < before
        assert await alarms(here) == []


async def test_a_site_whose_decisions_the_store_refuses_is_cut_and_concerns_no_other() -> None:
    _, running = street()
    async with running as here:
        await as_owner(here, SOON)
        before, beside = here.told(A), here.told(X)
        home = here.worker._owned[P]
        here.store.refusing = frozenset({f"decide {SITE}"})
        here.site_draws(15_000.0)
        here.site_draws(15_000.0, X)
        await as_owner(here, SOON)
        cut, behind = here.told(A), here.told(X)
        assert (cut < before, behind < beside) == (True, True)
        assert (await alarms(here), await alarms(here, NEXT)) == (["site_stopped"], [])
        here.site_draws(20_000.0)
        await as_owner(here, SOON)
        assert here.told(A) < cut
        cut = here.told(A)
        for _ in range(20):
            here.site_draws(0.0, X)
            await as_owner(here, 10.0)
            await here.answer()

        assert (here.told(A), here.told(X)) == (cut, beside)
        assert here.worker._owned[P] is home
        here.store.refusing = frozenset()
        here.site_draws(15_000.0)
        await as_owner(here, 300.0)
        assert await alarms(here) == []
        assert (await here.store.desired(SITE))[A] == here.fleet.newest[A]


@pytest.mark.parametrize("call", ["snapshot", "desired"])
async def test_a_site_that_the_store_cannot_read_is_stopped_alone(call: str) -> None:
    _, running = street()
    async with running as here:
        here.worker.own({})
        await here.clock.advance(SOON)
        here.store.refusing = frozenset({f"{call} {SITE}"})
        here.fleet.desires.clear()
        await as_owner(here, SOON)

        assert {each.site for each in here.fleet.desires} == {NEXT}
        assert await alarms(here) == ["site_stopped"]


@pytest.mark.parametrize("calls", [{"show"}, {"show", "view"}, {"save"}], ids=str)
async def test_what_the_store_refuses_of_one_view_or_state_holds_up_no_other(
    calls: set[str],
) -> None:
    _, running = street()
    async with running as here:
        kept, shown = await here.store.snapshot(NEXT), await here.store.view(NEXT)
        before = here.told(A)
        here.store.refusing = frozenset(f"{call} {SITE}" for call in calls)
        for _ in range(8):
            here.site_draws(15_000.0)
            here.site_draws(15_000.0, X)
            await as_owner(here, 10.0)

        assert here.told(A) < before
        assert kept != await here.store.snapshot(NEXT)
        assert shown != await here.store.view(NEXT)
        assert 0 < here.worker.faults[SITE] < 5


@pytest.mark.parametrize("document", [None, b"{}"], ids=["never shown", "unreadable"])
def test_a_site_of_which_nothing_can_be_read_is_shown_by_its_configuration(
    document: bytes | None,
) -> None:
    view = last_view(document, site(), Instant(1.5))

    assert decode(encode(view), SiteView) == view
    assert (view.site, view.import_w, view.stations) == (SITE, site().import_w, ())
