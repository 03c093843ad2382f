"""Rounding a share to the steps that stations accept, without giving away what rounding frees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridbridge.allocation.arguments import anywhere, bounded, finite, known_caps, matrix
from gridbridge.allocation.greedy import grant

if TYPE_CHECKING:
    from gridbridge.allocation.arguments import Floats
    from gridbridge.allocation.tree import Tree

# Steps this close below a multiple count as the multiple: they differ by rounding alone.
_ROUNDING = 1e-9
# Remainders are compared in whole microamperes, so that noise never breaks a tie.
_TIE = 1e6


def quantise(  # noqa: PLR0917 - one problem's arrays, in one order throughout the package
    tree: Tree, caps: Floats, amps: Floats, step: Floats, lower: Floats, upper: Floats
) -> Floats:
    """Floor to multiples of each EVSE's step, then hand out what that left over, a step each.

    `caps[T, C]` are in row units; `amps`, `lower` and `upper` are `[T, N]` and `step[N]` in
    amperes, where step 0 means that any value is accepted. Whoever lost most by the floor is
    raised by one step first (ties: the lower column), if that fits under its upper bound and
    every row above has room for the full step. So nobody ends a step or more from its share, no
    row carries more than the larger of its cap and what it carried after the floor, and the
    result lies in `[lower, upper]`; a lower bound that is no multiple of the step is kept.

    Raises ValueError for a wrong shape, a value that is not finite, bounds that cross, or a
    negative step.
    """
    caps = matrix("caps", caps, columns=tree.n_rows)
    periods = caps.shape[0]
    amps = matrix("amps", amps, columns=tree.n_evses, periods=periods)
    lower = matrix("lower", lower, columns=tree.n_evses, periods=periods)
    upper = matrix("upper", upper, columns=tree.n_evses, periods=periods)
    steps = matrix("step", np.atleast_2d(step), columns=tree.n_evses, periods=1)
    known_caps(caps)
    finite("amps", amps)
    bounded(lower, upper)
    finite("step", steps)
    if anywhere(steps < 0):
        raise ValueError(f"step must not be negative (column {int((steps < 0).argmax())})")
    amps = _within(amps, lower, upper)
    stepped = steps > 0
    unit = np.where(stepped, steps, 1.0)
    multiple = np.floor(amps / unit + _ROUNDING)
    floored = np.where(stepped, _within(multiple * unit, lower, upper), amps)
    raised = np.where(stepped, (multiple + 1.0) * unit, amps)
    lost = np.rint((amps - floored) * _TIE).astype(np.intp)
    asking = (lost > 0) & (raised <= upper + _ROUNDING * unit)
    if not anywhere(asking):
        return floored
    granted = grant(
        tree,
        caps,
        used=tree.loads(floored),
        amounts=raised - floored,
        asking=asking,
        places=-lost,
    )
    return np.where(granted, np.minimum(raised, upper), floored)


def _within(amps: Floats, lower: Floats, upper: Floats) -> Floats:
    # np.clip costs several times as much on arrays this small.
    return np.minimum(np.maximum(amps, lower), upper)
