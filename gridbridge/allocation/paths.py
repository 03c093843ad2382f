"""Every period's copy of the tree laid side by side, so that one array operation serves them all.

Period `t` has its own rows, numbered from `t * (n_rows + 1)`; the last of each period is the row
without limit that fills up short paths. Rows of different periods share nothing, and sums over a
row run in one fixed order, so a period gets the same result to the last bit whether it is
computed alone or with others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gridbridge.allocation.arguments import Bools, Floats, Indices
    from gridbridge.allocation.tree import Tree

# About 100 MB of working memory.
_PAIRS_AT_ONCE = 1_000_000


def periods_at_once(tree: Tree) -> int:
    """Say how many periods may be laid side by side before memory, not speed, decides."""
    return max(1, _PAIRS_AT_ONCE // max(1, tree.path_row.size))


def first_of_equals(*asked: Floats) -> Bools:
    """Mark the periods that ask for something else than the period before."""
    everything = np.concatenate(asked, axis=1)
    new = np.ones(everything.shape[0], dtype=np.bool_)
    np.logical_or.reduce(everything[1:] != everything[:-1], axis=1, out=new[1:])
    return new


def rows_above(tree: Tree, periods: int) -> Indices:
    """Return `[depth, periods * EVSEs]`: the rows above each EVSE in each period."""
    first = np.arange(0, periods * (tree.n_rows + 1), tree.n_rows + 1)
    depth, n_evses = tree.path_row.shape
    return (tree.path_row[:, None, :] + first[:, None]).reshape(depth, periods * n_evses)


def per_ampere(tree: Tree, amps: Floats) -> Floats:
    """Return `[depth, periods * EVSEs]`: what `amps[periods, EVSEs]` add to the rows above."""
    depth = tree.path_row.shape[0]
    return (tree.path_coefficient[:, None, :] * amps).reshape(depth, amps.size)


def with_unlimited(room: Floats) -> Floats:
    """Lay `room[periods, rows]` side by side, each period ending in the row without limit."""
    periods, n_rows = room.shape
    padded = np.full((periods, n_rows + 1), np.inf)
    padded[:, :n_rows] = room
    return padded.ravel()


def sums(rows: Indices, amounts: Floats, n_rows: int) -> Floats:
    """Add up `amounts` by row."""
    total = np.bincount(rows.ravel(), amounts.ravel(), minlength=n_rows)
    # Of nothing at all, bincount counts in integers.
    return total.astype(np.float64, copy=False)
