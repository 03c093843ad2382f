"""The promises of `Archive`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gridbridge.domain.facts import VtnBack
from gridbridge.domain.ids import ProgramName, SiteId, VenName
from gridbridge.domain.units import FOREVER, Instant
from gridbridge.ports.archive import Archive, ArchiveSegment, Checkpoint
from gridbridge.ports.store import Entry, Snapshot
from gridbridge_redis.archive import FileArchive
from tests.contract.samples import SITE, VEN, P, heard, recorded

ARCHIVES: list[Callable[[Path], Archive]] = [FileArchive]
T0 = 1_800_000_000.0
NEIGHBOUR = SiteId("depot-70")
"""Another site of the same partition."""


@pytest.fixture(params=ARCHIVES)
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Archive:
    """An empty archive of each kind."""
    made: Archive = request.param(tmp_path / "archive")
    return made


def entry(seq: int, *, site: SiteId = SITE) -> Entry:
    """The fact of second `seq`."""
    fact = VtnBack(site=site, ven=VEN, program=ProgramName("tou"))
    return Entry(id=f"{1_800_000_000_000 + seq:013d}-{0:010d}", recorded=recorded(seq, fact=fact))


def segment(*entries: Entry, checkpoints: tuple[Checkpoint, ...] = ()) -> ArchiveSegment:
    return ArchiveSegment(log=P, entries=entries, checkpoints=checkpoints)


def checkpoint(second: int, *, site: SiteId = SITE) -> Checkpoint:
    return Checkpoint(
        of=site,
        taken=Instant(T0 + second),
        snapshot=Snapshot(upto=f"{second}", state=b"\x00\xff%d" % second),
    )


async def read(archive: Archive, start: int, end: int, site: SiteId = SITE) -> list[int]:
    found = await archive.entries(site, start=Instant(T0 + start), end=Instant(T0 + end))
    return [each.recorded.seq for each in found]


async def test_what_is_kept_is_read_back_as_it_was(archive: Archive) -> None:
    entries = [entry(1), entry(2)]

    await archive.keep(segment(*entries))

    assert await archive.entries(SITE, start=Instant(T0), end=Instant(T0 + 100)) == entries


async def test_only_the_range_asked_for_is_read_without_its_end(archive: Archive) -> None:
    await archive.keep(segment(entry(1), entry(2), entry(3)))
    await archive.keep(segment(entry(4), entry(5)))

    assert await read(archive, 2, 5) == [2, 3, 4]


async def test_only_the_site_asked_for_is_read(archive: Archive) -> None:
    await archive.keep(segment(entry(1), entry(2, site=NEIGHBOUR), entry(3)))

    assert await read(archive, 0, 100) == [1, 3]
    assert await read(archive, 0, 100, SiteId("depot-8")) == []


async def test_segments_that_overlap_are_read_once_and_in_order(archive: Archive) -> None:
    await archive.keep(segment(entry(3), entry(4)))
    await archive.keep(segment(entry(1), entry(2), entry(3)))
    await archive.keep(segment(entry(3), entry(4)))

    assert await read(archive, 0, 100) == [1, 2, 3, 4]


async def test_the_newest_checkpoint_before_a_time_is_found(archive: Archive) -> None:
    await archive.keep(
        segment(entry(1), checkpoints=(checkpoint(10), checkpoint(15, site=NEIGHBOUR)))
    )
    await archive.keep(segment(entry(11), checkpoints=(checkpoint(20),)))

    assert await archive.checkpoint(SITE, at=Instant(T0 + 9)) is None
    assert await archive.checkpoint(SITE, at=Instant(T0 + 19)) == checkpoint(10)
    assert await archive.checkpoint(SITE, at=Instant(T0 + 20)) == checkpoint(20)


async def test_an_empty_archive_holds_nothing(archive: Archive) -> None:
    assert await read(archive, 0, 100) == []
    assert await archive.checkpoint(SITE, at=Instant(T0)) is None


async def test_an_empty_segment_is_refused(archive: Archive) -> None:
    with pytest.raises(ValueError, match="at least one"):
        await archive.keep(segment())


def of_ven(seq: int) -> Entry:
    """The VEN's fact of second `seq`."""
    return Entry(id=f"{1_800_000_000_000 + seq:013d}-{0:010d}", recorded=heard(seq))


async def test_a_vens_log_is_kept_apart_from_those_of_sites(archive: Archive) -> None:
    state = Checkpoint(
        of=VEN, taken=Instant(T0 + 10), snapshot=Snapshot(upto="10", state=b"of the VEN")
    )
    await archive.keep(segment(entry(1)))

    await archive.keep(
        ArchiveSegment(log=VEN, entries=(of_ven(1), of_ven(2)), checkpoints=(state,))
    )

    found = await archive.entries_ven(VEN, start=Instant(T0), end=Instant(T0 + 2))
    assert found == [of_ven(1)]
    assert await archive.checkpoint_ven(VEN, at=Instant(T0 + 10)) == state
    assert await archive.checkpoint_ven(VEN, at=Instant(T0 + 9)) is None
    assert await archive.entries_ven(VenName("prices"), start=Instant(T0), end=FOREVER) == []
    assert await read(archive, 0, 100) == [1]
