"""What meters told is written down once, by whoever owns the site, whatever happens between."""

from __future__ import annotations

import pytest

from gridbridge.domain.facts import Metered, Reading, Recorded
from gridbridge.domain.history import EnergyBucket, Every
from gridbridge.domain.ids import SiteId
from gridbridge.domain.units import FOREVER, Instant, Seconds, WattHours
from gridbridge.ports.store import START, Snapshot, StoreDownError
from gridbridge.runtime.history import IDLE, HistoryWriter
from gridbridge.testing import MemoryBackend, MemoryStore, VirtualClock
from tests.contract.samples import SITE, STATION, P

NINE = Instant(1_800_003_600.0)


class CrashingStore(MemoryStore):
    """Keeps what it was given, and never says so."""

    crashes = False

    async def keep_history(self, *args: object, **words: object) -> None:
        await super().keep_history(*args, **words)  # type: ignore[arg-type]  # likewise
        if self.crashes:
            raise StoreDownError("no answer")


class World:
    """A site with one meter, and instances that may own it."""

    def __init__(self) -> None:
        self.clock = VirtualClock(NINE)
        self.backend = MemoryBackend(self.clock)
        self.store = CrashingStore(self.backend, "gw-1")
        self.seq = 0
        self.fences: dict[int, int] = {}
        self.writer = self.new_writer(self.store)

    def new_writer(self, store: MemoryStore) -> HistoryWriter:
        return HistoryWriter([SITE], store=store, clock=self.clock, owned=lambda: self.fences)

    async def own(self, store: MemoryStore | None = None) -> None:
        fence = await (store or self.store).acquire(P)
        assert fence is not None
        self.fences = {P: fence}

    async def meter(self, at: float, energy: float, *, site: SiteId = SITE) -> None:
        """The register at that time after nine, stored now."""
        reading = Reading(
            station=STATION,
            epoch=1,
            evse=1,
            taken=Instant(NINE + at),
            energy=WattHours(energy),
        )
        self.seq += 1
        fact = Metered(site=site, readings=(reading,))
        await self.store.append(
            P, [Recorded(at=self.clock.now(), writer="gw-1", seq=self.seq, fact=fact)]
        )

    async def until(self, after_nine: float) -> None:
        await self.clock.advance(Seconds(NINE + after_nine - self.clock.now()))
        await self.own()

    async def buckets(self, every: Every = Every.MINUTE) -> list[EnergyBucket]:
        return await self.store.history(SITE, every=every, start=Instant(0.0), end=FOREVER)

    async def rows(self, every: Every = Every.MINUTE) -> list[tuple[float, float, float]]:
        """(start after nine, Wh, seconds covered)."""
        return [
            (each.start - NINE, each.imported, each.covered) for each in await self.buckets(every)
        ]


@pytest.fixture
async def world() -> World:
    world = World()
    await world.own()
    return world


async def test_minutes_and_quarters_hold_what_the_register_turned(world: World) -> None:
    await world.meter(0, 1_000)
    await world.until(90)
    await world.meter(90, 1_090)

    await world.writer.once()

    assert await world.rows() == [(0, 60, 60), (60, 30, 30)]
    assert await world.rows(Every.QUARTER) == [(0, 90, 90)]


async def test_a_bucket_grows_with_each_round(world: World) -> None:
    for at in (0, 40, 80, 120):
        await world.until(at)
        await world.meter(at, at)
        await world.writer.once()

    assert await world.rows() == [(0, 60, 60), (60, 60, 60)]
    assert await world.rows(Every.QUARTER) == [(0, 120, 120)]


async def test_what_comes_late_is_added_where_it_belongs(world: World) -> None:
    await world.meter(0, 0)
    await world.until(60)
    await world.meter(60, 60)
    await world.until(3_600)
    await world.writer.once()

    await world.meter(120, 180)
    await world.writer.once()

    assert await world.rows() == [(0, 60, 60), (60, 120, 60)]


async def test_another_owner_goes_on_where_the_last_one_was(world: World) -> None:
    await world.meter(0, 0)
    await world.until(60)
    await world.meter(60, 60)
    await world.writer.once()
    await world.store.let_go(P)
    other = MemoryStore(world.backend, "gw-2")
    await world.own(other)

    await world.clock.advance(Seconds(60.0))
    await world.meter(120, 150)
    await other.acquire(P)
    await world.own(other)
    await world.new_writer(other).once()

    assert await world.rows() == [(0, 60, 60), (60, 90, 60)]


async def test_a_write_that_was_not_answered_counts_once(world: World) -> None:
    await world.meter(0, 0)
    await world.until(60)
    await world.meter(60, 60)
    world.store.crashes = True
    with pytest.raises(StoreDownError):
        await world.writer.once()

    world.store.crashes = False
    await world.writer.once()

    assert await world.rows() == [(0, 60, 60)]


async def test_a_fenced_off_owner_writes_nothing(world: World) -> None:
    await world.meter(0, 0)
    await world.until(60)
    await world.meter(60, 60)
    world.fences = {P: world.fences[P] + 1}

    await world.writer.once()

    assert await world.buckets() == []
    assert await world.store.history_reached(SITE) is None


async def test_a_clock_that_runs_ahead_makes_no_future(world: World) -> None:
    await world.meter(0, 0)
    await world.until(60)
    await world.meter(7_200, 60)

    await world.writer.once()

    assert await world.rows() == [(0, 60, 60)]


async def test_what_is_too_old_to_be_kept_is_passed_over(world: World) -> None:
    await world.meter(-3 * 86_400, 0)
    await world.meter(-3 * 86_400 + 60, 60)

    await world.writer.once()

    assert await world.buckets() == []


async def test_readings_of_a_site_that_is_not_configured_are_passed_over(world: World) -> None:
    gone = SiteId("gone")
    await world.meter(0, 0, site=gone)
    await world.meter(60, 60, site=gone)

    await world.writer.once()

    assert await world.buckets() == []


async def test_an_idle_site_leaves_little_to_read_to_the_next_owner(world: World) -> None:
    await world.meter(0, 0)
    await world.until(IDLE)
    await world.meter(0, 0, site=SiteId("busy"))

    await world.writer.once()

    newest = (await world.store.read({P: START}, wait_s=0))[P][-1].id
    reached = await world.store.history_reached(SITE)
    assert reached is not None
    assert reached.upto == newest


async def test_one_site_is_written_once_a_round(world: World) -> None:
    written: list[Snapshot] = []

    class CountingStore(MemoryStore):
        async def keep_history(self, *args: object, **words: object) -> None:
            written.append(words["reached"])  # type: ignore[arg-type]  # as the port says
            await super().keep_history(*args, **words)  # type: ignore[arg-type]  # likewise

    writer = world.new_writer(CountingStore(world.backend, "gw-1"))
    for at in range(0, 600, 10):
        await world.meter(at, at)
    await world.until(600)

    await writer.once()
    await writer.once()

    assert len(written) == 1
