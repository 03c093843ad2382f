"""Rounding to steps: down first, then what that left over, and never beyond a limit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridbridge.allocation import Tree, quantise
from tests.unit.allocation.depots import Depot, Floats, depots, nested, table, trees

WIRE = Tree.from_pairs(3, ["wire"], [(0, 0, 1.0), (0, 1, 1.0), (0, 2, 1.0)])


@pytest.mark.parametrize(
    ("cap", "amps", "step", "lower", "expected"),
    [
        pytest.param(40, [13.3, 13.3, 13.3], 1, 0, [14, 13, 13], id="ties by column"),
        pytest.param(40, [12.2, 13.9, 13.9], 1, 0, [12, 14, 14], id="largest loss first"),
        pytest.param(40, [12.2, 12.2, 15.6], [0, 1, 1], 0, [12.2, 12, 15], id="no room for one"),
        pytest.param(40, [12.8, 12.8, 14.4], [0, 2, 2], 0, [12.8, 12, 14], id="steps of two"),
        pytest.param(99, [13.3, 13.3, 13.3], 1, 0, [14, 14, 14], id="room for every step"),
        pytest.param(99, [13.0, 13.0, 13.0], 1, 0, [13, 13, 13], id="nothing lost"),
        pytest.param(99, [15.7, 13.0, 31.8], 1, 0, [16, 13, 31], id="an upper off the steps"),
        pytest.param(99, [7.0, 13.0, 9.0], 10, 7, [7, 10, 10], id="a lower off the steps is kept"),
        pytest.param(48, [15.9999999999, 16, 16], 1, 0, [16, 16, 16], id="noise is no loss"),
        pytest.param(9, [0.3, 0.7, 1.1], 0.1, 0, [0.3, 0.7, 1.1], id="tenths"),
        pytest.param(10, [6.5, 7.0, 9.0], 1, 6.5, [6.5, 7, 9], id="an exceeded row"),
    ],
)
def test_a_share_is_rounded_to_steps(
    cap: float,
    amps: list[float],
    step: float | list[float],
    lower: float,
    expected: list[float],
) -> None:
    rounded = quantise(
        WIRE,
        np.array([[cap]]),
        np.array([amps]),
        np.broadcast_to(step, 3),
        np.full((1, 3), lower),
        np.array([[16.0, 16.0, 31.8]]),
    )

    assert rounded[0].tolist() == pytest.approx(expected, abs=1e-8)


@given(depot=depots(), data=st.data())
@settings(deadline=None, max_examples=120)
def test_rounding_never_exceeds_a_row_a_bound_or_the_share_by_a_step(
    depot: Depot, data: st.DataObject
) -> None:
    amps = depot.share()
    step = table(data.draw, st.sampled_from([0.0, 0.1, 1.0, 2.0, 6.0]), 1, depot.tree.n_evses)[0]

    rounded = quantise(depot.tree, depot.caps, amps, step, depot.lower, depot.upper)

    firm = depot.firm_caps()
    assert (depot.tree.loads(rounded) <= firm + 3e-9 * (1 + np.abs(firm))).all()
    assert (rounded >= depot.lower).all()
    assert (rounded <= depot.upper).all()
    assert (np.abs(rounded - amps) <= step + 1e-9).all()
    on_step = np.abs(rounded - np.rint(rounded / np.where(step, step, 1)) * step) < 1e-6
    bound = (rounded == depot.lower) | (rounded == depot.upper)
    assert (on_step | bound | (step == 0)).all()
    assert (rounded == amps)[:, step == 0].all()


@pytest.mark.parametrize("seed", range(10))
def test_hardly_anything_is_lost(seed: int) -> None:
    depot = nested(150, fans=(8, 5), seed=seed)
    amps = depot.share()

    rounded = quantise(depot.tree, depot.caps, amps, np.ones(150), depot.lower, depot.upper)

    assert rounded.sum() >= 0.995 * amps.sum()


def one_by_one(tree: Tree, caps: Floats, amps: Floats, step: Floats, upper: Floats) -> Floats:
    """The rule as it is written down, for bounds that lie on the steps."""
    given_out = np.where(step > 0, np.floor(amps / np.where(step, step, 1)) * step, amps)
    lost = amps - given_out
    left = caps - tree.loads(given_out)
    for t in range(caps.shape[0]):
        for i in sorted(range(tree.n_evses), key=lambda i: (-lost[t, i], i)):
            mine = tree.column == i
            rows, need = tree.row[mine], tree.coefficient[mine] * step[i]
            fits = (left[t, rows] >= need).all() and given_out[t, i] + step[i] <= upper[t, i]
            if lost[t, i] > 0 and fits:
                given_out[t, i] += step[i]
                left[t, rows] -= need
    return given_out


@given(tree=trees(max_evses=9), data=st.data())
@settings(deadline=None, max_examples=120)
def test_all_at_once_hands_out_what_one_after_the_other_would(
    tree: Tree, data: st.DataObject
) -> None:
    n = tree.n_evses
    quarters = st.integers(0, 128).map(lambda number: number / 4)
    amps = table(data.draw, quarters, 2, n)
    spare = table(data.draw, st.integers(0, 20).map(lambda number: number / 4), 2, tree.n_rows)
    heavy = np.where(tree.loads(np.ones((1, n))) > 50, 230.0, 1.0)
    caps = tree.loads(amps) + spare * heavy
    step = table(data.draw, st.sampled_from([0.0, 0.5, 1.0, 1.0, 2.0]), 1, n)[0]
    upper = np.full((2, n), 32.0)

    rounded = quantise(tree, caps, amps, step, np.zeros((2, n)), upper)

    assert np.array_equal(rounded, one_by_one(tree, caps, amps, step, upper))


def test_a_value_outside_its_bounds_is_moved_to_the_nearer_one() -> None:
    rounded = quantise(
        WIRE,
        np.array([[99.0]]),
        np.array([[4.0, 40.0, 10.5]]),
        np.ones(3),
        np.array([[6.0, 0.0, 0.0]]),
        np.array([[16.0, 16.0, 10.0]]),
    )

    assert rounded.tolist() == [[6.0, 16.0, 10.0]]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        pytest.param({"step": [1.0, -1.0, 1.0]}, r"negative \(column 1\)", id="negative step"),
        pytest.param({"step": [1.0] * 2}, r"step must have shape \[1, 3\]", id="steps"),
        pytest.param({"step": [np.nan] * 3}, "step must be finite", id="no step"),
        pytest.param({"amps": [[np.inf] * 3]}, "amps must be finite", id="endless"),
        pytest.param({"lower": [[20.0] * 3]}, "below lower 20.0", id="crossed bounds"),
        pytest.param({"caps": [[np.nan]]}, "caps must be numbers", id="unknown cap"),
    ],
)
def test_wrong_arguments_are_refused_by_name(changed: dict[str, Any], message: str) -> None:
    asked: dict[str, Any] = {
        "caps": [[40.0]],
        "amps": [[13.3] * 3],
        "step": [1.0] * 3,
        "lower": [[0.0] * 3],
        "upper": [[16.0] * 3],
        **changed,
    }
    arrays = {name: np.array(values) for name, values in asked.items()}

    with pytest.raises(ValueError, match=message):
        quantise(WIRE, **arrays)
