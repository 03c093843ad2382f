"""Who gets how much, in examples a person can check, and what is never broken."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridbridge.allocation import Tree, allocate
from tests.unit.allocation.depots import Depot, depots, forest, nested, one_period, permuted

# A main of three wires; A on L1, B on L2, C on all three; A and C also share a feed.
WIRES = Tree.from_pairs(
    3,
    ["L1", "L2", "L3", "feed"],
    [
        (0, 0, 1.0),
        (0, 2, 1.0),
        (1, 1, 1.0),
        (1, 2, 1.0),
        (2, 2, 1.0),
        (3, 0, 1.0),
        (3, 2, 1.0),
    ],
)
FREE = np.inf


@pytest.mark.parametrize(
    ("caps", "lower", "upper", "weight", "expected"),
    [
        pytest.param(
            [FREE] * 4,
            [6, 6, 6],
            [32, 16, 32],
            [1, 1, 1],
            [32, 16, 32],
            id="no limit, all get all",
        ),
        pytest.param(
            [20, 99, 99, 99],
            [0, 0, 0],
            [32, 16, 32],
            [1, 1, 1],
            [10, 16, 10],
            id="a wire is halved",
        ),
        pytest.param(
            [20, 99, 99, 99], [0, 0, 0], [4, 32, 32], [1, 1, 1], [4, 32, 16], id="the rest goes on"
        ),
        pytest.param(
            [30, 99, 99, 99],
            [0, 0, 0],
            [32, 32, 32],
            [1, 1, 2],
            [10, 32, 20],
            id="twice the weight, twice the share",
        ),
        pytest.param(
            [24, 99, 99, 99],
            [6, 0, 0],
            [32, 32, 32],
            [1, 1, 1],
            [15, 32, 9],
            id="equal is what lies above the minimum",
        ),
        pytest.param(
            [40, 30, 40, 12],
            [0, 0, 0],
            [32, 32, 32],
            [1, 1, 1],
            [6, 24, 6],
            id="the feed binds two, the wire gives the third the rest",
        ),
        pytest.param(
            [10, 32, 32, 99],
            [6, 6, 6],
            [32, 32, 32],
            [1, 1, 1],
            [6, 26, 6],
            id="minimums above a cap: nobody is raised there, others go on",
        ),
        pytest.param(
            [-5, -5, -5, -5], [0, 0, 0], [9, 9, 9], [1, 1, 1], [0, 0, 0], id="less than nothing"
        ),
        pytest.param(
            [24, 32, 32, 99],
            [16, 0, 0],
            [16, 32, 32],
            [1, 1, 1],
            [16, 24, 8],
            id="lower equal to upper is fixed",
        ),
        pytest.param(
            [10, 99, 99, 99],
            [-10, 0, 0],
            [-10, 32, 32],
            [1, 1, 1],
            [-10, 32, 20],
            id="what one exports another may use",
        ),
    ],
)
def test_each_wire_is_shared_fairly(
    caps: list[float],
    lower: list[float],
    upper: list[float],
    weight: list[float],
    expected: list[float],
) -> None:
    amps = allocate(
        WIRES, np.array([caps]), np.array([lower]), np.array([upper]), np.array([weight])
    )

    assert amps[0].tolist() == pytest.approx(expected, abs=1e-9)


def test_a_meter_in_watts_counts_every_phase_of_a_car() -> None:
    tree = Tree.from_pairs(2, ["meter"], [(0, 0, 230.0), (0, 1, 690.0)])

    amps = allocate(
        tree,
        np.array([[9200.0]]),
        np.zeros((1, 2)),
        np.full((1, 2), 32.0),
        np.ones((1, 2)),
    )

    assert amps[0].tolist() == pytest.approx([10.0, 10.0])


def test_each_period_has_its_own_caps_bounds_and_weights() -> None:
    tree = Tree.from_pairs(2, ["main"], [(0, 0, 1.0), (0, 1, 1.0)])

    amps = allocate(
        tree,
        np.array([[20.0], [20.0], [0.0], [64.0]]),
        np.zeros((4, 2)),
        np.array([[32.0, 32.0], [32.0, 32.0], [32.0, 32.0], [16.0, 32.0]]),
        np.array([[1.0, 1.0], [1.0, 3.0], [1.0, 1.0], [1.0, 1.0]]),
    )

    assert amps.tolist() == [[10.0, 10.0], [5.0, 15.0], [0.0, 0.0], [16.0, 32.0]]


@given(depot=depots())
@settings(deadline=None, max_examples=120)
def test_no_row_and_no_bound_is_ever_exceeded(depot: Depot) -> None:
    amps = depot.share()

    firm = depot.firm_caps()
    assert (depot.tree.loads(amps) <= firm + 1e-9 * (1 + np.abs(firm))).all()
    assert (amps >= depot.lower).all()
    assert (amps <= depot.upper).all()


@given(depot=depots())
@settings(deadline=None, max_examples=120)
def test_nobody_is_raised_in_a_row_that_the_minimums_exceed(depot: Depot) -> None:
    amps = depot.share()

    period, row = (depot.tree.loads(depot.lower) > depot.caps + 1e-6).nonzero()
    for t, c in zip(period, row, strict=True):
        members = depot.tree.column[depot.tree.row == c]
        assert (amps[t, members] == depot.lower[t, members]).all()


@given(depot=depots())
@settings(deadline=None, max_examples=100)
def test_a_period_has_the_same_share_alone_as_among_others(depot: Depot) -> None:
    together = depot.share()

    alone = [one_period(depot, t).share() for t in range(depot.caps.shape[0])]
    assert np.array_equal(together, np.concatenate(alone))


def test_many_large_periods_are_shared_as_each_alone() -> None:
    depot = nested(20_000, fans=(8, 5, 5), seed=4, periods=6)

    together = depot.share()

    alone = [one_period(depot, t).share() for t in range(6)]
    assert np.array_equal(together, np.concatenate(alone))


def test_periods_that_repeat_get_the_same_share() -> None:
    depot = nested(30, fans=(5,), seed=1)
    four = {
        name: np.repeat(getattr(depot, name), 4, axis=0)
        for name in ("caps", "lower", "upper", "weight")
    }

    assert np.array_equal(Depot(tree=depot.tree, **four).share(), depot.share().repeat(4, axis=0))


@given(depot=depots(), data=st.data())
@settings(deadline=None, max_examples=100)
def test_the_order_of_evses_does_not_matter(depot: Depot, data: st.DataObject) -> None:
    order = np.array(data.draw(st.permutations(range(depot.tree.n_evses))), dtype=np.intp)

    amps = permuted(depot, order).share()

    assert amps == pytest.approx(depot.share()[:, order], abs=1e-8)


def test_arguments_are_left_as_they_were() -> None:
    depot = forest(5, per_site=4, seed=2)
    before = [depot.caps.copy(), depot.lower.copy(), depot.upper.copy(), depot.weight.copy()]

    amps = depot.share()
    amps += 1.0

    after = [depot.caps, depot.lower, depot.upper, depot.weight]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("periods", [0, 2])
@pytest.mark.parametrize("n_evses", [0, 1])
def test_no_periods_no_evses_or_no_rows_are_no_special_case(periods: int, n_evses: int) -> None:
    shape = (periods, n_evses)

    amps = allocate(
        Tree.from_pairs(n_evses, [], []),
        np.empty((periods, 0)),
        np.zeros(shape),
        np.full(shape, 16.0),
        np.ones(shape),
    )

    assert amps.tolist() == np.full(shape, 16.0).tolist()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        pytest.param({"caps": [[1.0]]}, r"caps must have shape \[T, 4\], not \[1, 1\]", id="rows"),
        pytest.param({"caps": [1.0] * 4}, r"caps must have shape \[T, 4\], not \[4\]", id="flat"),
        pytest.param(
            {"upper": [[9.0] * 3] * 2},
            r"upper must have shape \[1, 3\], not \[2, 3\]",
            id="periods differ",
        ),
        pytest.param({"weight": [[1.0] * 2]}, r"weight must have shape \[1, 3\]", id="weights"),
        pytest.param(
            {"caps": [[1.0, np.nan, 1.0, 1.0]]}, r"not nan \(period 0, row 1\)", id="unknown cap"
        ),
        pytest.param({"caps": [[1.0, 1.0, 1.0, -np.inf]]}, "not -inf", id="cap below all"),
        pytest.param(
            {"lower": [[6.0, 6.0, 10.0]]},
            r"upper 9.0 is below lower 10.0 \(period 0, column 2\)",
            id="crossed bounds",
        ),
        pytest.param(
            {"upper": [[9.0, np.inf, 9.0]]},
            r"upper must be finite, not inf \(period 0, column 1\)",
            id="no upper",
        ),
        pytest.param({"lower": [[np.nan] * 3]}, "lower must be finite, not nan", id="no lower"),
        pytest.param(
            {"weight": [[1.0, 0.0, 1.0]]},
            r"weight must be positive, not 0.0 \(period 0, column 1\)",
            id="no weight",
        ),
        pytest.param({"weight": [[np.inf] * 3]}, "weight must be finite", id="infinite weight"),
    ],
)
def test_wrong_arguments_are_refused_by_name(changed: dict[str, Any], message: str) -> None:
    asked = {
        "caps": [[20.0] * 4],
        "lower": [[0.0] * 3],
        "upper": [[9.0] * 3],
        "weight": [[1.0] * 3],
    }
    arrays = {name: np.array(values) for name, values in (asked | changed).items()}

    with pytest.raises(ValueError, match=message):
        allocate(WIRES, **arrays)
