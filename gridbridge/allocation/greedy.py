"""First come, first served, for everybody at once: one order, many limits, whole amounts only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridbridge.allocation.arguments import anywhere, everywhere
from gridbridge.allocation.paths import (
    per_ampere,
    periods_at_once,
    rows_above,
    sums,
    with_unlimited,
)

if TYPE_CHECKING:
    from gridbridge.allocation.arguments import Bools, Floats, Indices
    from gridbridge.allocation.tree import Tree

# A row is full to within this share of its limit (of one unit, for limits below one).
_ROUNDING = 1e-9
# Shares of a row are added up as whole numbers of 2^-36: exact in any order, and rounded up.
_WHOLE = 2.0**36


def grant(
    tree: Tree, caps: Floats, *, used: Floats, amounts: Floats, asking: Bools, places: Indices
) -> Bools:
    """Say who gets the amount asked for, serving every period in the order of `places`.

    `caps[T, C]` and `used[T, C]` are in row units, `amounts[T, N]` in amperes and not negative.
    Whoever is `asking[T, N]` is granted the whole amount if every row above still has room for it
    after all those with a lower `places` (`[T, N]`, or `[N]` for every period) were served, and
    nothing otherwise. Equal places are served by column.
    """
    granted = asking.copy().ravel()
    at_once = periods_at_once(tree)
    room = caps - used + _ROUNDING * (1.0 + np.abs(caps))
    for start in range(0, asking.shape[0], at_once):
        part = slice(start, start + at_once)
        asked = asking[part].ravel()
        rows = rows_above(tree, asking[part].shape[0])
        takes = per_ampere(tree, np.where(asking[part], amounts[part], 0.0))
        left = with_unlimited(room[part])
        # Most of the time there is enough for everybody who asks.
        scarce = sums(rows, takes, left.size) > left
        if not anywhere(scarce):
            continue
        member = (asked & np.logical_or.reduce(scarce.take(rows), axis=0)).nonzero()[0]
        turns = np.broadcast_to(places, asking.shape)[part].ravel()
        member = member.take(turns.take(member).argsort(kind="stable"))
        served = _serve(rows.take(member, axis=1), takes.take(member, axis=1), left)
        granted[start * tree.n_evses + member] = served
    return granted.reshape(asking.shape)


def _serve(rows: Indices, takes: Floats, left: Floats) -> Bools:
    """Serve members that stand in order, and mark those who fit.

    Each round settles all whose turn is certain: who no longer fits is out for good, since rooms
    only shrink; who fits even if everybody before him were served is in.
    """
    served = np.zeros(rows.shape[1], dtype=np.bool_)
    member = np.arange(rows.shape[1])
    while True:
        fits = np.logical_and.reduce(takes <= left.take(rows), axis=0)
        if not everywhere(fits):
            here = fits.nonzero()[0]
            member = member.take(here)
            rows, takes = rows.take(here, axis=1), takes.take(here, axis=1)
        if not member.size:
            return served
        contested = (sums(rows, takes, left.size) > left).take(rows)
        late = _behind(rows, takes, left, contested)
        now, later = (~late).nonzero()[0], late.nonzero()[0]
        served[member.take(now)] = True
        if not later.size:
            return served
        left = left - sums(rows.take(now, axis=1), takes.take(now, axis=1), left.size)
        member = member.take(later)
        rows, takes = rows.take(later, axis=1), takes.take(later, axis=1)


def _behind(rows: Indices, takes: Floats, left: Floats, contested: Bools) -> Bools:
    """Mark the members that a contested row could not hold behind everybody before them."""
    behind = np.zeros(rows.shape[1], dtype=np.bool_)
    member, depth = contested.T.nonzero()
    if not member.size:
        return behind
    row = rows[depth, member]
    by_row = row.argsort(kind="stable")
    row, member, depth = row.take(by_row), member.take(by_row), depth.take(by_row)
    shares = np.ceil(takes[depth, member] / left.take(row) * _WHOLE).astype(np.int64)
    queue = shares.cumsum()
    first = np.concatenate(([True], row[1:] != row[:-1]))
    before = (queue - shares)[first]
    queue -= before.take(first.cumsum() - 1)
    behind[member[queue > _WHOLE]] = True
    return behind
