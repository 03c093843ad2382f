"""What a gateway wrote down can be decided again from the log alone, whatever befell it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gridbridge.domain.decisions import Decided
from gridbridge.domain.facts import StationDisconnected
from gridbridge.domain.units import FOREVER, Instant, Seconds
from gridbridge.engine.replay.recording import Recording, Rules
from gridbridge.engine.replay.sameness import Sameness, compare
from gridbridge.runtime.retention import Owned, Retention
from gridbridge_redis.archive import FileArchive
from tests.unit.runtime.bench import SITE, B, Bench, P, bench, site
from tests.unit.runtime.test_outage import back, outage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gridbridge.ports.store import Entry


RULES = Rules(site=site(), programs={}, config="c")


@asynccontextmanager
async def taken_over(dead: Bench) -> AsyncIterator[Bench]:
    """Another gateway has the site after one that died: it read all from the log."""
    dead.serving.cancel()
    await dead.clock.advance(Seconds(7.0))
    heir = Bench(dead.backend, dead.clock, "gw-2")
    heir.fleet, heir.delivery = dead.fleet, dead.delivery
    tasks = [asyncio.create_task(heir.sink.run()), asyncio.create_task(heir.worker.run())]
    try:
        await heir.own()
        await heir.settle()
        yield heir
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def log_of(here: Bench) -> list[Entry]:
    return list(here.backend.logs[f"partition {P}"].entries)


def replayed(here: Bench) -> Sameness:
    recording = Recording(start=None, entries=tuple(log_of(here)))
    return compare(RULES, recording, since=Instant(0.0))


def decisions(here: Bench) -> int:
    return sum(isinstance(each.recorded.fact, Decided) for each in log_of(here))


async def load_comes_and_goes(here: Bench) -> None:
    for watts in (0.0, 3_000.0, 15_000.0, 9_000.0, 0.0):
        for _ in range(40):
            await here.own()
            here.site_draws(watts)
            await here.clock.advance(Seconds(2.0))
            await here.answer()


async def test_a_run_is_replayed_to_the_last_byte() -> None:
    async with bench() as here:
        await load_comes_and_goes(here)
        await here.sink.record(StationDisconnected(site=SITE, station=B, epoch=1, reason="lost"))
        await load_comes_and_goes(here)

        found = replayed(here)

        assert found.difference is None
        assert found.same == decisions(here) > 10


async def test_and_so_it_is_with_an_outage_of_the_store_in_it() -> None:
    async with bench() as here:
        await load_comes_and_goes(here)
        await outage(here)
        for _ in range(3):
            here.site_draws(15_000.0)
            await here.clock.advance(Seconds(2.0))
        await back(here)
        await load_comes_and_goes(here)

        found = replayed(here)

        assert found.difference is None
        assert found.put_back == 1
        assert found.same + found.put_back == decisions(here)


async def test_and_with_another_owner_in_the_middle() -> None:
    async with bench() as here:
        await load_comes_and_goes(here)
        async with taken_over(here) as heir:
            await load_comes_and_goes(heir)

            found = replayed(heir)

            assert found.difference is None
            assert found.same == decisions(heir)
            assert {each.recorded.writer for each in log_of(heir)} == {"gw-1", "gw-2"}


async def test_and_from_each_state_that_was_archived_on(tmp_path: Path) -> None:
    archive = FileArchive(tmp_path)
    async with bench() as here:
        retention = Retention(
            store=here.store,
            archive=archive,
            clock=here.clock,
            hot=Seconds(60.0),
            owned=lambda: Owned(partitions={P: here.worker._owned[P].fence}, vens={}),
        )
        seams = []
        for _ in range(3):
            await load_comes_and_goes(here)
            await retention.once()
            seams.append(here.clock.now())
        await load_comes_and_goes(here)
        rest = log_of(here)

        for seam in seams:
            checkpoint = await archive.checkpoint(SITE, at=seam)
            assert checkpoint is not None
            start = checkpoint.snapshot
            kept = await archive.entries(SITE, start=Instant(0.0), end=FOREVER)
            entries = tuple(each for each in (*kept, *rest) if each.id > start.upto)
            found = compare(RULES, Recording(start=start, entries=entries), since=seam)

            assert found.difference is None
            assert found.same > 2
