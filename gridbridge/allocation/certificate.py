"""The proof that a share is right, read off the result: it needs no trust in the solver."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridbridge.allocation.arguments import matrix, problem

if TYPE_CHECKING:
    from gridbridge.allocation.arguments import Floats
    from gridbridge.allocation.tree import Tree


def max_min_violation(  # noqa: PLR0917 - the arguments of `allocate`, then its result
    tree: Tree, caps: Floats, lower: Floats, upper: Floats, weight: Floats, amps: Floats
) -> float:
    """Return by how many amperes, at worst, `amps` fails to be the share that `allocate` promises.

    Arguments as for `allocate`. A share is the weighted max-min one exactly if it is feasible and
    everybody below the upper bound has a full row above in which nobody has a higher level
    (y / weight, y = amps - lower). The violation is the largest of: what a row carries too much,
    in amperes of its heaviest member; what lies outside the bounds; and for each EVSE the least
    that it could be raised, or should get from a fuller one, over the rows above it. A row that
    the minimums alone exceed counts as full with the minimums. Right is <= 1e-5; amperes that are
    not finite give infinity.
    """
    caps, lower, upper, weight = problem(
        (tree.n_rows, tree.n_evses), caps, lower, upper, weight=weight
    )
    periods = caps.shape[0]
    amps = matrix("amps", amps, columns=tree.n_evses, periods=periods)
    if not amps.size:
        return 0.0
    if not np.isfinite(amps).all():
        return np.inf
    outside = np.maximum(lower - amps, amps - upper).max()
    wanting = upper - amps
    slack = np.maximum(caps, tree.loads(lower)) - tree.loads(amps)
    for period in range(periods):
        level = (amps[period] - lower[period]) / weight[period]
        np.minimum.at(
            wanting[period],
            tree.column,
            np.maximum(
                slack[period, tree.row] / tree.coefficient,
                (_highest(tree, level)[tree.row] - level[tree.column])
                * weight[period, tree.column],
            ),
        )
    overload = (-slack / _heaviest(tree)).max(initial=0.0)
    return float(max(overload, outside, wanting.max()))


def _highest(tree: Tree, level: Floats) -> Floats:
    """Return the highest level among the members of each row."""
    highest = np.full(tree.n_rows, -np.inf)
    np.maximum.at(highest, tree.row, level[tree.column])
    return highest


def _heaviest(tree: Tree) -> Floats:
    """Return the largest coefficient of each row; 1 where nobody is."""
    heaviest = np.zeros(tree.n_rows)
    np.maximum.at(heaviest, tree.row, tree.coefficient)
    return np.where(heaviest > 0, heaviest, 1.0)
