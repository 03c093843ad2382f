"""What may be told now, given everything that stations may still hold.

A cut is told at once. A raise is told as far as there is room beside the *worst* of everybody:
then no sum of worsts is raised above the limit by a decision, whatever the stations do next.
"""

from __future__ import annotations

import numpy as np

from gridbridge.allocation import Tree, allocate
from gridbridge.allocation.arguments import everywhere
from gridbridge.engine.site.sharing import SLACK, Amps
from gridbridge.engine.site.targets import whole_steps


def committed(
    tree: Tree,
    caps: Amps,
    *,
    worst: Amps,
    wanted: Amps,
    least: Amps,
    step: Amps,
    weight: Amps,
) -> Amps:
    """The most of `wanted` ``[T, N]`` that can be told beside the `worst` ``[T, N]``.

    Where something is wanted that is below an EVSE's worst, it is a cut and comes back whole. The
    loads of ``max(worst, result)`` are at most ``max(caps, loads(worst))`` in every row.
    """
    both = np.maximum(worst, wanted)
    loads = tree.loads(both)
    if everywhere(loads <= caps + SLACK):
        return wanted
    if everywhere(loads <= np.maximum(caps, tree.loads(worst)) + SLACK):
        return wanted
    room = allocate(tree, caps, worst, both, np.broadcast_to(weight, worst.shape))
    # A raise that cannot reach the minimum waits; a cut is never held back.
    told = whole_steps(np.minimum(wanted, room), least=least, step=step)
    return np.where(wanted <= worst, wanted, told)
