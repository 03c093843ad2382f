"""Who is admitted to the minimum: in order, while there is room, and as many as can be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from gridbridge.allocation import Tree, admit
from tests.unit.allocation.depots import Bools, Floats, nested, table, trees

# A main wire over two feeds: A and B on the first, C and D on the second.
FEEDS = Tree.from_pairs(
    4,
    ["main", "feed-1", "feed-2"],
    [
        *[(0, column, 1.0) for column in range(4)],
        (1, 0, 1.0),
        (1, 1, 1.0),
        (2, 2, 1.0),
        (2, 3, 1.0),
    ],
)
A, B, C, D = range(4)


@pytest.mark.parametrize(
    ("caps", "order", "held", "admitted"),
    [
        pytest.param([24, 12, 12], [A, B, C, D], [0, 0, 0, 0], "ABCD", id="room for all, exactly"),
        pytest.param([17, 12, 12], [A, B, C, D], [0, 0, 0, 0], "AB", id="first come"),
        pytest.param([17, 12, 12], [D, A, C, B], [0, 0, 0, 0], "AD", id="the order decides"),
        pytest.param([18, 7, 12], [A, B, C, D], [0, 0, 0, 0], "ACD", id="a full feed stops one"),
        pytest.param([18, 12, 5], [C, D, B, A], [0, 0, 0, 0], "AB", id="a feed too small"),
        pytest.param([24, 12, 12], [A, B, C, D], [0, 0, 0, 7], "ABD", id="what is held counts"),
        pytest.param(
            [24, 12, 12], [A, B, C, D], [10, 0, 0, 0], "ACD", id="held beyond the minimum"
        ),
        pytest.param([24, 12, 12], [A, B, C, D], [4, 0, 0, 0], "ABCD", id="held counts once"),
        pytest.param([24, 9, 12], [A, B, C, D], [10, 0, 0, 0], "CD", id="held above the cap"),
        pytest.param([-1, 12, 12], [A, B, C, D], [0, 0, 0, 0], "", id="no room at all"),
        pytest.param([np.inf] * 3, [A, B, C, D], [9, 9, 9, 9], "ABCD", id="no limits"),
    ],
)
def test_minimums_are_given_in_order_while_there_is_room(
    caps: list[float], order: list[int], held: list[float], admitted: str
) -> None:
    who = admit(
        FEEDS,
        np.array([caps], dtype=np.float64),
        np.full(4, 6.0),
        np.ones((1, 4), dtype=np.bool_),
        np.array(order),
        np.array([held], dtype=np.float64),
    )

    assert "".join("ABCD"[column] for column in who[0].nonzero()[0]) == admitted


def test_who_does_not_ask_takes_no_room() -> None:
    who = admit(
        FEEDS,
        np.array([[12.0, 12.0, 12.0]]),
        np.full(4, 6.0),
        np.array([[False, True, False, True]]),
        np.arange(4),
    )

    assert who.tolist() == [[False, True, False, True]]


def test_each_period_has_its_own_candidates_minimums_and_caps() -> None:
    who = admit(
        FEEDS,
        np.array([[6.0, 99.0, 99.0], [6.0, 99.0, 99.0], [30.0, 99.0, 99.0]]),
        np.array([[6.0] * 4, [6.0] * 4, [16.0] * 4]),
        np.array([[True] * 4, [False, True, True, True], [True] * 4]),
        np.arange(4),
    )

    assert who.nonzero()[1].tolist() == [A, B, A]


def one_by_one(
    tree: Tree, caps: Floats, minimum: Floats, asking: Bools, order: list[int], held: Floats
) -> Bools:
    """The rule as it is written down: one car after the other."""
    admitted = np.zeros(asking.shape, dtype=np.bool_)
    left = caps - tree.loads(held)
    for t in range(caps.shape[0]):
        for i in order:
            mine = tree.column == i
            rows = tree.row[mine]
            need = tree.coefficient[mine] * max(minimum[t, i] - held[t, i], 0.0)
            if asking[t, i] and (left[t, rows] >= need).all():
                admitted[t, i] = True
                left[t, rows] -= need
    return admitted


@given(tree=trees(max_evses=10), data=st.data())
@settings(deadline=None, max_examples=100)
def test_all_at_once_admits_whom_one_after_the_other_would(
    tree: Tree, data: st.DataObject
) -> None:
    n = tree.n_evses
    caps = table(data.draw, st.integers(-5, 60).map(float), 2, tree.n_rows)
    caps *= np.where(tree.loads(np.ones((1, n))) > 50, 230.0, 1.0)
    minimum = table(data.draw, st.sampled_from([6.0, 6.0, 8.0, 0.0, 16.0]), 2, n)
    held = table(data.draw, st.sampled_from([0.0, 0.0, 4.0, 16.0]), 2, n)
    asking = table(data.draw, st.sampled_from([1.0, 1.0, 0.0]), 2, n) > 0
    order = data.draw(st.permutations(range(n)))

    who = admit(tree, caps, minimum, asking, np.array(order), held)

    assert np.array_equal(who, one_by_one(tree, caps, minimum, asking, order, held))


@pytest.mark.parametrize("seed", range(12))
def test_one_minimum_on_nested_circuits_admits_as_many_as_can_be(seed: int) -> None:
    depot = nested(60, fans=(6, 5), seed=seed, phases=False)
    tree, rng = depot.tree, np.random.default_rng(seed)
    caps = tree.loads(np.full((1, 60), 6.0)) * rng.uniform(0.3, 1.1, (1, tree.n_rows))
    dense = np.zeros((tree.n_rows, 60))
    dense[tree.row, tree.column] = 6.0 * tree.coefficient
    best = milp(
        c=-np.ones(60),
        constraints=LinearConstraint(dense, ub=caps[0]),
        integrality=np.ones(60),
        bounds=Bounds(0, 1),
    )

    who = admit(tree, caps, np.full(60, 6.0), np.ones((1, 60), np.bool_), rng.permutation(60))

    assert who.sum() == round(-best.fun)


@given(tree=trees(), data=st.data())
@settings(deadline=None, max_examples=100)
def test_the_admitted_never_exceed_a_row(tree: Tree, data: st.DataObject) -> None:
    caps = table(data.draw, st.floats(-10, 5_000), 2, tree.n_rows)
    minimum = table(data.draw, st.floats(0, 32), 2, tree.n_evses)
    held = table(data.draw, st.sampled_from([0.0, 3.3, 20.0]), 2, tree.n_evses)
    order = np.array(data.draw(st.permutations(range(tree.n_evses))))

    who = admit(tree, caps, minimum, np.ones(held.shape, np.bool_), order, held)

    carried = tree.loads(np.where(who, np.maximum(minimum, held), held))
    bound = np.maximum(caps, tree.loads(held))
    assert (carried <= bound + 2e-9 * (1 + np.abs(bound))).all()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        pytest.param({"minimum": [6.0] * 3}, r"minimum must have shape \[1, 4\]", id="minimum"),
        pytest.param({"minimum": [-6.0] * 4}, "minimum must not be negative", id="negative"),
        pytest.param({"minimum": [np.nan] * 4}, "minimum must be finite", id="no number"),
        pytest.param({"held": [[np.inf] * 4]}, "held must be finite", id="endless"),
        pytest.param(
            {"candidates": [[True] * 3]},
            r"booleans of shape \[1, 4\], not bool of \[1, 3\]",
            id="few",
        ),
        pytest.param({"candidates": [[1.0] * 4]}, "not float64", id="numbers for booleans"),
        pytest.param({"order": [0, 1, 2, 2]}, "each of the 4 columns once", id="twice in order"),
        pytest.param({"order": [0, 1, 2, 4]}, "each of the 4 columns once", id="unknown column"),
        pytest.param({"order": [0, 1, 2]}, "each of the 4 columns once", id="one left out"),
        pytest.param({"order": [0.0, 1.0, 2.0, 3.0]}, "each of the 4 columns once", id="floats"),
    ],
)
def test_wrong_arguments_are_refused_by_name(changed: dict[str, Any], message: str) -> None:
    asked: dict[str, Any] = {
        "caps": [[24.0, 12.0, 12.0]],
        "minimum": [6.0] * 4,
        "candidates": [[True] * 4],
        "order": [0, 1, 2, 3],
        **changed,
    }
    arrays = {name: np.array(values) for name, values in asked.items()}

    with pytest.raises(ValueError, match=message):
        admit(FEEDS, **arrays)
