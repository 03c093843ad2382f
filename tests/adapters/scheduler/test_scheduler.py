"""Each job comes round one at a time, and one that fails neither ends nor holds up another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from gridbridge.domain.units import Seconds
from gridbridge.ports.jobs import Job
from gridbridge_scheduler.scheduler import Scheduler

SOON = Seconds(0.002)


def job(name: str, run: Callable[[], Awaitable[None]], **times: Seconds) -> Job:
    return Job(name=name, run=run, **{"every": SOON, **times})


@asynccontextmanager
async def running(*jobs: Job) -> AsyncIterator[Scheduler]:
    scheduler = Scheduler(jobs)
    scheduler.start()
    try:
        yield scheduler
    finally:
        await scheduler.stop()


class Turns:
    """Counts the turns of a job, and says when there were enough."""

    def __init__(self, enough: int, *, failing: frozenset[int] = frozenset()) -> None:
        self.count = 0
        self.enough = asyncio.Event()
        self._wanted = enough
        self._failing = failing

    async def run(self) -> None:
        self.count += 1
        if self.count >= self._wanted:
            self.enough.set()
        if self.count in self._failing:
            raise LookupError("not today")


async def test_a_job_comes_round_again_and_again() -> None:
    turns = Turns(3)

    async with running(job("upkeep", turns.run, jitter=SOON)):
        await turns.enough.wait()

    assert turns.count >= 3


async def test_a_turn_that_comes_while_the_last_one_runs_is_skipped() -> None:
    other, at_once, most, let_go = Turns(20), 0, 0, asyncio.Event()

    async def long() -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await let_go.wait()
        at_once -= 1

    async with running(job("long", long), job("other", other.run)):
        await other.enough.wait()
        let_go.set()

    assert most == 1


async def test_a_job_that_fails_is_tried_again_and_logged_once_until_it_works(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    turns = Turns(5, failing=frozenset({1, 2, 3}))

    async with running(job("upkeep", turns.run)):
        await turns.enough.wait()

    heard = [line.getMessage().split()[0] for line in caplog.records]
    assert heard.count("event='job_failed'") == 1
    assert heard.count("event='job_works_again'") == 1


async def test_stopping_waits_until_what_ran_has_ended_and_starts_nothing_more(
    caplog: pytest.LogCaptureFixture,
) -> None:
    begun, ended = asyncio.Event(), False

    async def never_done() -> None:
        nonlocal ended
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended = True

    async with running(job("upkeep", never_done)) as scheduler:
        await begun.wait()
        begun.clear()
        await scheduler.stop()

        assert ended
        assert not begun.is_set()
    assert not [line for line in caplog.records if line.levelname == "ERROR"]


async def test_the_first_turn_may_have_to_wait() -> None:
    late, other = Turns(1), Turns(3)

    async with running(
        job("late", late.run, first_after=Seconds(3600.0)), job("other", other.run)
    ):
        await other.enough.wait()

    assert late.count == 0


async def test_two_jobs_of_one_name_are_refused() -> None:
    twins = Scheduler([job("upkeep", Turns(1).run), job("upkeep", Turns(1).run)])

    with pytest.raises(ValueError, match="upkeep"):
        twins.start()


@pytest.mark.parametrize(
    "times",
    [{"every": 0.0}, {"first_after": -1.0}, {"jitter": -1.0}],
    ids=["never rests", "before the start", "early"],
)
def test_a_job_without_sane_times_is_refused(times: dict[str, Seconds]) -> None:
    with pytest.raises(ValueError, match="upkeep"):
        job("upkeep", Turns(1).run, **times)
