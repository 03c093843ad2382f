"""The max-min share by a general solver: one linear programme per level, by HiGHS."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog

from tests.unit.allocation.depots import Depot, Floats

# A member whose level is a bottleneck has a price above this; prices add up to 1 / weight.
PRICED = 1e-7
# What HiGHS takes for satisfied.
SLACK = 1e-8


def successive_lp(depot: Depot) -> Floats:
    """Return the amperes `[1, N]` of a depot of one period.

    Each programme raises the lowest level of all whose level is not known yet; whoever has a
    price there cannot be raised further in any optimum, so that level is final.
    """
    tree, n = depot.tree, depot.tree.n_evses
    weight, span = depot.weight[0], (depot.upper - depot.lower)[0]
    limited = np.isfinite(depot.caps[0])
    dense = np.zeros((tree.n_rows, n + 1))
    dense[tree.row, tree.column] = tree.coefficient
    room = np.maximum(depot.caps - tree.loads(depot.lower), 0.0)[0]
    scale = np.maximum(dense.max(axis=1, initial=0.0), 1e-9)
    rows, room = (dense / scale[:, None])[limited], (room / scale)[limited]
    raised = np.zeros(n)
    free = np.arange(n)
    while free.size:
        levels = np.zeros((free.size, n + 1))
        levels[np.arange(free.size), free] = -1.0
        levels[:, n] = weight[free]
        floor = np.maximum(raised - SLACK, 0.0)
        solved = linprog(
            c=np.append(np.zeros(n), -1.0),
            A_ub=np.vstack([rows, levels]),
            b_ub=np.append(room, np.zeros(free.size)),
            bounds=[*zip(floor, span, strict=True), (0.0, None)],
            method="highs",
        )
        assert solved.status == 0, solved.message
        price = -solved.ineqlin.marginals[rows.shape[0] :]
        final = free[price > PRICED]
        assert final.size, "some member must hold the level down"
        raised[final] = weight[final] * solved.x[n]
        free = free[price <= PRICED]
    return depot.lower + raised
