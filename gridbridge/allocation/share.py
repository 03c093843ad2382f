"""The fair share of every limit at once: weighted max-min above the minimum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridbridge.allocation.arguments import everywhere, problem
from gridbridge.allocation.filling import fill
from gridbridge.allocation.paths import (
    first_of_equals,
    per_ampere,
    periods_at_once,
    rows_above,
    sums,
    with_unlimited,
)

if TYPE_CHECKING:
    from gridbridge.allocation.arguments import Floats
    from gridbridge.allocation.tree import Tree


def allocate(tree: Tree, caps: Floats, lower: Floats, upper: Floats, weight: Floats) -> Floats:
    """Share every row among its EVSEs, each period on its own, and return amperes `[T, N]`.

    `caps[T, C]` limit the rows in their own unit (infinite: no limit); `lower`, `upper` and
    `weight` are `[T, N]`, in amperes per wire. What counts as equal is what lies above the
    minimum: with y = amps - lower, the result makes y / weight lexicographically largest, so that
    nobody can get more without taking from somebody who has no more.

    No row is exceeded, except one that the minimums alone exceed: nobody is raised in it, its
    members stay at `lower`, and everything else is exact as ever. A period's result does not
    depend on the other periods of the call, to the last bit.

    Raises ValueError for a wrong shape, a cap that is not a number, bounds that are not finite or
    cross, and a weight that is not positive and finite.
    """
    caps, lower, upper, weight = problem(
        (tree.n_rows, tree.n_evses), caps, lower, upper, weight=weight
    )
    periods = caps.shape[0]
    # Most periods of a schedule repeat the one before.
    new = first_of_equals(caps, lower, upper, weight)
    at_once = periods_at_once(tree)
    if everywhere(new) and periods <= at_once:
        return _fill_periods(tree, caps, lower, upper, weight)
    chosen = new.nonzero()[0]
    amps = np.empty((chosen.size, tree.n_evses))
    for start in range(0, chosen.size, at_once):
        part = chosen[start : start + at_once]
        amps[start : start + at_once] = _fill_periods(
            tree, caps[part], lower[part], upper[part], weight[part]
        )
    return amps.take(np.cumsum(new) - 1, axis=0)


def _fill_periods(
    tree: Tree, caps: Floats, lower: Floats, upper: Floats, weight: Floats
) -> Floats:
    """Fill above the minimums, in all the periods at once."""
    rows = rows_above(tree, caps.shape[0])
    room = with_unlimited(caps)
    room -= sums(rows, per_ampere(tree, lower), room.size)
    span = (upper - lower) / weight
    level = fill(rows, per_ampere(tree, weight), room, span.ravel()).reshape(span.shape)
    # Who is not held back gets the upper bound itself, not a product that rounds beside it.
    amps: Floats = np.where(level < span, np.minimum(lower + level * weight, upper), upper)
    return amps
