"""What each EVSE would get if stations obeyed at once: the share the commitments work towards.

Arrays are ``[T, N]``: periods of a grid of instants by EVSEs, amperes per wire.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridbridge.allocation.arguments import anywhere
from gridbridge.engine.site.kept import Kept
from gridbridge.engine.site.sharing import (
    SLACK,
    Amps,
    Flags,
    Most,
    Order,
    Shares,
    fair,
    useful,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray

    from gridbridge.allocation import Tree
    from gridbridge.domain.units import Watts
    from gridbridge.engine.site.state import EvseState
    from gridbridge.engine.site.wires import Wires
    from gridbridge.policy.envelope import Bound

KEPT = 32
"""Shares of one period each that are kept although they were not asked for lately."""


def caps(
    tree: Tree,
    row_limits: Amps,
    at: Sequence[Bound],
    *,
    floors: Watts,
) -> Amps:
    """``[T, C]``: the rows' own limits, and in the last row what the site's EVSEs may draw.

    Floors of sessions stand against voluntary limits and prices, never against firm ones.
    """
    found = np.empty((len(at), tree.n_rows))
    found[:, :-1] = row_limits
    soft = np.maximum([bound.soft for bound in at], floors)
    found[:, -1] = np.minimum([bound.firm for bound in at], soft)
    return found


def order(own: Sequence[EvseState], floor_w: Amps, value: Amps | None = None) -> Order:
    """Who is admitted first: classes with a floor, then who came first, then by column.

    Where sharing is for throughput, `value` comes before who came first.
    """
    came = np.array([each.occupied_since or 0.0 for each in own])
    return np.lexsort((came, -floor_w) if value is None else (came, -value, -floor_w))


class Targets:
    """The shares of one site; what was shared lately is not shared again.

    An event's levels come back again and again, and from one decision to the next few periods
    differ.
    """

    def __init__(self, wires: Wires, shares: Shares, most: Most | None = None) -> None:
        self._wires = wires
        self._shares = shares
        self._most = most
        self._kept: Kept[Amps] = Kept(room=KEPT)

    def begin_pass(self) -> None:
        """A new look at the whole site begins."""
        self._kept.begin_pass()

    def of(
        self,
        tree: Tree,
        caps: Amps,
        *,
        fixed: Amps,
        free: Flags,
        active: Flags,
        turn: Order,
        value: Amps | None = None,
    ) -> Amps:
        """Share the caps: the fixed keep what they may hold, then cars, then idle EVSEs.

        `fixed` ``[T, N]`` is what EVSEs that are not `free` ``[N]`` may draw whatever is decided.
        Idle EVSEs come last, from what is left, so that a car that plugs in needs no message.
        `value` ``[N]`` is what an ampere is worth where sharing is for throughput.
        """
        held = np.where(free, 0.0, fixed)
        worth = b"" if value is None else value.tobytes()
        frame = (tree, free.tobytes(), active.tobytes(), turn.tobytes(), worth)
        keys = [(frame, asked) for asked in _rows(np.concatenate((caps, held), axis=1))]
        shared: dict[Hashable, Amps] = {}
        missing: dict[Hashable, int] = {}
        for period, key in enumerate(keys):
            if (known := self._kept.find(key)) is None:
                missing[key] = period
            else:
                shared[key] = known
        if missing:
            periods = list(missing.values())
            new = targets(
                tree,
                caps[periods],
                self._wires,
                self._shares,
                held=held[periods],
                free=free,
                active=active,
                turn=turn,
                most=self._most,
                value=value,
            )
            shared.update(zip(missing, map(self._kept.keep, missing, new), strict=True))
        return np.concatenate([shared[key] for key in keys]).reshape(held.shape)


def _rows(array: NDArray[np.float64]) -> list[bytes]:
    """The bytes of each row."""
    whole, width = array.tobytes(), array.itemsize * array.shape[1]
    return [whole[start : start + width] for start in range(0, len(whole), width)]


def targets(
    tree: Tree,
    caps: Amps,
    wires: Wires,
    shares: Shares,
    *,
    held: Amps,
    free: Flags,
    active: Flags,
    turn: Order,
    most: Most | None = None,
    value: Amps | None = None,
) -> Amps:
    """`Targets.of` without memory; `held` is 0 where an EVSE is free."""
    cars = free & active
    if most is None or value is None:
        got = fair(tree, caps, wires, shares, held=held, among=cars, turn=turn)
    else:
        got = useful(
            tree,
            caps,
            wires,
            shares,
            most=most,
            value=value,
            held=held,
            among=cars,
            turn=turn,
        )
    idle = free & ~active
    if anywhere(idle):
        got = fair(tree, caps, wires, shares, held=got, among=idle, turn=turn)
    return np.where(free, whole_steps(got, least=wires.min_amps, step=shares.step), got)


def whole_steps(amps: Amps, *, least: Amps, step: Amps) -> Amps:
    """Down to whole steps, or to the minimum where that lies in between; below it to nothing."""
    stepped = np.maximum(np.floor(amps / step + SLACK) * step, least)
    return np.where(amps < least - SLACK, 0.0, stepped)
