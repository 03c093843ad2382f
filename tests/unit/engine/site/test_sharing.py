"""What a site is for decides who gets what is left, and neither floors nor minimums."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from gridbridge.allocation.throughput import throughput
from gridbridge.domain.site import VehicleClass
from gridbridge.domain.units import Instant, Watts
from gridbridge.engine.site.sharing import SLACK, fair, shares_of, useful
from gridbridge.engine.site.state import EvseState
from gridbridge.engine.site.targets import order
from gridbridge.engine.site.wires import Wires, tree_at, wires_of
from tests.safety.sites import VOLTS_HIGH, random_site
from tests.unit.engine.site.sites import depot

Amps = NDArray[np.float64]


class Case:
    """A random site with cars at most of its EVSEs, some of which hold what they may."""

    def __init__(self, seed: int, *, floor_w: float = 0.0) -> None:
        dice = random.Random(seed)
        site = replace(
            random_site(dice), classes={"bus": VehicleClass(weight=3.0, floor_w=Watts(floor_w))}
        )
        self.wires = wires_of(site)
        self.shares = shares_of(self.wires, site.classes)
        self.tree = tree_at(self.wires, VOLTS_HIGH)
        n = len(self.wires.evses)
        rng = np.random.default_rng(seed)
        self.among = rng.random(n) < 0.8
        self.held = np.where(self.among, 0.0, rng.choice([0.0, 6.0, 16.0], n))[None]
        self.caps = np.empty((1, self.tree.n_rows))
        self.caps[:, :-1] = self.wires.row_limits(Watts(0.0))
        self.caps[:, -1] = site.import_w
        self.value = rng.uniform(1.0, 5.0, n)

    def shared(self) -> Amps:
        return useful(
            self.tree,
            self.caps,
            self.wires,
            self.shares,
            most=throughput,
            value=self.value,
            held=self.held,
            among=self.among,
            turn=np.lexsort((-self.value, -self.shares.floor_w)),
        )


@given(seed=st.integers(0, 2**32), floor_w=st.sampled_from([0.0, 3e3]))
@settings(deadline=None, max_examples=150)
def test_limits_minimums_and_what_others_hold_stand(seed: int, floor_w: float) -> None:
    case = Case(seed, floor_w=floor_w)

    got = case.shared()

    over = case.tree.loads(got) - np.maximum(case.caps, case.tree.loads(case.held))
    assert (over <= 1e-6 * (1.0 + case.caps)).all()
    cars = got[0, case.among]
    least, full = (each[case.among] for each in (case.wires.min_amps, case.wires.max_amps))
    assert ((cars == 0.0) | (cars >= least - SLACK)).all()
    assert (cars <= full + SLACK).all()
    assert np.array_equal(got[0, ~case.among], case.held[0, ~case.among])


@given(seed=st.integers(0, 2**32))
@settings(deadline=None, max_examples=100)
def test_whoever_has_a_floor_in_the_fair_share_has_it_here(seed: int) -> None:
    case = Case(seed, floor_w=3e3)
    turn = np.lexsort((-case.value, -case.shares.floor_w))

    fairly = fair(
        case.tree,
        case.caps,
        case.wires,
        case.shares,
        held=case.held,
        among=case.among,
        turn=turn,
    )

    floored = case.among & (case.shares.floor_w > 0)
    kept = floored & (fairly[0] >= case.shares.floor_amps)
    assert (case.shared()[0, kept] >= case.shares.floor_amps[kept] - SLACK).all()


def exact(case: Case) -> float:
    """The most value that minimums or nothing allow, by a mixed-integer programme."""
    n = case.tree.n_evses
    rows = np.zeros((case.tree.n_rows, n))
    rows[case.tree.row, case.tree.column] = case.tree.coefficient
    room = np.maximum(case.caps - case.tree.loads(case.held), 0.0)[0]
    eye, most = np.eye(n), np.where(case.among, case.wires.max_amps, 0.0)
    least = np.where(case.among, case.wires.min_amps, 0.0)
    limits = [
        LinearConstraint(np.hstack([rows, np.zeros_like(rows)]), ub=room),
        LinearConstraint(np.hstack([eye, -np.diag(most)]), ub=np.zeros(n)),
        LinearConstraint(np.hstack([eye, -np.diag(least)]), lb=np.zeros(n)),
    ]
    solved = milp(
        c=np.concatenate([-case.value, np.zeros(n)]),
        constraints=limits,
        integrality=np.repeat([0, 1], n),
        bounds=Bounds(0.0, np.concatenate([most, np.ones(n)])),
    )
    assert solved.success, solved.message
    return -float(solved.fun)


def test_minimums_by_turn_come_close_to_the_best_there_is() -> None:
    """Greedy where the best choice is a matter of trying all; seldom is much lost by it."""
    reached = []
    for seed in range(150):
        case = Case(seed)
        best = exact(case)
        if best > 0.0:
            reached.append(float(case.value @ (case.shared() - case.held)[0]) / best)

    assert np.mean(reached) > 0.98
    assert min(reached) > 0.7


# --- tables ------------------------------------------------------------------------------------


def share(
    main_amps: float, value: list[float], *, floor: bool = False, least: float = 6.0
) -> list[float]:
    """Three three-phase cars of 6 to 32 A on one breaker; the first may have a floor of 16 A."""
    site = depot(stations=3, main_amps=main_amps)
    wires: Wires = replace(wires_of(site), min_amps=np.full(3, least))
    shares = shares_of(wires, {})
    if floor:
        amps = np.array([16.0, 0.0, 0.0])
        shares = replace(shares, floor_w=700.0 * amps, floor_amps=amps)
    tree = tree_at(wires, 230.0)
    caps = np.full((1, tree.n_rows), main_amps)
    caps[:, -1] = 1e6
    got = useful(
        tree,
        caps,
        wires,
        shares,
        most=throughput,
        value=np.array(value),
        held=np.zeros((1, 3)),
        among=np.ones(3, dtype=np.bool_),
        turn=np.lexsort((-np.array(value), -shares.floor_w)),
    )
    return [round(amps, 6) for amps in got[0].tolist()]


@pytest.mark.parametrize(
    ("main_amps", "value", "floor", "expected"),
    [
        pytest.param(96, [1, 1, 1], False, [32, 32, 32], id="enough for all"),
        pytest.param(70, [1, 2, 3], False, [6, 32, 32], id="the last gets what is left"),
        pytest.param(68, [1, 2, 3], False, [6, 30, 32], id="or its minimum, by the next to it"),
        pytest.param(64, [1, 2, 3], False, [0, 32, 32], id="who gets nothing has no minimum"),
        pytest.param(44, [1, 2, 3], False, [0, 12, 32], id="power for one and a bit"),
        pytest.param(35, [1, 2, 3], False, [0, 6, 29], id="a bit is as much as a minimum"),
        pytest.param(6, [1, 2, 3], False, [0, 0, 6], id="a minimum for one"),
        pytest.param(5, [1, 2, 3], False, [0, 0, 0], id="less than a minimum"),
        pytest.param(48, [1, 2, 3], True, [16, 0, 32], id="a floor comes first"),
        pytest.param(12, [1, 2, 3], True, [6, 0, 6], id="a floor that does not fit: a minimum"),
    ],
)
def test_who_gets_what(
    main_amps: float, value: list[float], expected: list[float], *, floor: bool
) -> None:
    assert share(main_amps, value, floor=floor) == expected


def test_whoever_has_a_floor_gets_more_where_there_is_more() -> None:
    """Also where everybody has one, so that nobody is left to be admitted."""
    site = depot(stations=2, main_amps=50.0)
    wires = wires_of(site)
    floors = np.full(2, 8.0)
    shares = replace(shares_of(wires, {}), floor_w=700.0 * floors, floor_amps=floors)
    tree = tree_at(wires, 230.0)
    caps = np.full((1, tree.n_rows), 50.0)
    caps[:, -1] = 1e6

    got = useful(
        tree,
        caps,
        wires,
        shares,
        most=throughput,
        value=np.array([1.0, 2.0]),
        held=np.zeros((1, 2)),
        among=np.ones(2, dtype=np.bool_),
        turn=np.array([1, 0]),
    )

    assert got[0] == pytest.approx([18.0, 32.0])


def test_a_car_that_runs_on_any_current_is_admitted_to_what_is_left() -> None:
    assert share(40, [1, 2, 3], least=0.0) == [0, 8, 32]


def test_value_comes_before_who_came_first_only_where_it_is_shared_by() -> None:
    cars = [EvseState(occupied_since=Instant(1000.0 + came)) for came in range(3)]
    none = np.zeros(3)

    assert order(cars, none).tolist() == [0, 1, 2]
    assert order(cars, none, np.array([1.0, 3.0, 2.0])).tolist() == [1, 2, 0]
