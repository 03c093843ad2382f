"""Jobs in the event loop, each by its own interval.

The wall clock counts: one that is set back makes the next turns late by as much.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gridbridge.ports.jobs import Job

log = structlog.get_logger(__name__)


class Scheduler:
    """Keeps the promises of `Job` from `start` to `stop`."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._jobs = tuple(jobs)
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._running: set[asyncio.Task[None]] = set()
        self._failing: set[str] = set()

    def start(self) -> None:
        """Let the jobs have their turns in the loop that is running; raises ValueError for twins.

        A name that two jobs share would hide one of them.
        """
        names = [job.name for job in self._jobs]
        if len(set(names)) != len(names):
            raise ValueError(f"jobs of one name: {', '.join(sorted(names))}")
        for job in self._jobs:
            first = datetime.now(UTC) + timedelta(seconds=job.first_after)
            every = IntervalTrigger(
                seconds=job.every, start_date=first, jitter=job.jitter, timezone=UTC
            )
            self._scheduler.add_job(
                self._turn,
                every,
                args=[job],
                id=job.name,
                # Several turns that were slept through are one, and it is never too late for it.
                coalesce=True,
                misfire_grace_time=None,
                max_instances=1,
            )
        self._scheduler.start()

    async def stop(self) -> None:
        """Start no more turns, cancel those that run and return when they have ended."""
        if not self._scheduler.running:
            return
        self._scheduler.pause()
        running = tuple(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        self._scheduler.shutdown(wait=False)
        await asyncio.sleep(0)  # the loop's next round is when APScheduler shuts down

    async def _turn(self, job: Job) -> None:
        """One turn; a job that fails again and again is logged when it begins and when it ends."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine that runs is in a task
        self._running.add(task)
        try:
            await job.run()
        except asyncio.CancelledError:
            # Only `stop` cancels, the task ends here, and APScheduler would log it as an error.
            log.info("job_cancelled", job=job.name)
        except Exception:
            if job.name not in self._failing:
                log.exception("job_failed", job=job.name, again_in_s=job.every)
            self._failing.add(job.name)
        else:
            if job.name in self._failing:
                log.info("job_works_again", job=job.name)
            self._failing.discard(job.name)
        finally:
            self._running.discard(task)
