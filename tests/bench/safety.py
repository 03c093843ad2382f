"""Whether any decision raises the worst case: `python tests/bench/safety.py [--json] [--trees N]`.

Random sites with random histories on all cores; each decision is held to an oracle that shares
nothing with the engine. Ends with 1 where a violation was found.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from multiprocessing import get_context

from tests.safety.world import World

STEPS = 8
LONG_STEPS = 30
LONG_EVERY = 20
"""Each so many worlds one has a long history and is then left to calm down."""


def violations_of(seed: int) -> list[str]:
    """Run one world; where its property failed."""
    world = World(seed)
    if seed % 4:
        world.begin()
    if seed % LONG_EVERY:
        world.run(STEPS)
        return [f"world {seed}: {each}" for each in world.violations]
    world.run(LONG_STEPS)
    world.calm_down()
    found = [f"world {seed}: {each}" for each in world.violations]
    return found + [f"world {seed}, calm: {each}" for each in world.excess_when_calm()]


def figures(trees: int) -> dict[str, float]:
    """Run so many worlds; tells of each that fails on standard error."""
    start = time.perf_counter()
    cores = os.cpu_count() or 1
    with get_context("spawn").Pool(cores) as pool:
        found = 0
        for violations in pool.imap_unordered(violations_of, range(trees), chunksize=100):
            found += len(violations)
            for each in violations:
                print(each, file=sys.stderr, flush=True)
    return {
        "trees": trees,
        "violations": found,
        "seconds": round(time.perf_counter() - start, 1),
        "cores": cores,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--trees", type=int, default=100_000, help="how many random sites")
    arguments = parser.parse_args()
    measured = figures(arguments.trees)
    if arguments.json:
        print(json.dumps(measured))
    else:
        for name, value in measured.items():
            print(f"{name:<12} {value}")
    return 1 if measured["violations"] else 0


if __name__ == "__main__":
    sys.exit(main())
