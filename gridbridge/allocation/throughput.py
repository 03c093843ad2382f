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
    anywhere,
    bounded,
    known_caps,
    matrix,
    positive,
)
from gridbridge.allocation.paths import first_of_equals
from gridbridge.allocation.share import allocate

if TYPE_CHECKING:
    from gridbridge.allocation.arguments import Bools
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
    """One period: as much worth as possible, rows * amounts within room, amounts within size."""

    rows: Floats
    """``[C, N]`` in amperes of each row's heaviest member."""
    room: Floats
    worth: Floats
    """``[PARTS * N]``: of an ampere of each part, the best one 1."""
    size: Floats


def throughput(tree: Tree, caps: Floats, lower: Floats, upper: Floats, value: Floats) -> Floats:
    """Share every row so that most value is charged, each period on its own: amperes `[T, N]`.

    Arguments as for `allocate`, and so is what holds of rows and bounds; `value[T, N]` is what an
    ampere above the minimum is worth. It falls by a hundredth from each quarter of an EVSE's span
    to the next, so that equals share. `worth_of` tells a result's worth; no other share's is
    larger by more than a millionth. Where the solver does not get there, which nothing has shown
    yet, the fair share is returned.

    Raises ValueError as `allocate` does.
    """
    caps = matrix("caps", caps, columns=tree.n_rows)
    periods = caps.shape[0]
    lower = matrix("lower", lower, columns=tree.n_evses, periods=periods)
    upper = matrix("upper", upper, columns=tree.n_evses, periods=periods)
    value = matrix("value", value, columns=tree.n_evses, periods=periods)
    known_caps(caps)
    bounded(lower, upper)
    positive("value", value)
    most = upper.copy()
    floor = tree.loads(lower)
    binding = tree.loads(upper) > np.maximum(caps, floor)
    room = np.maximum(caps - floor, 0.0)
    new = first_of_equals(caps, lower, upper, value)
    for period in range(periods):
        if not new[period]:
            most[period] = most[period - 1]
        elif anywhere(binding[period]):
            span = upper[period] - lower[period]
            programme = _programme(tree, binding[period], room[period], span, value[period])
            amounts = _solved(programme)
            if amounts is not None:
                most[period] = np.minimum(lower[period] + amounts, upper[period])
    # What a solver calls feasible is so within its tolerance: the exact share takes that off.
    return allocate(tree, caps, lower, np.maximum(most, lower), value)


def worth_of(lower: Floats, upper: Floats, value: Floats, amps: Floats) -> Floats:
    """The worth ``[T]`` of a share: each quarter of a span at its own value, the first first."""
    part = (upper - lower) / PARTS
    within = [np.clip(amps - lower - place * part, 0.0, part) for place in range(PARTS)]
    parts = [(1.0 - LESS * place) * each for place, each in enumerate(within)]
    total: Floats = (value * np.sum(parts, axis=0)).sum(axis=1)
    return total


def _programme(
    tree: Tree, binding: Bools, room: Floats, span: Floats, value: Floats
) -> _Programme:
    dense = np.zeros((tree.n_rows, tree.n_evses))
    dense[tree.row, tree.column] = tree.coefficient
    rows = dense[binding]
    scale = rows.max(axis=1)
    falling = 1.0 - LESS * np.arange(PARTS)
    return _Programme(
        rows=rows / scale[:, None],
        room=room[binding] / scale,
        worth=(falling[:, None] * (value / value.max())).ravel(),
        size=np.tile(span / PARTS, PARTS),
    )


def _solved(it: _Programme) -> Floats | None:
    """Amperes of each EVSE; None where they are not proven to be the best."""
    solver = _solver()
    solver.passModel(_model(it))
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    solution = solver.getSolution()
    amounts = np.clip(np.array(solution.col_value), 0.0, it.size)
    prices = np.maximum(-np.array(solution.row_dual), 0.0)
    # Weak duality: at any prices nobody can have more than what rows and bounds are worth.
    gain = it.worth - np.tile(prices @ it.rows, PARTS)
    possible = prices @ it.room + it.size @ np.maximum(gain, 0.0)
    reached = it.worth @ amounts
    if possible - reached > PROVEN * (1.0 + abs(reached)):
        return None
    total: Floats = amounts.reshape(PARTS, -1).sum(axis=0)
    return total


def _model(it: _Programme) -> highspy.HighsLp:
    wide = np.tile(it.rows, PARTS)
    row, column = wide.nonzero()
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = wide.shape
    model.col_cost_ = -it.worth
    model.col_lower_ = np.zeros(it.size.size)
    model.col_upper_ = it.size
    model.row_lower_ = np.full(it.room.size, -highspy.kHighsInf)
    model.row_upper_ = it.room
    starts = np.bincount(row, minlength=it.room.size).cumsum()
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.concatenate(([0], starts))
    model.a_matrix_.index_ = column
    model.a_matrix_.value_ = wide[row, column]
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
