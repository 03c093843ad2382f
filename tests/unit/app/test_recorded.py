"""What was recorded is read from store and archive, or from an archive alone, without a trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridbridge.app import NotReadyError
from gridbridge.app.recorded import NotRecordedError, recorded
from gridbridge.config import Loaded, load
from gridbridge.domain.partitions import partition_of
from gridbridge.domain.units import FOREVER, Instant
from gridbridge.engine.replay.recording import Recording, Rules
from gridbridge.engine.replay.sameness import compare
from gridbridge.ports.archive import ArchiveSegment
from gridbridge_redis.archive import FileArchive
from gridbridge_redis.embedded import EmbeddedValkey
from gridbridge_redis.settings import Settings
from gridbridge_redis.store import RedisStore
from tests.unit.engine.replay.runs import TEXT, Run

ALWAYS = Instant(0.0)


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    path = tmp_path / "gridbridge.yaml"
    path.write_text(TEXT, encoding="utf-8")
    found = load(path, {})
    assert isinstance(found, Loaded)
    return found


@pytest.fixture
def run(loaded: Loaded) -> Run:
    it = Run(Rules(site=loaded.sites[0], programs={}, config=loaded.config_hash))
    it.day()
    return it


async def stored(server: EmbeddedValkey, run: Run) -> None:
    """The run lies in the store, under the ids that it gives."""
    store = RedisStore(Settings(url=server.url), instance="gw-1")
    await store.open()
    await store.append(partition_of(run.rules.site.id), [each.recorded for each in run.log])
    await store.close()


async def read(loaded: Loaded, *, since: Instant = ALWAYS, alone: bool = False) -> Recording:
    archive = loaded.gateway.archive if alone else None
    return await recorded(loaded, loaded.sites[0].id, since=since, until=FOREVER, archive=archive)


def facts(found: Recording) -> list[object]:
    return [each.recorded.fact for each in found.entries]


async def test_an_archive_alone_is_enough(loaded: Loaded, run: Run) -> None:
    await FileArchive(loaded.gateway.archive).keep(run.segment())

    found = await read(loaded, alone=True)

    assert found == Recording(start=None, entries=tuple(run.log))
    assert compare(run.rules, found, since=ALWAYS).difference is None
    assert not (loaded.gateway.data_dir / "valkey").exists()


async def test_a_later_part_begins_with_the_state_that_was_archived(
    loaded: Loaded, run: Run
) -> None:
    archive = FileArchive(loaded.gateway.archive)
    first = run.segment()
    await archive.keep(first)
    since, before = run.now, len(run.log)
    run.plugged("CP-2", occupied=False)
    rest = tuple(run.log[before:])
    await archive.keep(ArchiveSegment(log=first.log, entries=rest, checkpoints=()))

    found = await read(loaded, since=since, alone=True)

    assert found == Recording(start=first.checkpoints[0].snapshot, entries=rest)
    assert compare(run.rules, found, since=since).same > 0


@pytest.mark.parametrize("running", [True, False], ids=["a gateway runs", "none runs"])
async def test_the_embedded_store_is_read_whether_a_gateway_runs_on_it_or_not(
    loaded: Loaded, run: Run, *, running: bool
) -> None:
    async with EmbeddedValkey(loaded.gateway.data_dir) as server:
        await stored(server, run)
        found = await read(loaded) if running else None
    if found is None:
        found = await read(loaded)

    assert facts(found) == [each.recorded.fact for each in run.log]


async def test_what_a_crash_left_in_store_and_archive_is_read_once(
    loaded: Loaded, run: Run
) -> None:
    async with EmbeddedValkey(loaded.gateway.data_dir) as server:
        await stored(server, run)
        in_store = await read(loaded)
        part = ArchiveSegment(
            log=partition_of(run.rules.site.id), entries=in_store.entries[:5], checkpoints=()
        )
        await FileArchive(loaded.gateway.archive).keep(part)

        assert await read(loaded) == in_store


async def test_where_no_gateway_ever_ran_there_is_no_store_and_none_is_made(
    loaded: Loaded,
) -> None:
    with pytest.raises(NotRecordedError, match="no gateway ever ran on"):
        await read(loaded)

    assert not loaded.gateway.data_dir.exists()


async def test_a_store_that_does_not_answer_is_told_at_its_key(tmp_path: Path) -> None:
    path = tmp_path / "gridbridge.yaml"
    url = "unix:///nowhere/valkey.sock"
    path.write_text(TEXT.replace("{data_dir: var}", f'{{store: "{url}"}}'), encoding="utf-8")
    found = load(path, {})
    assert isinstance(found, Loaded)

    with pytest.raises(NotReadyError, match=r"gridbridge.yaml:1:\d+: the store cannot be used"):
        await read(found)


async def test_an_archive_that_is_not_there_or_torn_is_told(loaded: Loaded, run: Run) -> None:
    with pytest.raises(NotRecordedError, match="is no folder"):
        await read(loaded, alone=True)

    archive = FileArchive(loaded.gateway.archive)
    await archive.keep(run.segment())
    for file in loaded.gateway.archive.rglob("*.gz"):
        file.write_bytes(b"torn")
    with pytest.raises(NotRecordedError, match="cannot be read"):
        await read(loaded, alone=True)
