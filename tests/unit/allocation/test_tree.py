"""What a tree refuses, and what it says its rows carry."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from gridbridge.allocation import Tree

# Two cars behind one meter: the first on three phases, the second on L2 alone.
TREE = Tree.from_pairs(
    2,
    ["main/L1", "main/L2", "meter"],
    [(2, 1, 230.0), (0, 0, 1.0), (1, 1, 1.0), (1, 0, 1.0), (2, 0, 690.0)],
)


def test_a_row_carries_the_amperes_of_its_wires_and_a_meter_their_watts() -> None:
    loads = TREE.loads(np.array([[10.0, 6.0], [0.0, 32.0]]))

    assert loads.tolist() == [[10.0, 16.0, 8280.0], [0.0, 32.0, 7360.0]]


def test_a_row_without_evses_carries_nothing() -> None:
    tree = Tree.from_pairs(1, ["unused"], [])

    assert tree.loads(np.array([[16.0]])).tolist() == [[0.0]]


def test_pairs_are_sorted_by_row_then_column_whatever_their_order() -> None:
    assert TREE.row.tolist() == [0, 1, 1, 2, 2]
    assert TREE.column.tolist() == [0, 0, 1, 0, 1]


def test_a_tree_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        TREE.coefficient[0] = 2.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        TREE.n_evses = 3  # type: ignore[misc]  # the point of the test


def test_a_tree_keeps_no_hold_on_the_arrays_it_was_built_from() -> None:
    row = np.array([0])
    tree = Tree(
        n_evses=1,
        row_names=("main",),
        row=row,
        column=np.array([0]),
        coefficient=np.array([1.0]),
    )

    row[0] = 7

    assert tree.row.tolist() == [0]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        pytest.param({"pairs": [(1, 0, 1.0)]}, r"row outside 0\.\.0: 1", id="unknown row"),
        pytest.param({"pairs": [(-1, 0, 1.0)]}, r"row outside 0\.\.0: -1", id="negative row"),
        pytest.param({"pairs": [(0, 2, 1.0)]}, r"column outside 0\.\.1: 2", id="unknown EVSE"),
        pytest.param({"pairs": [(0, 0, 0.0)]}, "not positive and finite: 0.0", id="no load"),
        pytest.param({"pairs": [(0, 0, -1.0)]}, "not positive and finite", id="negative load"),
        pytest.param({"pairs": [(0, 0, np.inf)]}, "not positive and finite", id="infinite load"),
        pytest.param({"pairs": [(0, 0, np.nan)]}, "not positive and finite", id="no number"),
        pytest.param(
            {"pairs": [(0, 1, 1.0), (0, 1, 1.0)]},
            r"\(row 0, column 1\) is given twice",
            id="twice",
        ),
        pytest.param({"row_names": ["a", "b", "a"]}, "'a' is used more than once", id="names"),
        pytest.param({"n_evses": -1}, "n_evses = -1", id="fewer than none"),
    ],
)
def test_a_wrong_tree_is_refused_by_name(changed: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {"n_evses": 2, "row_names": ["main"], "pairs": [], **changed}

    with pytest.raises(ValueError, match=message):
        Tree.from_pairs(**given)


def test_arrays_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="of one length"):
        Tree(
            n_evses=1,
            row_names=("main",),
            row=np.array([0]),
            column=np.array([0, 0]),
            coefficient=np.array([1.0]),
        )


def test_amperes_of_another_width_are_refused() -> None:
    with pytest.raises(ValueError, match=r"amps must have shape \[T, 2\], not \[1, 3\]"):
        TREE.loads(np.zeros((1, 3)))
