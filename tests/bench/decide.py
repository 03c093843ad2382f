"""How long one decision takes: `python tests/bench/decide.py [--json]`.

A site of 10 EVSEs takes an event of 24 intervals: wall-clock time from the fact to the decision,
median over many modifications. The peer solves only the sharing of the same periods in the same
run, one linear programme (scipy's HiGHS) a period.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np
from scipy.optimize import linprog

ROOT = Path(__file__).parents[2]
# Run as a script, the folder of the script is on the path and the checkout is not.
sys.path.insert(0, str(ROOT))

from gridbridge.domain.events import Interval  # noqa: E402 - see above
from gridbridge.domain.ids import EvseRef, StationId  # noqa: E402 - see above
from gridbridge.domain.programs import Basis, LevelRule  # noqa: E402 - see above
from gridbridge.domain.site import (  # noqa: E402 - see above
    Circuit,
    Evse,
    Kind,
    Site,
    Station,
    Wiring,
)
from gridbridge.domain.units import Amperes, Instant  # noqa: E402 - see above
from tests.unit.engine.site import sites  # noqa: E402 - see above

EVSES = 10
PERIODS = 24
ROUNDS = 200


def depot() -> Site:
    """10 stations on two circuits under one main."""
    return replace(
        sites.depot(),
        circuits=(
            Circuit(name="main", parent=None, limit_amps=_wires(200.0)),
            Circuit(name="a", parent="main", limit_amps=_wires(100.0)),
            Circuit(name="b", parent="main", limit_amps=_wires(100.0)),
        ),
        stations=tuple(
            Station(
                id=StationId(f"CP-{number}"),
                circuit="ab"[number % 2],
                evses=(
                    Evse(
                        ref=EvseRef(StationId(f"CP-{number}"), 1),
                        kind=Kind.AC,
                        wiring=Wiring(wires=(0, 1, 2) if number % 3 else (0,)),
                        max_amps=Amperes(32.0),
                        min_amps=Amperes(6.0),
                    ),
                ),
            )
            for number in range(EVSES)
        ),
    )


def _wires(amps: float) -> tuple[Amperes, Amperes, Amperes]:
    return (Amperes(amps), Amperes(amps), Amperes(amps))


class Bench:
    """A depot whose stations obey."""

    def __init__(self) -> None:
        levels = {1: 60e3, 2: 40e3, 3: 25e3}
        simple = {level: LevelRule(basis=Basis.KW, value=watts) for level, watts in levels.items()}
        self.driven = sites.Driven(depot(), replace(sites.peak(), simple=simple))
        for number in range(EVSES):
            self.driven.arrive(number)
        self.driven.run(180.0)

    def decided_ms(self, version: int) -> float:
        """Modify the event; milliseconds from the fact to the decision."""
        driven = self.driven
        start = driven.now + 600.0
        fact = driven.assigned(
            [
                Interval(
                    start=Instant(start + 300.0 * period),
                    end=Instant(start + 300.0 * (period + 1)),
                    value=float((period + version) % 3 + 1),
                )
                for period in range(PERIODS)
            ],
            version=version,
        )
        began = time.perf_counter()
        driven.fact(fact)
        decided = driven.engine.decide(driven.now)
        taken = 1e3 * (time.perf_counter() - began)
        if decided is None or len(decided.changes) != EVSES:
            raise SystemExit("the event changed nothing for some station")
        driven.obey(decided)
        driven.now = Instant(driven.now + 45.0)
        return taken


def peer_ms() -> float:
    """The largest total under the same wires and the meter: one programme a period."""
    rows = np.zeros((9, EVSES))
    for number in range(EVSES):
        wires = (0, 1, 2) if number % 3 else (0,)
        for wire in wires:
            rows[wire, number] = rows[3 * (1 + number % 2) + wire, number] = 1.0
    meter = np.array([230.9 * (3 if number % 3 else 1) for number in range(EVSES)])
    matrix = np.vstack([rows, meter])
    taken = []
    for _ in range(9):
        began = time.perf_counter()
        for period in range(PERIODS):
            caps = [200.0] * 3 + [100.0] * 6 + [25e3 + 15e3 * (period % 3)]
            solved = linprog(-np.ones(EVSES), A_ub=matrix, b_ub=caps, bounds=(0.0, 32.0))
            if solved.status != 0:
                raise SystemExit(solved.message)
        taken.append(1e3 * (time.perf_counter() - began))
    return median(taken)


def figures() -> dict[str, float | str]:
    """Run both."""
    bench = Bench()
    ours = median([bench.decided_ms(version) for version in range(ROUNDS)][10:])
    peer = peer_ms()
    return {
        "evses": EVSES,
        "periods": PERIODS,
        "ms_median": round(ours, 3),
        "peer": "scipy.optimize.linprog (HiGHS), the shares alone, one programme a period",
        "peer_ms": round(peer, 3),
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
