"""The archive's files: whole or not there, closed to others, and a damaged one is no gap."""

from __future__ import annotations

import contextlib
import gzip
import re
import stat
import tempfile
from typing import TYPE_CHECKING

import pytest

from gridbridge.domain.units import FOREVER, Instant
from gridbridge.ports.archive import ArchiveError, ArchiveSegment
from gridbridge.ports.store import Entry
from gridbridge_redis.archive import FileArchive
from tests.contract.samples import SITE, P, recorded

if TYPE_CHECKING:
    from pathlib import Path

SEGMENT = ArchiveSegment(log=P, entries=(Entry(id="1-0", recorded=recorded(1)),), checkpoints=())


def files(root: Path) -> list[Path]:
    return list(root.glob("*/*"))


async def test_a_segment_is_one_file_of_json_lines_named_for_what_it_holds(
    tmp_path: Path,
) -> None:
    await FileArchive(tmp_path).keep(SEGMENT)

    (file,) = files(tmp_path)
    folder = file.parent
    assert folder.name == f"p{P:02}"
    assert file.name == "1-0_1-0.jsonl.gz"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert gzip.decompress(file.read_bytes()).count(b"\n") == 2


async def test_the_same_segment_is_the_same_file(tmp_path: Path) -> None:
    archive = FileArchive(tmp_path)
    await archive.keep(SEGMENT)
    (file,) = files(tmp_path)
    before = file.read_bytes()

    await archive.keep(SEGMENT)

    assert [path.read_bytes() for path in files(tmp_path)] == [before]


async def test_what_a_crash_left_half_written_is_not_read(tmp_path: Path) -> None:
    archive = FileArchive(tmp_path)
    await archive.keep(SEGMENT)
    workshop = tmp_path / f"p{P:02}" / "tmpabc"
    workshop.mkdir()
    (workshop / "2-0_2-0.jsonl.gz").write_bytes(b"\x1f\x8b half")

    assert len(await archive.entries(SITE, start=Instant(0.0), end=FOREVER)) == 1


@pytest.mark.parametrize("keep", [0, 30], ids=["emptied", "cut off"])
async def test_a_damaged_file_is_refused_by_name(tmp_path: Path, keep: int) -> None:
    archive = FileArchive(tmp_path)
    await archive.keep(SEGMENT)
    (file,) = files(tmp_path)
    file.write_bytes(file.read_bytes()[:keep])

    with pytest.raises(ArchiveError, match=r"1-0_1-0\.jsonl\.gz"):
        await archive.entries(SITE, start=Instant(0.0), end=FOREVER)


async def test_a_root_that_cannot_be_written_is_refused_at_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")

    with pytest.raises(ArchiveError, match="cannot be written"):
        await FileArchive(tmp_path / "file" / "archive").open()

    await FileArchive(tmp_path / "fine").open()


async def test_a_folder_in_it_that_cannot_be_written_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await FileArchive(tmp_path).keep(SEGMENT)
    theirs = tmp_path / f"p{P:02}"

    def temporary(*, dir: Path) -> object:  # noqa: A002 - as the standard library calls it
        if dir == theirs:
            raise PermissionError(13, "Permission denied")
        return contextlib.nullcontext()

    # To root, as which tests may run, no folder is closed.
    monkeypatch.setattr(tempfile, "TemporaryFile", temporary)

    with pytest.raises(ArchiveError, match=re.escape(f"{theirs} cannot be written")):
        await FileArchive(tmp_path).open()
