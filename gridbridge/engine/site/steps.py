"""Step functions of time, and how far a station's clock and inertia smear them.

A station that holds a schedule follows it with a clock that is off by up to `skew`, and its power
follows its limit by up to `settle` later:

    schedule          ────┐            ┌────          what it was told
    dilated (worst)   ────┼──────┐  ┌──┼────          what it may draw: cuts late, raises early
                          b  b+skew+settle            (maximum over [t - skew - settle, t + skew])

`eroded` is the counterpart: told that, a station draws at most the original at every instant.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from math import ceil, floor, inf
from operator import lt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from gridbridge.domain.units import Instant


@dataclass(frozen=True, slots=True)
class Steps:
    """``values[i]`` holds from ``edges[i]`` to the next edge; the first is minus infinity."""

    edges: tuple[float, ...]
    values: tuple[float, ...]

    def at(self, instant: float) -> float:
        """The value at an instant."""
        return self.values[bisect_right(self.edges, instant) - 1]

    def most(self, start: float, end: float) -> float:
        """The largest value in ``[start, end]``."""
        first, last = bisect_right(self.edges, start), bisect_right(self.edges, end)
        return max(self.values[first - 1 : last])

    def since(self, now: float, *, begin: float, until: float) -> list[tuple[float, float]]:
        """``(start, value)`` from now until an end; what holds now starts at `begin`."""
        first = bisect_right(self.edges, now)
        last = bisect_left(self.edges, until)
        return [
            (begin, self.values[first - 1]),
            *zip(map(float, self.edges[first:last]), self.values[first:last], strict=True),
        ]


def constant(value: float) -> Steps:
    """The same value for ever."""
    return Steps((-inf,), (value,))


def steps(pieces: Iterable[tuple[float, float]]) -> Steps:
    """Build from ascending ``(start, value)``; the first start counts as minus infinity."""
    edges: list[float] = []
    values: list[float] = []
    before: float | None = None
    for start, value in pieces:
        if value != before:
            edges.append(start)
            values.append(value)
            before = value
    if edges:
        edges[0] = -inf
    return Steps(tuple(edges), tuple(values))


def dilated(function: Steps, *, early: float, late: float) -> Steps:
    """The maximum over ``[t - late, t + early]`` at each t."""
    return _smeared(function, rise=-early, fall=late)


def largest(functions: Sequence[Steps]) -> Steps:
    """The maximum of several at each instant."""
    if len(functions) == 1:
        return functions[0]
    edges = sorted({edge for function in functions for edge in function.edges})
    return steps((edge, max(function.at(edge) for function in functions)) for edge in edges)


def ending(function: Steps, *, at: float, then: float) -> Steps:
    """The same until `at`, and `then` from there on."""
    kept = [
        (edge, value)
        for edge, value in zip(function.edges, function.values, strict=True)
        if edge < at
    ]
    return steps([*kept, (at, then)])


def eroded(function: Steps, *, early: float, late: float) -> Steps:
    """The minimum over ``[t - early, t + late]``: told this, nobody exceeds the original.

    Edges come out on whole seconds, cuts rounded down and raises up, because charging schedules
    count in seconds.
    """
    cuts = [value < before for value, before in _turns(function)]
    moved = [
        edge - late if cut else edge + early
        for edge, cut in zip(function.edges[1:], cuts, strict=True)
    ]
    whole = [floor(edge) if cut else ceil(edge) for edge, cut in zip(moved, cuts, strict=True)]
    if _ascend(moved) and _ascend(whole):
        # No second sees more of them than the one it is rounded for.
        return Steps((-inf, *whole), function.values)
    negative = Steps(function.edges, tuple(-value for value in function.values))
    return _lowest_by_second(_smeared(negative, rise=-late, fall=early))


def _lowest_by_second(negative: Steps) -> Steps:
    """In each second the lowest that holds anywhere in it, of a function given as its negative."""
    edges, values = negative.edges, negative.values
    marks = sorted({whole for edge in edges[1:] for whole in (floor(edge), ceil(edge))})
    pieces: list[tuple[float, float]] = [(-inf, -values[0])]
    first = 0
    for mark, following in zip(marks, [*marks[1:], inf], strict=False):
        while first + 1 < len(edges) and edges[first + 1] <= mark:
            first += 1
        highest, place = values[first], first + 1
        while place < len(edges) and edges[place] < following:
            highest = max(highest, values[place])
            place += 1
        pieces.append((mark, -highest))
    return steps(pieces)


def _smeared(function: Steps, *, rise: float, fall: float) -> Steps:
    """The upper envelope of the pieces, each stretched: its start by `rise`, its end by `fall`."""
    moved = [
        edge + rise if value > before else edge + fall
        for edge, (value, before) in zip(function.edges[1:], _turns(function), strict=True)
    ]
    if _ascend(moved):
        return Steps((-inf, *moved), function.values)
    return _envelope(function, rise=rise, fall=fall)


def _turns(function: Steps) -> Iterable[tuple[float, float]]:
    """The value from each edge on but the first, and the one before it."""
    return zip(function.values[1:], function.values[:-1], strict=True)


def _ascend(edges: Sequence[float]) -> bool:
    return all(map(lt, edges, edges[1:]))


def _envelope(function: Steps, *, rise: float, fall: float) -> Steps:
    """`_smeared` where a dip is shorter than the smear, so that stretched pieces overlap."""
    ends = (*function.edges[1:], inf)
    pieces = [
        (start + rise, end + fall, value)
        for start, end, value in zip(function.edges, ends, function.values, strict=True)
    ]
    edges = sorted({-inf} | {edge for start, end, _ in pieces for edge in (start, end)} - {inf})
    return steps(
        (edge, max(value for start, end, value in pieces if start <= edge < end)) for edge in edges
    )


def edges_between(functions: Iterable[Steps], start: Instant, end: Instant) -> set[float]:
    """Every edge strictly inside ``(start, end)``."""
    found: set[float] = set()
    # Many EVSEs share one function.
    for edges in {id(function): function.edges for function in functions}.values():
        found.update(edges[bisect_right(edges, start) : bisect_left(edges, end)])
    return found


def sampled(functions: Sequence[Steps], grid: Sequence[float]) -> NDArray[np.float64]:
    """``[T, N]``: the value of each function at each instant of the grid, which ascends."""
    places: dict[int, int] = {}
    distinct: list[list[float]] = []
    for function in functions:
        if id(function) not in places:
            places[id(function)] = len(distinct)
            distinct.append(_sampled(function, grid))
    columns = [places[id(function)] for function in functions]
    return np.array(distinct).reshape(-1, len(grid)).T.take(columns, axis=1)


def _sampled(function: Steps, grid: Sequence[float]) -> list[float]:
    found: list[float] = []
    first = bisect_right(function.edges, grid[0])
    for value, until in zip(
        function.values[first - 1 :], (*function.edges[first:], inf), strict=True
    ):
        found += [value] * (bisect_left(grid, until) - len(found))
    return found
