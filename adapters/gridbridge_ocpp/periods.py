"""Steps as a station takes them: whole seconds, tenths, and few of them.

Every change of form errs to the side of less: no step allows more import than what it came from,
at no second, and no setpoint asks for more charge or more discharge.
"""

from __future__ import annotations

import itertools
from math import ceil, floor, inf
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# A float just below a tenth is that tenth: 0.3 * 10 is 3.0000000000000004, 0.7 * 10 is 7.000...01,
# but 16.1 as a sum of parts may be 16.099999999999998.
_ALMOST = 1e-6


class CannotExpressError(ValueError):
    """What is wanted cannot be told to this station; the text is a stable name of the reason."""


class Step(NamedTuple):
    """From `start` until the next one."""

    start: float
    value: float
    """A limit, or a setpoint (import positive, discharge negative), in the profile's unit."""
    is_setpoint: bool = False


def tenths(value: float) -> float:
    """The value towards zero to one decimal, which is all that OCPP 1.6 allows."""
    if value >= 0.0:
        return floor(value * 10.0 + _ALMOST) / 10.0
    size = floor(-value * 10.0 + _ALMOST) / 10.0
    return -size if size > 0.0 else size


def whole_seconds(
    steps: Sequence[Step], until: float, *, after: float
) -> tuple[tuple[Step, ...], int]:
    """The same steps and end at whole seconds, never above what they were.

    Within a second that holds several limits the lowest counts. `after` is the limit that holds
    from `until` on: where it is higher, the end is late rather than early.
    """
    late = not steps[-1].is_setpoint and after > steps[-1].value
    end = ceil(until) if late else floor(until)
    if all(float(step.start).is_integer() for step in steps):
        return tuple(steps), max(end, int(steps[-1].start) + 1)
    cells = sorted({edge for step in steps for edge in (floor(step.start), ceil(step.start))})
    result: list[Step] = []
    for index, cell in enumerate(cells):
        if cell >= end and result:
            break
        stop = cells[index + 1] if index + 1 < len(cells) else inf
        holding = _holding(steps, cell, stop)
        if not result or result[-1][1:] != holding[1:]:
            result.append(Step(cell, *holding[1:]))
    return tuple(result), max(end, int(result[-1].start) + 1)


def _holding(steps: Sequence[Step], start: float, stop: float) -> Step:
    """What may hold in ``[start, stop)``: the lowest limit; of setpoints the last."""
    inside = [
        step
        for step, after in zip(steps, [*steps[1:], None], strict=True)
        if step.start < stop and (after is None or after.start > start)
    ]
    # Before the first step its value holds.
    inside = inside or [steps[0]]
    if any(step.is_setpoint for step in inside):
        return inside[-1]
    return min(inside, key=lambda step: step.value)


def fewest(steps: Sequence[Step], until: float, *, most: int) -> tuple[Step, ...]:
    """At most `most` steps, nowhere above the given ones, that lose the least energy.

    Neighbours are merged to the lowest limit among them, setpoints to the one nearest to zero (and
    to zero where they differ in sign). Steps of equal value are merged in any case. Raises
    CannotExpressError where limits and setpoints take turns more often than that.
    """
    merged = [steps[0]]
    merged += [step for before, step in itertools.pairwise(steps) if step[1:] != before[1:]]
    if len(merged) <= most:
        return tuple(merged)
    value, cost = _groups(merged, until)
    starts = _partition(cost, most)
    ends = [*starts[1:], len(merged)]
    return tuple(
        Step(merged[first].start, float(value[first, last - 1]), merged[first].is_setpoint)
        for first, last in zip(starts, ends, strict=True)
    )


def _groups(
    steps: Sequence[Step], until: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For a merger of steps i to j: its value, and the energy it loses (inf: not allowed)."""
    count = len(steps)
    values = np.array([step.value for step in steps])
    kinds = np.array([float(step.is_setpoint) for step in steps])
    lengths = np.diff(np.array([*(step.start for step in steps), until]))
    possible = np.triu(np.ones((count, count), dtype=bool))

    def over(what: NDArray[np.float64]) -> NDArray[np.float64]:
        sums = np.concatenate(([0.0], np.cumsum(what)))
        return np.asarray(sums[None, 1:] - sums[:-1, None])

    def lowest(what: NDArray[np.float64]) -> NDArray[np.float64]:
        rows = np.where(possible, what[None, :], np.inf)
        return np.where(possible, np.minimum.accumulate(rows, axis=1), 0.0)

    low, high = lowest(values), -lowest(-values)
    value = np.where(low >= 0.0, low, np.where(high <= 0.0, high, 0.0))
    cost = over(np.abs(values) * lengths) - np.abs(value) * over(lengths)
    same_kind = lowest(kinds) == -lowest(-kinds)
    return value, np.where(possible & same_kind, cost, np.inf)


def _partition(cost: NDArray[np.float64], most: int) -> list[int]:
    """Where the groups of the cheapest partition into `most` runs begin."""
    best = cost[0]
    began: list[NDArray[np.intp]] = []
    for _ in range(most - 1):
        # Up to j at best: the best way up to i - 1, and one group from i to j.
        through = best[:-1, None] + cost[1:, :]
        began.append(np.argmin(through, axis=0) + 1)
        best = np.min(through, axis=0)
    if not np.isfinite(best[-1]):
        raise CannotExpressError("too_few_periods")
    starts: list[int] = []
    last = cost.shape[0] - 1
    for rows in reversed(began):
        starts.append(int(rows[last]))
        last = starts[-1] - 1
    return [0, *reversed(starts)]
