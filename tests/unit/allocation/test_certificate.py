"""The certificate finds every way in which a share can be wrong, and says by how many amperes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridbridge.allocation import Tree, max_min_violation
from tests.unit.allocation.depots import Depot, depots

# One wire of 20 A and a meter of 9.2 kW behind it, two single-phase cars.
TREE = Tree.from_pairs(
    2, ["wire", "meter"], [(0, 0, 1.0), (0, 1, 1.0), (1, 0, 230.0), (1, 1, 230.0)]
)


@pytest.mark.parametrize(
    ("amps", "expected"),
    [
        pytest.param([10.0, 10.0], 0.0, id="right"),
        pytest.param([11.0, 10.0], 1.0, id="an overloaded wire"),
        pytest.param([8.0, 8.0], 4.0, id="power left over"),
        pytest.param([14.0, 6.0], 8.0, id="one has more than the other"),
        pytest.param([20.0, -0.5], 20.5, id="below the lower bound, and behind"),
        pytest.param([np.nan, 10.0], np.inf, id="no number"),
    ],
)
def test_a_violation_is_told_in_amperes(amps: list[float], expected: float) -> None:
    violation = max_min_violation(
        TREE,
        np.array([[20.0, 9200.0]]),
        np.zeros((1, 2)),
        np.full((1, 2), 32.0),
        np.ones((1, 2)),
        np.array([amps]),
    )

    assert violation == pytest.approx(expected)


def test_an_amount_above_the_upper_bound_is_a_violation() -> None:
    violation = max_min_violation(
        TREE,
        np.full((1, 2), np.inf),
        np.zeros((1, 2)),
        np.full((1, 2), 16.0),
        np.ones((1, 2)),
        np.array([[16.0, 18.0]]),
    )

    assert violation == pytest.approx(2.0)


def test_a_row_that_the_minimums_exceed_is_full_with_the_minimums() -> None:
    def violation(amps: list[float]) -> float:
        return max_min_violation(
            TREE,
            np.array([[10.0, np.inf]]),
            np.full((1, 2), 6.0),
            np.full((1, 2), 32.0),
            np.ones((1, 2)),
            np.array([amps]),
        )

    assert violation([6.0, 6.0]) == 0.0
    assert violation([6.0, 7.0]) == pytest.approx(1.0)


def test_nothing_to_share_is_shared_right() -> None:
    none = np.empty((0, 2))

    assert max_min_violation(TREE, none, none, none, none, none) == 0.0


@given(depot=depots(), data=st.data())
@settings(deadline=None, max_examples=100)
def test_an_ampere_moved_never_passes(depot: Depot, data: st.DataObject) -> None:
    """The share is unique: whatever else is tried is infeasible, unfair or wasteful."""
    amps = depot.share()
    column = data.draw(st.integers(0, depot.tree.n_evses - 1))
    amps[0, column] += data.draw(st.sampled_from([-1.0, 1.0]))

    assert depot.violation(amps) > 1e-3
