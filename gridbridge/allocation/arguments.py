"""What the functions of this package ask of their arrays, and the words they refuse them with."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.intp]
Bools: TypeAlias = NDArray[np.bool_]


def anywhere(flags: Bools) -> bool:
    """Whether one is set: on arrays this small several times as quick as `flags.any()`."""
    return bool(np.count_nonzero(flags))


def everywhere(flags: Bools) -> bool:
    """Whether all are set."""
    return bool(np.count_nonzero(flags) == flags.size)


def matrix(name: str, values: ArrayLike, *, columns: int, periods: int | None = None) -> Floats:
    """Return `values` as float64 `[periods, columns]`; any other shape is a ValueError."""
    array = np.asarray(values, dtype=np.float64)
    wanted = ("T" if periods is None else periods, columns)
    if (
        array.ndim != len(wanted)
        or array.shape[1] != columns
        or (periods is not None and array.shape[0] != periods)
    ):
        raise ValueError(
            f"{name} must have shape [{wanted[0]}, {wanted[1]}], not {list(array.shape)}"
        )
    return array


def problem(
    shape: tuple[int, int],
    caps: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    **of_each: ArrayLike,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Caps, bounds and the one that is named, checked by a tree's `shape`; that is positive."""
    ((name, values),) = of_each.items()
    n_rows, n_evses = shape
    rows = matrix("caps", caps, columns=n_rows)
    least, most, own = (
        matrix(called, array, columns=n_evses, periods=rows.shape[0])
        for called, array in (("lower", lower), ("upper", upper), (name, values))
    )
    known_caps(rows)
    bounded(least, most)
    positive(name, own)
    return rows, least, most, own


def known_caps(caps: Floats) -> None:
    """Refuse a cap that is not a number or minus infinity; plus infinity means no limit."""
    known = caps > -np.inf
    if not everywhere(known):
        period, row = _first(~known)
        raise ValueError(
            f"caps must be numbers or infinity, not {caps[period, row]} "
            f"(period {period}, row {row})"
        )


def bounded(lower: Floats, upper: Floats) -> None:
    """Refuse bounds that are not finite, or an upper below its lower."""
    finite("lower", lower)
    finite("upper", upper)
    ordered = lower <= upper
    if not everywhere(ordered):
        period, column = _first(~ordered)
        raise ValueError(
            f"upper {upper[period, column]} is below lower {lower[period, column]} "
            f"(period {period}, column {column})"
        )


def positive(name: str, values: Floats) -> None:
    """Refuse a value that is not above zero and finite."""
    above = values > 0
    if not everywhere(above):
        period, column = _first(~above)
        raise ValueError(
            f"{name} must be positive, not {values[period, column]} "
            f"(period {period}, column {column})"
        )
    finite(name, values)


def finite(name: str, values: Floats) -> None:
    """Refuse infinity and not-a-number."""
    known = np.isfinite(values)
    if not everywhere(known):
        period, column = _first(~known)
        raise ValueError(
            f"{name} must be finite, not {values[period, column]} "
            f"(period {period}, column {column})"
        )


def _first(wrong: Bools) -> tuple[int, int]:
    """Return the period and column of the first wrong value."""
    period, column = np.unravel_index(int(wrong.argmax()), wrong.shape)
    return int(period), int(column)
