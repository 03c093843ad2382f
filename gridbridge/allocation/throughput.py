"""The share that charges most: a linear programme, worth more where time is short.

Max-min spends a scarce wire on everybody alike. Where cars say when they leave, more energy is
served if those go first who cannot wait, and if phases are filled by whoever they fit. What
highspy's simplex finds is proven by its own prices before it counts; else the fair share does.
This module alone needs highspy (the extra ``plan``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import highspy
import numpy as np

from gridbridge.allocation.arguments import (
    Floats,
    Indices,
    anywhere,
    problem,
)
from gridbridge.allocation.paths import first_of_equals
from gridbridge.allocation.share import allocate

if TYPE_CHECKING:
    from gridbridge.allocation.tree import Tree

PARTS = 4
"""Each span is cut into so many parts, of which the first is worth most."""
LESS = 0.01
"""How much less each further part is worth: of equals none gets all before another gets some."""
PROVEN = 1e-6
"""How far, relative to its worth, a share may lie below what the prices show to be possible."""
ITERATIONS = 100_000
"""A limit on work and never on time, so that the same problem always has the same answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Programme:
    """One period of those who can get more: most worth, with amounts within rows and sizes."""

    row: Indices
    """The row of each pair, column by column."""
    column: Indices
    share: Floats
    """What an ampere takes of the row, whose heaviest member takes 1."""
    room: Floats
    """Of each row."""
    worth: Floats
    """``[PARTS * N]``: of an ampere of each part, the best one 1."""
    size: Floats
    """``[PARTS * N]``: amperes."""

    @classmethod
    def of(cls, tree: Tree, room: Floats, span: Floats, value: Floats) -> _Programme:
        """Cut each span into its parts; an infinite room binds nobody."""
        asking, binding = span > 0.0, np.isfinite(room)
        pair = (asking[tree.column] & binding[tree.row]).nonzero()[0]
        pair = pair[tree.column[pair].argsort(kind="stable")]
        row, coefficient = tree.row[pair], tree.coefficient[pair]
        heaviest = np.zeros(tree.n_rows)
        np.maximum.at(heaviest, row, coefficient)
        binding = heaviest > 0.0
        worth = value[asking] / value[asking].max()
        return cls(
            row=(binding.cumsum() - 1)[row],
            column=(asking.cumsum() - 1)[tree.column[pair]],
            share=coefficient / heaviest[row],
            room=room[binding] / heaviest[binding],
            worth=np.concatenate([(1.0 - LESS * place) * worth for place in range(PARTS)]),
            size=np.tile(span[asking] / PARTS, PARTS),
        )

    def possible(self, prices: Floats) -> float:
        """The most that any share can be worth, at whatever prices of the rows (weak duality)."""
        n = self.size.size // PARTS
        cost = np.bincount(self.column, prices[self.row] * self.share, minlength=n)
        gain = np.maximum(self.worth - np.tile(cost, PARTS), 0.0)
        return float(prices @ self.room + gain @ self.size)


def throughput(tree: Tree, caps: Floats, lower: Floats, upper: Floats, value: Floats) -> Floats:
    """Share every row so that most value is charged, each period on its own: amperes `[T, N]`.

    Arguments as for `allocate`, and so is what holds of rows and bounds; `value[T, N]` is what an
    ampere above the minimum is worth. It falls by a hundredth from each quarter of an EVSE's span
    to the next, so that equals share. `worth_of` tells a result's worth; no other share's is
    larger by more than a millionth. Where the solver does not get there, which nothing has shown
    yet, the fair share is returned.

    Raises ValueError as `allocate` does.
    """
    caps, lower, upper, value = problem(
        (tree.n_rows, tree.n_evses), caps, lower, upper, value=value
    )
    periods = caps.shape[0]
    floor = tree.loads(lower)
    # A row that holds everybody's most binds nobody.
    binding = tree.loads(upper) > np.maximum(caps, floor)
    room = np.where(binding, np.maximum(caps - floor, 0.0), np.inf)
    most = upper.copy()
    new = first_of_equals(caps, lower, upper, value)
    for period in range(periods):
        if not new[period]:
            most[period] = most[period - 1]
        elif anywhere(binding[period]):
            span = upper[period] - lower[period]
            amounts = _solved(_Programme.of(tree, room[period], span, value[period]))
            if amounts is not None:
                most[period, span > 0.0] = lower[period, span > 0.0] + amounts
    # What a solver calls feasible is so within its tolerance: the exact share takes that off.
    return allocate(tree, caps, lower, np.clip(most, lower, upper), value)


def worth_of(lower: Floats, upper: Floats, value: Floats, amps: Floats) -> Floats:
    """The worth ``[T]`` of a share: each quarter of a span at its own value, the first first."""
    part = (upper - lower) / PARTS
    within = [np.clip(amps - lower - place * part, 0.0, part) for place in range(PARTS)]
    parts = [(1.0 - LESS * place) * each for place, each in enumerate(within)]
    total: Floats = (value * np.sum(parts, axis=0)).sum(axis=1)
    return total


def _solved(it: _Programme) -> Floats | None:
    """Amperes of each who can get more; None where they are not proven to be the best."""
    solver = _solver()
    solver.passModel(_model(it))
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    solution = solver.getSolution()
    amounts = np.clip(np.array(solution.col_value), 0.0, it.size)
    reached = float(it.worth @ amounts)
    prices = np.maximum(-np.array(solution.row_dual), 0.0)
    if it.possible(prices) - reached > PROVEN * (1.0 + reached):
        return None
    total: Floats = amounts.reshape(PARTS, -1).sum(axis=0)
    return total


def _model(it: _Programme) -> highspy.HighsLp:
    n = it.size.size // PARTS
    lengths = np.tile(np.bincount(it.column, minlength=n), PARTS)
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = it.room.size, it.size.size
    model.col_cost_ = -it.worth
    model.col_lower_ = np.zeros(it.size.size)
    model.col_upper_ = it.size
    model.row_lower_ = np.full(it.room.size, -highspy.kHighsInf)
    model.row_upper_ = it.room
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.concatenate(([0], lengths.cumsum()))
    model.a_matrix_.index_ = np.tile(it.row, PARTS)
    model.a_matrix_.value_ = np.tile(it.share, PARTS)
    return model


@lru_cache(maxsize=1)
def _solver() -> highspy.Highs:
    """Made once; it starts each programme from nothing, so one answer never hangs on another."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call] # its constructor has no types
    for option, setting in (
        ("output_flag", False),
        ("threads", 1),
        ("parallel", "off"),
        ("solver", "simplex"),
        ("presolve", "off"),
        ("simplex_iteration_limit", ITERATIONS),
    ):
        solver.setOptionValue(option, setting)
    return solver
