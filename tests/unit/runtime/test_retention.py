"""What is trimmed lies in the archive, and nothing is trimmed that a snapshot does not hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridbridge.domain.units import FOREVER, Instant, Seconds
from gridbridge.ports.archive import ArchiveError, ArchiveSegment
from gridbridge.ports.store import START, Snapshot
from gridbridge.runtime.retention import Owned, Retention
from gridbridge.testing import MemoryBackend, MemoryStore, VirtualClock
from gridbridge_redis.archive import FileArchive
from tests.contract.samples import SITE, VEN, P, heard, recorded

DAY = 1440
"""A fact a minute, the first at 1."""


class World:
    """A store with a day of facts, seen at its end."""

    def __init__(self, root: Path) -> None:
        clock = VirtualClock(Instant(1_800_000_000.0 + DAY))
        self.store = MemoryStore(MemoryBackend(clock))
        self.archive = FileArchive(root)
        self.fences = Owned(partitions={}, vens={})
        self.retention = Retention(
            store=self.store,
            archive=self.archive,
            clock=clock,
            hot=Seconds(DAY / 4),
            owned=lambda: self.fences,
        )

    async def fill(self, *, reached: int = DAY) -> None:
        fence, of_ven = await self.store.acquire(P), await self.store.acquire_ven(VEN)
        assert fence is not None
        assert of_ven is not None
        self.fences = Owned(partitions={P: fence}, vens={VEN: of_ven})
        await self.store.append(P, [recorded(seq) for seq in range(1, DAY + 1)])
        last = await self.store.append_ven(VEN, [heard(seq) for seq in range(1, DAY + 1)])
        upto = (await self.store.read({P: START}, wait_s=0, limit=DAY))[P][reached - 1].id
        await self.store.save(SITE, fence=fence, snapshot=Snapshot(upto=upto, state=b"s"))
        await self.store.save_ven(
            VEN, fence=of_ven, snapshot=Snapshot(upto=last, state=b"v"), view=b""
        )

    async def hot(self) -> list[int]:
        found = await self.store.read({P: START}, wait_s=0, limit=2 * DAY)
        return [entry.recorded.seq for entry in found.get(P, [])]

    async def kept(self) -> list[int]:
        found = await self.archive.entries(SITE, start=Instant(0.0), end=FOREVER)
        return [entry.recorded.seq for entry in found]


class CrashingArchive(FileArchive):
    """Keeps the segment, and then the process dies."""

    async def keep(self, segment: ArchiveSegment) -> None:
        await super().keep(segment)
        raise ArchiveError("killed")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def test_what_is_older_than_hot_is_archived_and_the_rest_stays(world: World) -> None:
    await world.fill()

    await world.retention.once()

    assert await world.kept() + await world.hot() == list(range(1, DAY + 1))
    assert len(await world.hot()) == DAY // 4 + 1
    kept = await world.archive.entries_ven(VEN, start=Instant(0.0), end=FOREVER)
    left = await world.store.read_ven(VEN, after=START, limit=DAY)
    assert [each.recorded.seq for each in [*kept, *left]] == list(range(1, DAY + 1))
    state = await world.archive.checkpoint(SITE, at=FOREVER)
    assert state is not None
    assert state.snapshot == await world.store.snapshot(SITE)


async def test_what_the_snapshot_does_not_hold_stays(world: World) -> None:
    await world.fill(reached=100)

    await world.retention.once()

    assert await world.kept() == list(range(1, 101))
    assert (await world.hot())[0] == 101


async def test_a_crash_between_archive_and_trim_loses_and_doubles_nothing(
    world: World, tmp_path: Path
) -> None:
    await world.fill()
    world.retention._archive = CrashingArchive(tmp_path)
    await world.retention.once()
    assert await world.hot() == list(range(1, DAY + 1))

    world.retention._archive = world.archive
    await world.retention.once()

    assert await world.kept() + await world.hot() == list(range(1, DAY + 1))


async def test_a_fenced_off_owner_trims_nothing(world: World) -> None:
    await world.fill()
    world.fences = Owned(partitions={P: world.fences.partitions[P] + 1}, vens={})

    await world.retention.once()

    assert await world.hot() == list(range(1, DAY + 1))
