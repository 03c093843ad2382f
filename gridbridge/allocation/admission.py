"""Who may charge at all: a car draws its minimum (6 A by IEC 61851-1) or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridbridge.allocation.arguments import anywhere, everywhere, finite, known_caps, matrix
from gridbridge.allocation.greedy import grant

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from gridbridge.allocation.arguments import Bools, Floats, Indices
    from gridbridge.allocation.tree import Tree


def admit(  # noqa: PLR0917 - one problem's arrays, in one order throughout the package
    tree: Tree,
    caps: Floats,
    minimum: Floats,
    candidates: Bools,
    order: Indices,
    held: Floats | None = None,
) -> Bools:
    """Admit candidates to their minimum in the given order while every row above has room.

    `caps[T, C]` are in row units, `minimum` is `[T, N]` or `[N]` in amperes per wire, `candidates`
    `[T, N]`; `order[N]` lists every column once, the first to be served first. `held[T, N]` is
    what an EVSE draws whatever is decided: it counts in its rows first, and a candidate that
    holds something needs only what its minimum is above it. In a row that the held amperes alone
    exceed nobody is admitted.

    Returns `[T, N]`. The minimums of the admitted, and all that is held, fit under every row not
    exceeded by what is held. On circuits that nest, with one common minimum, no other choice
    admits more; with one- and three-phase cars mixed another may, by some per cent.

    Raises ValueError for a wrong shape, a value that is not finite, a negative minimum, or an
    order that is no permutation.
    """
    caps = matrix("caps", caps, columns=tree.n_rows)
    shape = (caps.shape[0], tree.n_evses)
    known_caps(caps)
    minimum = matrix("minimum", _every_period(minimum, shape), columns=shape[1], periods=shape[0])
    finite("minimum", minimum)
    if anywhere(minimum < 0):
        raise ValueError("minimum must not be negative")
    asking = np.asarray(candidates)
    if asking.shape != shape or asking.dtype != np.bool_:
        raise ValueError(
            f"candidates must be booleans of shape {list(shape)}, "
            f"not {asking.dtype} of {list(asking.shape)}"
        )
    if held is None:
        need, used = minimum, np.zeros(caps.shape)
    else:
        held = matrix("held", held, columns=shape[1], periods=shape[0])
        finite("held", held)
        need, used = np.maximum(minimum - held, 0.0), tree.loads(held)
    places = _places(order, shape[1])
    return grant(tree, caps, used=used, amounts=need, asking=asking, places=places)


def _every_period(minimum: ArrayLike, shape: tuple[int, int]) -> ArrayLike:
    array = np.asarray(minimum, dtype=np.float64)
    if array.shape != shape[1:]:
        return array
    # np.broadcast_to costs several times as much on arrays this small.
    repeated = np.empty(shape)
    repeated[:] = array
    return repeated


def _places(order: Indices, n_evses: int) -> Indices:
    """Turn the list of who is served into the place of each column in it."""
    listed = np.asarray(order)
    places = np.full(n_evses, -1, dtype=np.intp)
    if listed.shape == (n_evses,) and listed.dtype.kind in "iu":
        inside = (listed >= 0) & (listed < n_evses)
        if everywhere(inside):
            places[listed] = np.arange(n_evses)
    if anywhere(places < 0) or listed.shape != (n_evses,):
        raise ValueError(f"order must list each of the {n_evses} columns once")
    return places
