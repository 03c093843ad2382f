"""The limits of a site as rows over its EVSEs, in sparse form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import numpy as np

from gridbridge.allocation.arguments import Bools, Floats, Indices, matrix

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tree:
    """Which EVSE counts in which limit, and by how much per ampere.

    A row is one limit: a wire of a circuit (amperes, coefficient 1) or a meter (watts, coefficient
    volts times phases). Circuits, phases and meters need not nest: any set of rows with positive
    coefficients is allowed, and so is an EVSE on no row or a row without EVSEs.

    The arrays are read-only and sorted by row, then by column. A tree is built once per
    configuration; what the solver needs of it is computed here and not again. Raises ValueError
    for an index out of range, a pair given twice, a repeated row name, or a coefficient that is
    not positive and finite.
    """

    n_evses: int
    row_names: tuple[str, ...]
    row: Indices
    """The row of each (row, column) pair."""
    column: Indices
    """The EVSE of each pair."""
    coefficient: Floats
    """What one ampere of the EVSE adds to the row."""
    n_rows: int = field(init=False, repr=False)
    """The number of limits."""
    path_row: Indices = field(init=False, repr=False)
    """`[depth, EVSE]`: the rows above each EVSE, filled up with `n_rows`, a row of no limit."""
    path_coefficient: Floats = field(init=False, repr=False)
    """`[depth, EVSE]`: their coefficients, filled up with 0."""
    _laid: Indices = field(init=False, repr=False)
    """The rows of the pairs in as many periods side by side as were asked for at once so far."""

    def __post_init__(self) -> None:
        """Validate, sort, freeze, and lay out the path above each EVSE."""
        if self.n_evses < 0:
            raise ValueError(f"n_evses = {self.n_evses} is negative")
        if len(set(self.row_names)) != len(self.row_names):
            repeated = next(n for n in self.row_names if self.row_names.count(n) > 1)
            raise ValueError(f"row name {repeated!r} is used more than once")
        object.__setattr__(self, "n_rows", len(self.row_names))
        row, column, coefficient = self._sorted_pairs()
        path_row, path_coefficient = _paths(
            row, column, coefficient, n_rows=len(self.row_names), n_evses=self.n_evses
        )
        for name, array in (
            ("row", row),
            ("column", column),
            ("coefficient", coefficient),
            ("path_row", path_row),
            ("path_coefficient", path_coefficient),
            ("_laid", row.copy()),
        ):
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @classmethod
    def from_pairs(
        cls,
        n_evses: int,
        row_names: Iterable[str],
        pairs: Iterable[tuple[int, int, float]],
    ) -> Self:
        """Build a tree from (row index, EVSE index, coefficient) triples, in any order."""
        listed = list(pairs)
        return cls(
            n_evses=n_evses,
            row_names=tuple(row_names),
            row=np.array([row for row, _, _ in listed], dtype=np.intp),
            column=np.array([column for _, column, _ in listed], dtype=np.intp),
            coefficient=np.array([coefficient for _, _, coefficient in listed], dtype=np.float64),
        )

    def loads(self, amps: Floats) -> Floats:
        """Say what each row carries: `amps[periods, EVSEs]` to `[periods, rows]`, in row units."""
        amps = matrix("amps", amps, columns=self.n_evses)
        periods = amps.shape[0]
        carried = np.bincount(
            self._rows(periods),
            (amps.take(self.column, axis=1) * self.coefficient).ravel(),
            minlength=periods * self.n_rows,
        )
        # Of no pairs at all, bincount counts in integers.
        return carried.astype(np.float64, copy=False).reshape(periods, self.n_rows)

    def _rows(self, periods: int) -> Indices:
        """The row of each pair in each of so many periods that lie side by side."""
        wanted = periods * self.row.size
        if wanted > self._laid.size:
            laid = self.row + self.n_rows * np.arange(periods)[:, None]
            object.__setattr__(self, "_laid", laid.ravel())
        return self._laid[:wanted]

    def _sorted_pairs(self) -> tuple[Indices, Indices, Floats]:
        """Return fresh arrays of the pairs in row-major order, or say which pair is wrong."""
        row = np.array(self.row, dtype=np.intp)
        column = np.array(self.column, dtype=np.intp)
        coefficient = np.array(self.coefficient, dtype=np.float64)
        if not row.ndim == column.ndim == coefficient.ndim == 1 or not (
            row.size == column.size == coefficient.size
        ):
            raise ValueError(
                "row, column and coefficient must be three lists of one length, not "
                f"{row.shape}, {column.shape}, {coefficient.shape}"
            )
        _refuse((row < 0) | (row >= self.n_rows), row, f"row outside 0..{self.n_rows - 1}")
        _refuse(
            (column < 0) | (column >= self.n_evses),
            column,
            f"column outside 0..{self.n_evses - 1}",
        )
        _refuse(
            ~((coefficient > 0) & (coefficient < np.inf)),
            coefficient,
            "coefficient not positive and finite",
        )
        order = np.lexsort((column, row))
        row, column, coefficient = row[order], column[order], coefficient[order]
        twice = np.flatnonzero((row[1:] == row[:-1]) & (column[1:] == column[:-1]))
        if twice.size:
            at = twice[0]
            raise ValueError(f"pair (row {row[at]}, column {column[at]}) is given twice")
        return row, column, coefficient


def _refuse(wrong: Bools, values: Indices | Floats, what: str) -> None:
    """Raise for the first pair marked as wrong."""
    if wrong.any():
        at = int(wrong.argmax())
        raise ValueError(f"pair {at}: {what}: {values[at]}")


def _paths(
    row: Indices, column: Indices, coefficient: Floats, *, n_rows: int, n_evses: int
) -> tuple[Indices, Floats]:
    """Turn sorted pairs into one padded column of rows per EVSE."""
    order = np.argsort(column, kind="stable")
    row, column, coefficient = row[order], column[order], coefficient[order]
    lengths = np.bincount(column, minlength=n_evses)
    place = np.arange(row.size) - (np.cumsum(lengths) - lengths)[column]
    depth = int(lengths.max(initial=1))
    path_row = np.full((depth, n_evses), n_rows, dtype=np.intp)
    path_row[place, column] = row
    path_coefficient = np.zeros((depth, n_evses))
    path_coefficient[place, column] = coefficient
    return path_row, path_coefficient
