"""What an owner of a VEN stores, tells its sites and shows to the VTN, whatever breaks off."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from gridbridge.codec import decode
from gridbridge.domain.facts import (
    AnswerDelivered,
    Registered,
    RegistrationLost,
    VtnBack,
    VtnLost,
)
from gridbridge.domain.units import Seconds
from gridbridge.domain.views import VenView
from gridbridge.engine.ven.ledger import FEW
from gridbridge.runtime.ownership import BEAT
from gridbridge.testing.clock import VirtualClock
from gridbridge.testing.memory_backend import LEASE, MemoryBackend
from tests.unit.runtime.vens import HEARD, PROGRAM, SITES, VEN, Owner, event, owning, said

SITE = SITES[0]
SILENT = Seconds(PROGRAM.lost.after + 1.0)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def backend(clock: VirtualClock) -> MemoryBackend:
    return MemoryBackend(clock)


async def test_an_event_is_owed_its_answer_once_every_site_was_told(
    backend: MemoryBackend, clock: VirtualClock
) -> None:
    async with owning(backend, clock) as owner:
        taken = await owner.hear(said(event()))

        assert taken
        assert owner.answered() == [("e", 0)]
        assert [(await owner.kinds(site))[-1] for site in SITES] == ["EventAssigned"] * 2


@pytest.mark.parametrize("applied", [False, True], ids=["not written", "written all the same"])
@pytest.mark.parametrize("write", ["append_ven", "decide_ven", "append", "save_ven"])
async def test_nothing_is_answered_before_it_is_stored_and_told(
    backend: MemoryBackend, clock: VirtualClock, *, write: str, applied: bool
) -> None:
    async with owning(backend, clock) as owner:
        owner.store.fail[write], owner.store.written_all_the_same = 1, applied

        taken = await owner.hear(said(event()))

        assert not taken
        assert owner.answered() == []


@pytest.mark.parametrize("applied", [False, True], ids=["not written", "written all the same"])
@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("write", ["append_ven", "decide_ven", "append", "save_ven"])
async def test_a_retry_tells_the_sites_what_the_failure_kept_from_them(
    backend: MemoryBackend, clock: VirtualClock, *, write: str, times: int, applied: bool
) -> None:
    async with owning(backend, clock) as owner:
        owner.store.fail[write], owner.store.written_all_the_same = times, applied
        while not await owner.hear(said(event())):
            pass

        assert owner.answered() == [("e", 0)]
        assert [(await owner.kinds(site)).count("EventAssigned") > 0 for site in SITES] == [
            True,
            True,
        ]


@pytest.mark.parametrize("write", ["decide_ven", "append"])
async def test_what_broke_off_is_mended_though_the_vtn_says_nothing_more(
    backend: MemoryBackend, clock: VirtualClock, write: str
) -> None:
    async with owning(backend, clock) as owner:
        owner.store.fail[write] = 2
        await owner.hear(said(event()))
        woken = owner.ven.woken

        await clock.advance(Seconds(2 * BEAT))

        assert "EventAssigned" in await owner.kinds(SITE)
        assert owner.answered() == [("e", 0)]
        assert owner.ven.woken == woken + 1


async def test_a_store_that_was_away_for_long_ends_nothing(
    backend: MemoryBackend, clock: VirtualClock
) -> None:
    async with owning(backend, clock) as owner:
        await owner.hear(said(event()))
        owner.store.down = True
        lost = await owner.hear(said(event(version=1)))
        await clock.advance(SILENT)
        owner.store.down = False

        await clock.advance(Seconds(LEASE + 2 * BEAT))

        assert not lost
        assert not owner.work.done()
        assert (await owner.hear(said(event(version=1)))) is True
        assert owner.answered() == [("e", 1)]


async def test_an_answer_that_the_vtn_has_is_not_owed_again_after_a_failure(
    backend: MemoryBackend, clock: VirtualClock
) -> None:
    async with owning(backend, clock) as owner:
        await owner.hear(said(event()))
        await owner.hear(AnswerDelivered(ven=owner.ven.name, answers=owner.worker.owed()[1]))
        owner.store.fail["append_ven"] = 1
        await owner.hear(said(event()))

        await owner.hear(said(event()))

        assert owner.answered() == []


@pytest.mark.parametrize("write", ["decide_ven", "append"])
async def test_the_loss_of_a_vtn_reaches_every_site_after_a_failure(
    backend: MemoryBackend, clock: VirtualClock, write: str
) -> None:
    async with owning(backend, clock) as owner:
        await owner.hear(HEARD)
        since = clock.now()
        owner.store.fail[write] = 2

        await clock.advance(Seconds(SILENT + BEAT))

        for site in SITES:
            assert (await owner.told(site))[-1] == VtnLost(
                site=site, ven=owner.ven.name, program=PROGRAM.name, since=since
            )


async def test_a_vtn_that_never_said_a_word_is_lost_as_any_other(
    backend: MemoryBackend, clock: VirtualClock
) -> None:
    since = clock.now()
    for name in ("gw-1", "gw-2"):
        async with owning(backend, clock, name) as owner:
            # Neither a restart nor a new owner gives it more time.
            await clock.advance(Seconds(SILENT / 2 + BEAT))
            told = [await owner.told(site) for site in SITES]

    assert [each[-1] for each in told] == [
        VtnLost(site=site, ven=owner.ven.name, program=PROGRAM.name, since=since) for site in SITES
    ]


@pytest.mark.parametrize("lost", [True, False], ids=["lost", "back"])
async def test_a_new_owner_tells_what_a_killed_one_decided_and_did_not_tell(
    backend: MemoryBackend, clock: VirtualClock, *, lost: bool
) -> None:
    async with owning(backend, clock, "gw-1") as killed:
        await killed.hear(HEARD)
        if not lost:
            await clock.advance(SILENT)
        killed.store.fail["append"] = 1_000_000
        if lost:
            await clock.advance(SILENT)
        else:
            await killed.hear(HEARD)
        before = [type(fact) for fact in await killed.told(SITE)]

    async with owning(backend, clock, "gw-2") as heir:
        await clock.advance(Seconds(LEASE + BEAT))
        after = [type(fact) for fact in await heir.told(SITE)]

    wanted = VtnLost if lost else VtnBack
    assert before[-1] is not wanted
    assert after[-1] is wanted


async def test_a_drained_owner_does_not_keep_a_state_that_the_log_lacks(
    backend: MemoryBackend, clock: VirtualClock
) -> None:
    async with owning(backend, clock, "gw-1") as first:
        first.store.fail["decide_ven"] = 1
        await first.hear(said(event()))
        first.work.cancel()
        await first.worker.stop()

    async with owning(backend, clock, "gw-2") as second:
        await clock.advance(BEAT)

        assert "EventAssigned" in await second.kinds(SITE)
        assert second.answered() == [("e", 0)]


async def test_the_sites_of_a_vtn_that_answers_hear_so_from_a_new_owner_and_of_no_loss(
    backend: MemoryBackend, clock: VirtualClock
) -> None:
    async with owning(backend, clock) as owner:
        assert set(await owner.kinds(SITE)) == {"VtnBack"}


async def shown(owner: Owner) -> VenView:
    document = await owner.store.view_ven(VEN)
    assert document is not None
    return decode(document, VenView)


async def test_an_answer_that_the_vtn_has_is_shown_as_such_at_once(
    backend: MemoryBackend, clock: VirtualClock
) -> None:
    async with owning(backend, clock) as owner:
        await owner.hear(said(event()))
        before = [each.answered for each in (await shown(owner)).events]
        await owner.hear(AnswerDelivered(ven=VEN, answers=owner.worker.owed()[1]))
        after = [each.answered for each in (await shown(owner)).events]

    assert (before, after) == ([False], [True])


async def test_a_registration_is_shown_at_once_and_so_is_its_loss(
    backend: MemoryBackend, clock: VirtualClock
) -> None:
    async with owning(backend, clock) as owner:
        poll = Seconds(10.0)
        await owner.hear(Registered(ven=VEN, ven_id="v", registration="r", vtn_id="u", poll=poll))
        registered = (await shown(owner)).registered
        await owner.hear(RegistrationLost(ven=VEN, why="asked to"))

        assert (registered, (await shown(owner)).registered) == (True, False)


async def test_a_poll_that_brings_nothing_new_is_not_saved(
    backend: MemoryBackend, clock: VirtualClock
) -> None:
    async with owning(backend, clock) as owner:
        await owner.hear(said(event()))
        kept = await owner.store.snapshot_ven(VEN)
        await owner.hear(HEARD)
        await owner.hear(said(event()))
        await clock.advance(BEAT)

        assert await owner.store.snapshot_ven(VEN) == kept


async def test_events_that_vanished_together_are_told_of_once_and_that_they_are_back(
    backend: MemoryBackend, clock: VirtualClock
) -> None:
    events = [event(f"e{number}") for number in range(FEW + 1)]
    with capture_logs() as logs:
        async with owning(backend, clock) as owner:
            for present in (events, [], [], events, events):
                await owner.hear(said(*present))

    told = [each for each in logs if each["event"] in {"alarm_raised", "alarm_cleared"}]
    assert [(each["event"], each["name"], each["ven"]) for each in told] == [
        ("alarm_raised", "vanished_events_held", VEN),
        ("alarm_cleared", "vanished_events_held", VEN),
    ]
