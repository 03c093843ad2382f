"""How long the share takes: `python tests/bench/allocate.py [--json]`.

Medians of wall-clock time on one core, with the certificate checked after each. The peer solves
one small problem in the same run by successive linear programmes (scipy's HiGHS), one a level.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from statistics import median

import numpy as np

from tests.unit.allocation.depots import Depot, forest, nested
from tests.unit.allocation.successive_lp import successive_lp

FANS = (8, 5, 5)
RIGHT = 1e-5
SAME = 1e-4


def median_ms(work: Callable[[], object], *, rounds: int) -> float:
    """Time `work` after one run that warms it up."""
    work()
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return round(1e3 * median(taken), 3)


def checked_ms(depot: Depot, *, rounds: int) -> float:
    """Time a share and refuse to report one that is wrong."""
    violation = depot.violation(depot.share())
    if violation > RIGHT:
        raise SystemExit(f"the share is wrong by {violation} A")
    return median_ms(depot.share, rounds=rounds)


def day() -> Depot:
    """One site of 10 EVSEs through 24 periods, each with limits of its own."""
    site = nested(10, fans=(5,), seed=1)
    floor, reach = site.tree.loads(site.lower), site.tree.loads(site.upper)
    share = np.linspace(0.2, 1.0, 24)[:, None]
    return Depot(
        tree=site.tree,
        caps=np.minimum(floor + share * (reach - floor), site.caps),
        lower=site.lower.repeat(24, axis=0),
        upper=site.upper.repeat(24, axis=0),
        weight=site.weight.repeat(24, axis=0),
    )


def figures() -> dict[str, float | str]:
    """Run everything once."""
    small = nested(20, fans=(5,), seed=3)
    difference = float(np.abs(small.share() - successive_lp(small)).max())
    if difference > SAME:
        raise SystemExit(f"the peer disagrees by {difference} A")
    ours = median_ms(small.share, rounds=101)
    peer = median_ms(lambda: successive_lp(small), rounds=11)
    return {
        "ms_10k": checked_ms(nested(10_000, fans=FANS, seed=1), rounds=21),
        "ms_100k": checked_ms(nested(100_000, fans=FANS, seed=1), rounds=5),
        "ms_1000x10": checked_ms(forest(1_000, per_site=10, seed=1), rounds=21),
        "ms_10x24": checked_ms(day(), rounds=501),
        "peer": "scipy.optimize.linprog (HiGHS), successive programmes, 20 EVSEs",
        "peer_ms": peer,
        "ours_ms": ours,
        "ratio": round(peer / ours, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    as_json = parser.parse_args().json
    measured = figures()
    if as_json:
        print(json.dumps(measured))
        return
    for name, value in measured.items():
        print(f"{name:<12} {value}")


if __name__ == "__main__":
    main()
