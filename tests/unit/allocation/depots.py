"""Worlds to share power in: seeded depots of any size, and small ones drawn by hypothesis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from gridbridge.allocation import Tree, allocate, max_min_violation

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
Draw = Callable[[st.SearchStrategy[list[float]]], list[float]]

PHASES = ((0,), (1,), (2,), (0, 1), (0, 1, 2), (0, 1, 2))
VOLTS = 230.0


@dataclass(frozen=True, kw_only=True)
class Depot:
    """One problem: the arguments of `allocate`, by the names they have there."""

    tree: Tree
    caps: Floats
    lower: Floats
    upper: Floats
    weight: Floats

    def share(self) -> Floats:
        return allocate(self.tree, self.caps, self.lower, self.upper, self.weight)

    def violation(self, amps: Floats) -> float:
        return max_min_violation(self.tree, self.caps, self.lower, self.upper, self.weight, amps)

    def firm_caps(self) -> Floats:
        """What no row may exceed: its cap, or what the minimums alone put on it."""
        return np.maximum(self.caps, self.tree.loads(self.lower))


def nested(
    n_evses: int, *, fans: tuple[int, ...], seed: int, periods: int = 1, phases: bool = True
) -> Depot:
    """A tree of circuits: `fans[0]` EVSEs on each lowest circuit, `fans[1]` of those on the next.

    With `phases`, EVSEs on one, two and three phases share a row per wire, and the whole stands
    behind a meter in watts; without, each circuit is one row.
    """
    rng = np.random.default_rng(seed)
    wired = np.zeros((n_evses, 3), dtype=np.bool_)
    for number, kind in enumerate(rng.integers(0, len(PHASES), n_evses)):
        wired[number, PHASES[kind]] = True
    if not phases:
        wired[:] = (True, False, False)
    circuit: Ints = np.arange(n_evses)
    first = 0
    pairs: list[tuple[Ints, Ints, Floats]] = []
    for fan in (*fans, n_evses):
        circuit = circuit // fan
        evse, wire = wired.nonzero()
        pairs.append((first + 3 * circuit[evse] + wire, evse, np.ones(evse.size)))
        first += 3 * (int(circuit[-1]) + 1)
    if phases:
        pairs.append((np.full(n_evses, first), np.arange(n_evses), VOLTS * wired.sum(axis=1)))
        first += 1
    return _filled(n_evses, first, pairs, rng, periods)


def forest(sites: int, *, per_site: int, seed: int) -> Depot:
    """Many small sites in one tree, each with a breaker, two circuits, phases and a meter."""
    rng = np.random.default_rng(seed)
    n_evses = sites * per_site
    evses = np.arange(n_evses)
    wired = np.array([[p in kind for p in range(3)] for kind in PHASES])[
        rng.integers(0, len(PHASES), n_evses)
    ]
    evse, wire = wired.nonzero()
    site, half = evses // per_site, (evses % per_site) * 2 // per_site
    pairs = [
        (10 * site[evse] + wire, evse, np.ones(evse.size)),
        (10 * site[evse] + 3 + 3 * half[evse] + wire, evse, np.ones(evse.size)),
        (10 * site + 9, evses, VOLTS * wired.sum(axis=1)),
    ]
    return _filled(n_evses, 10 * sites, pairs, rng, 1)


def _filled(
    n_evses: int,
    n_rows: int,
    pairs: list[tuple[Ints, Ints, Floats]],
    rng: np.random.Generator,
    periods: int,
) -> Depot:
    """Draw bounds and weights, and caps that lie between too tight and out of reach."""
    row, column, coefficient = (np.concatenate(part) for part in zip(*pairs, strict=True))
    tree = Tree(
        n_evses=n_evses,
        row_names=tuple(f"row-{number}" for number in range(n_rows)),
        row=row,
        column=column,
        coefficient=coefficient,
    )
    shape = (periods, n_evses)
    lower = np.where(rng.random(shape) < 0.7, 6.0, 0.0)
    upper = np.maximum(lower, rng.choice([6.0, 16.0, 32.0, 48.0, 80.0], shape))
    floor = tree.loads(lower)
    caps = floor + (tree.loads(upper) - floor) * rng.uniform(0.1, 1.1, (periods, n_rows))
    return Depot(
        tree=tree,
        caps=caps,
        lower=lower,
        upper=upper,
        weight=rng.choice([1.0, 2.0, 4.0], shape),
    )


def permuted(depot: Depot, order: Ints) -> Depot:
    """The same depot with EVSE `order[k]` in column k."""
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    tree = depot.tree
    return Depot(
        tree=Tree(
            n_evses=tree.n_evses,
            row_names=tree.row_names,
            row=tree.row,
            column=place[tree.column],
            coefficient=tree.coefficient,
        ),
        caps=depot.caps,
        lower=depot.lower[:, order],
        upper=depot.upper[:, order],
        weight=depot.weight[:, order],
    )


def one_period(depot: Depot, period: int) -> Depot:
    """The same depot in one of its periods."""
    part = slice(period, period + 1)
    return Depot(
        tree=depot.tree,
        caps=depot.caps[part],
        lower=depot.lower[part],
        upper=depot.upper[part],
        weight=depot.weight[part],
    )


@st.composite
def trees(draw: st.DrawFn, *, max_evses: int = 7, max_rows: int = 6) -> Tree:
    """Any rows over a few EVSEs: nested or not, amperes or watts, empty or shared by all."""
    n_evses = draw(st.integers(1, max_evses))
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from([1.0, 1.0, 1.0, VOLTS, 0.5]),
                st.lists(st.integers(0, 3), min_size=n_evses, max_size=n_evses),
            ),
            max_size=max_rows,
        )
    )
    return Tree.from_pairs(
        n_evses,
        [f"row-{number}" for number in range(len(rows))],
        [
            (number, column, unit * (1.0 if unit == 1.0 else wires))
            for number, (unit, members) in enumerate(rows)
            for column, wires in enumerate(members)
            if wires
        ],
    )


def table(draw: Draw, values: st.SearchStrategy[float], periods: int, n: int) -> Floats:
    """Draw `[periods, n]`."""
    drawn = draw(st.lists(values, min_size=periods * n, max_size=periods * n))
    return np.array(drawn, dtype=np.float64).reshape(periods, n)


@st.composite
def depots(draw: st.DrawFn, *, max_evses: int = 7, max_rows: int = 6) -> Depot:
    """Any problem: caps below the minimums, caps of infinity, no span at all, uneven weights."""
    tree = draw(trees(max_evses=max_evses, max_rows=max_rows))
    periods = draw(st.integers(1, 3))
    lower = table(draw, st.sampled_from([0.0, 6.0, 13.37, -10.0]), periods, tree.n_evses)
    spans = st.one_of(st.sampled_from([0.0, 10.0, 26.0]), st.floats(0, 80))
    upper = lower + table(draw, spans, periods, tree.n_evses)
    shares = st.one_of(st.sampled_from([0.0, 1.0, np.inf, -0.3]), st.floats(0, 1.2))
    floor = tree.loads(lower)
    part = table(draw, shares, periods, tree.n_rows)
    # Twenty amperes more than the reach, so that a row whose members are fixed has a cap as well.
    reach = tree.loads(upper) - floor + 20.0
    weight = table(draw, st.sampled_from([1.0, 2.0, 4.0, 0.3]), periods, tree.n_evses)
    return Depot(tree=tree, caps=floor + part * reach, lower=lower, upper=upper, weight=weight)
