"""Random histories, one after the other or on all cores: what they find."""

from __future__ import annotations

import warnings
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.safety.world import World

WORLDS = 10_000
BATCHES = 20
LONG, OF = 10, 500
"""So many of so many worlds have a long history and are then left to calm down."""


def violations_of(seed: int, *, steps: int, calm: bool) -> list[str]:
    """Run one world; where its property failed."""
    world = World(seed)
    if seed % 4:
        world.begin()
    world.run(steps)
    if calm:
        world.calm_down()
    found = [f"world {seed}: {each}" for each in world.violations]
    if calm:
        found += [f"world {seed}, calm: {each}" for each in world.excess_when_calm()]
    return found


def violations_in(batch: int) -> list[str]:
    """Run one batch of all worlds."""
    found = []
    for seed in range(batch, WORLDS, BATCHES):
        is_long = seed % OF < LONG
        found += violations_of(seed, steps=30 if is_long else 2, calm=is_long)
    return found


def violations_in_all() -> list[str]:
    """Run all worlds, on all cores; a warning is an error there as it is in a test."""
    with ProcessPoolExecutor(
        mp_context=get_context("spawn"), initializer=warnings.simplefilter, initargs=("error",)
    ) as cores:
        return [each for found in cores.map(violations_in, range(BATCHES)) for each in found]
