"""What was recorded of a site: in the store and its archive, or in an archive alone.

Nothing is written. An embedded store that no gateway runs on is started for the time that it is
read, so a gateway cannot start on its folder meanwhile.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from gridbridge.app.starting import opening_store
from gridbridge.domain.partitions import partition_of
from gridbridge.domain.units import Instant, Seconds
from gridbridge.engine.replay.recording import Recording
from gridbridge.ports.archive import ArchiveError
from gridbridge.ports.store import START
from gridbridge_redis.archive import FileArchive
from gridbridge_redis.embedded import DataDirInUseError, EmbeddedValkey
from gridbridge_redis.settings import Settings
from gridbridge_redis.store import RedisStore
from gridbridge_redis.url import StoreUrl

if TYPE_CHECKING:
    from pathlib import Path

    from gridbridge.config import Loaded
    from gridbridge.domain.ids import SiteId
    from gridbridge.ports.store import Entry

LATE = Seconds(86_400.0)
"""How late a fact may come to a log: it was kept while the store was away."""


class NotRecordedError(Exception):
    """There is nothing to read; the text says where not."""


async def recorded(
    loaded: Loaded,
    site: SiteId,
    *,
    since: Instant,
    until: Instant,
    archive: Path | None = None,
) -> Recording:
    """The log of a site up to `until`, from the newest state that was archived before `since`.

    Without such a state from the beginning. Where `archive` names a folder, it alone is read.
    Raises NotRecordedError, and NotReadyError where the store cannot be read.
    """
    files = _archive(loaded, archive)
    # The store first: what leaves it meanwhile is in the archive by then.
    in_store = [] if archive is not None else await _in_store(loaded, site)
    try:
        checkpoint = await files.checkpoint(site, at=since)
        begin = Instant(0.0) if checkpoint is None else Instant(checkpoint.taken - LATE)
        archived = await files.entries(site, start=begin, end=Instant(until + LATE))
    except ArchiveError as error:
        raise NotRecordedError(str(error)) from None
    start = None if checkpoint is None else checkpoint.snapshot
    upto = START if start is None else start.upto
    # A crash may have left an entry in both.
    entries = {each.id: each for each in (*archived, *in_store) if each.id > upto}
    return Recording(start=start, entries=tuple(entries[each] for each in sorted(entries)))


def _archive(loaded: Loaded, folder: Path | None) -> FileArchive:
    if folder is None:
        return FileArchive(loaded.gateway.archive)
    if not folder.is_dir():
        raise NotRecordedError(f"{folder} is no folder")
    return FileArchive(folder)


async def _in_store(loaded: Loaded, site: SiteId) -> list[Entry]:
    partition = partition_of(site)
    found: list[Entry] = []
    async with AsyncExitStack() as stack:
        with opening_store(loaded):
            store = RedisStore(Settings(url=await _url(loaded, stack)), instance="replay")
            stack.push_async_callback(store.close)
            after = START
            while page := (await store.read({partition: after}, wait_s=0.0)).get(partition):
                after = page[-1].id
                found += [each for each in page if getattr(each.recorded.fact, "site", "") == site]
    return found


async def _url(loaded: Loaded, stack: AsyncExitStack) -> StoreUrl:
    configured = loaded.gateway.store_url
    if configured is not None:
        return StoreUrl(configured)
    folder = loaded.gateway.data_dir
    if not (folder / "valkey").is_dir():
        raise NotRecordedError(f"no gateway ever ran on {folder}: it has no store")
    server = EmbeddedValkey(folder)
    try:
        await stack.enter_async_context(server)
    except DataDirInUseError:
        # A gateway runs on it: its server is asked.
        return server.url
    return server.url
