"""An archive in files: one compressed file of JSON lines for each segment of a log.

    <root>/p07/<first id>_<last id>.jsonl.gz                       of a partition
    <root>/ven-utility-a/<first id>_<last id>.jsonl.gz             of a VEN
        {"v":1,"value":{"content":{"type":"Header", ...}}}         what the file holds, first
        {"v":1,"value":{"content":{"type":"SavedState", ...}}}     a checkpoint
        {"v":1,"value":{"content":{"type":"Entry", ...}}}          a fact or decision

A file comes into being whole, by its rename, and never changes. Several gateways may share a root:
a log has one owner, and what two owners both kept is read once.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import os
import tempfile
import zlib
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from gridbridge.codec import CodecError, decode, encode
from gridbridge.domain.partitions import partition_of
from gridbridge.domain.units import Instant
from gridbridge.ports.archive import ArchiveError, Checkpoint
from gridbridge.ports.store import Entry, Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gridbridge.domain.ids import SiteId, VenName
    from gridbridge.ports.archive import ArchiveSegment


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a file holds, so that most need not be read to their end."""

    log: str
    """As its folder is called."""
    start: Instant
    """The earliest time of a fact."""
    end: Instant
    """The latest."""
    about: tuple[str, ...]
    """The sites, or the VEN."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedState:
    """A checkpoint."""

    of: str
    """The site, or the VEN."""
    taken: Instant
    upto: str
    state: str
    """Base64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a file."""

    content: Header | SavedState | Entry


class FileArchive:
    """An `Archive` under one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def open(self) -> None:
        """Make the folder and check that it can be written; raises ArchiveError."""
        await asyncio.to_thread(self._try_root)

    def _try_root(self) -> None:
        where = self._root
        try:
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Another user's gateway may have made the folder of a log that becomes ours.
            for folder in (self._root, *(path for path in self._root.iterdir() if path.is_dir())):
                where = folder
                with tempfile.TemporaryFile(dir=folder):
                    pass
            _sync(self._root.parent)
        except OSError as error:
            raise ArchiveError(f"{where} cannot be written: {error.strerror}") from None

    async def keep(self, segment: ArchiveSegment) -> None:
        """Write the segment's file; see `Archive`."""
        if not segment.entries:
            raise ValueError("a segment has at least one entry")
        await asyncio.to_thread(self._write, segment)

    async def entries(self, site: SiteId, *, start: Instant, end: Instant) -> list[Entry]:
        """Entries of a site in a range of time; see `Archive`."""
        return await asyncio.to_thread(self._entries, partition_of(site), site, start, end)

    async def entries_ven(self, ven: VenName, *, start: Instant, end: Instant) -> list[Entry]:
        """Entries of a VEN in a range of time."""
        return await asyncio.to_thread(self._entries, ven, ven, start, end)

    async def checkpoint(self, site: SiteId, *, at: Instant) -> Checkpoint | None:
        """Where a replay of that time can begin; see `Archive`."""
        return await asyncio.to_thread(self._checkpoint, partition_of(site), site, at)

    async def checkpoint_ven(self, ven: VenName, *, at: Instant) -> Checkpoint | None:
        """The same for a VEN."""
        return await asyncio.to_thread(self._checkpoint, ven, ven, at)

    def _write(self, segment: ArchiveSegment) -> None:
        folder = self._folder(segment.log)
        first, last = (quote(segment.entries[at].id, safe="") for at in (0, -1))
        path = folder / f"{first}_{last}.jsonl.gz"
        try:
            if not folder.exists():
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                _sync(self._root)
            with tempfile.TemporaryDirectory(dir=folder) as workshop:
                fresh = Path(workshop) / path.name
                _write_whole(fresh, segment)
                fresh.replace(path)
            _sync(folder)
        except OSError as error:
            raise ArchiveError(f"{path} cannot be written: {error.strerror}") from None

    def _entries(
        self, log: int | VenName, of: SiteId | VenName, start: Instant, end: Instant
    ) -> list[Entry]:
        found: dict[str, Entry] = {}
        for header, rest in self._files(log, of):
            if header.start < end and header.end >= start:
                for content in rest:
                    if (
                        isinstance(content, Entry)
                        and start <= content.recorded.at < end
                        and _about(log, content) == of
                    ):
                        found[content.id] = content
        return [found[log_id] for log_id in sorted(found)]

    def _checkpoint(
        self, log: int | VenName, of: SiteId | VenName, at: Instant
    ) -> Checkpoint | None:
        saved = (
            content
            for _header, rest in self._files(log, of)
            # States stand before entries: most of a file is not read.
            for content in takewhile(lambda content: not isinstance(content, Entry), rest)
            if isinstance(content, SavedState) and content.of == of and content.taken <= at
        )
        newest = max(saved, key=lambda state: (state.taken, state.upto), default=None)
        if newest is None:
            return None
        return Checkpoint(
            of=of,
            taken=newest.taken,
            snapshot=Snapshot(upto=newest.upto, state=base64.b64decode(newest.state)),
        )

    def _files(
        self, log: int | VenName, of: SiteId | VenName
    ) -> Iterator[tuple[Header, Iterator[Header | SavedState | Entry]]]:
        """The header and the rest of each file of a log that holds something of a site or VEN."""
        for path in sorted(self._folder(log).glob("*.jsonl.gz")):
            contents = _read(path)
            header = next(contents, None)
            if not isinstance(header, Header):
                raise ArchiveError(f"{path} does not begin with a header")
            if of in header.about:
                yield header, contents

    def _folder(self, log: int | VenName) -> Path:
        return self._root / _named(log)


def _named(log: int | VenName) -> str:
    return f"p{log:02}" if isinstance(log, int) else f"ven-{quote(log, safe='')}"


def _about(log: int | VenName, entry: Entry) -> str | None:
    """The VEN whose log it is, or the site a fact is about."""
    return getattr(entry.recorded.fact, "site", None) if isinstance(log, int) else log


def _lines(segment: ArchiveSegment) -> Iterator[Line]:
    times = [entry.recorded.at for entry in segment.entries]
    about = {
        *(_about(segment.log, entry) for entry in segment.entries),
        *(each.of for each in segment.checkpoints),
    }
    yield Line(
        content=Header(
            log=_named(segment.log),
            start=min(times),
            end=max(times),
            about=tuple(sorted(each for each in about if each)),
        )
    )
    for each in segment.checkpoints:
        state = base64.b64encode(each.snapshot.state).decode()
        yield Line(
            content=SavedState(of=each.of, taken=each.taken, upto=each.snapshot.upto, state=state)
        )
    for entry in segment.entries:
        yield Line(content=entry)


def _read(path: Path) -> Iterator[Header | SavedState | Entry]:
    try:
        with gzip.open(path) as file:
            for line in file:
                yield decode(line, Line).content
    except (OSError, EOFError, zlib.error, CodecError) as error:
        raise ArchiveError(f"{path} cannot be read: {error}") from None


def _write_whole(path: Path, segment: ArchiveSegment) -> None:
    # Without a time stamp, so that the same segment is the same file.
    with (
        path.open("wb") as file,
        gzip.GzipFile(fileobj=file, mode="wb", filename="", mtime=0) as packed,
    ):
        packed.writelines(encode(line) + b"\n" for line in _lines(segment))
    _sync(path)


def _sync(path: Path) -> None:
    """Make a file, or the names in a folder, survive a loss of power."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
