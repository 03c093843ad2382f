"""What a site's engine remembers survives its owner."""

from __future__ import annotations

import pytest

from gridbridge.engine.site.engine import SiteEngine
from tests.safety.world import World

SEEDS = range(20)


def restored(engine: SiteEngine) -> SiteEngine:
    return SiteEngine.restored(
        engine.site,
        engine.programs,
        config=engine.config,
        snapshot=engine.snapshot(),
        upto=engine.upto,
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_a_restored_engine_is_snapshotted_to_the_same_bytes(seed: int) -> None:
    world = World(seed)
    world.run(15)

    assert restored(world.engine).snapshot() == world.engine.snapshot()


@pytest.mark.parametrize("seed", SEEDS)
def test_an_engine_restored_in_the_middle_decides_as_if_nothing_had_happened(seed: int) -> None:
    kept, moved = World(seed), World(seed)
    kept.run(10)
    moved.run(10)
    moved.engine = restored(moved.engine)

    kept.run(10)
    moved.run(10)

    assert moved.engine.desired() == kept.engine.desired()
    assert moved.violations == []


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_state_sends_nothing(seed: int) -> None:
    world = World(seed)
    world.begin()
    world.calm_down()

    assert world.engine.decide(world.now) is None
