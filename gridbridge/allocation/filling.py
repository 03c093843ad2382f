"""Progressive filling: raise everybody's level together, and stop whoever meets a full row.

Every round freezes all locally minimal rows at once: those in which nobody stops earlier
elsewhere. Levels never fall from round to round, which makes the result exact for any rows with
positive coefficients, nested or not. A few rounds serve thousands of EVSEs, because rows far
apart in the tree are decided in the same round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridbridge.allocation.arguments import anywhere
from gridbridge.allocation.paths import sums

if TYPE_CHECKING:
    from gridbridge.allocation.arguments import Bools, Floats, Indices

# Levels that differ by rounding alone are one level.
_SAME = 1 - 1e-12


def fill(rows: Indices, pull: Floats, room: Floats, span: Floats) -> Floats:
    """Return the lexicographically largest levels that the rows have room for.

    `rows[depth, n]` are the rows above each of n members and `pull` what one unit of level adds
    to them; `room[row]` is what each row has left (infinite: no limit; negative: none) and
    `span[n]` the highest level of each member.
    """
    n_rows = room.size
    # A row that holds everybody's full span binds nobody.
    binding = sums(rows, pull * span, n_rows) > room
    if not anywhere(binding):
        return span
    left = np.where(binding, np.maximum(room, 0.0), np.inf)
    level = np.empty_like(span)
    member = np.arange(span.size)
    # A row whose members are all frozen has slope 0; nobody looks at its level any more.
    with np.errstate(divide="ignore", invalid="ignore"):
        while True:
            flat = rows.ravel()
            full_at = left / np.bincount(flat, pull.ravel(), n_rows)
            above = full_at.take(rows)
            ceiling: Floats = np.minimum.reduce(above)
            stop = np.minimum(ceiling, span)
            # Whoever still rises is overwritten by a later round.
            level[member] = stop
            rising = _under_rising_rows(rows, stop < above * _SAME, n_rows) & (span > ceiling)
            going = rising.nonzero()[0]
            if not going.size:
                return level
            stop[going] = 0.0
            left -= np.bincount(flat, (pull * stop).ravel(), n_rows)
            np.maximum(left, 0.0, out=left)
            member, span = member.take(going), span.take(going)
            rows, pull = rows.take(going, axis=1), pull.take(going, axis=1)


def _under_rising_rows(rows: Indices, early: Bools, n_rows: int) -> Bools:
    """Mark the members whose rows all rise on.

    A row rises on if one of its members stops early: below the level at which the row is full.
    """
    rising = np.zeros(n_rows, dtype=np.bool_)
    rising[rows[early]] = True
    under: Bools = np.logical_and.reduce(rising.take(rows))
    return under
