"""What each EVSE would get if stations obeyed at once: the share the commitments work towards.

Arrays are ``[T, N]``: periods of a grid of instants by EVSEs, amperes per wire.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gridbridge.allocation import Tree, admit, allocate
from gridbridge.allocation.arguments import anywhere, everywhere
from gridbridge.domain.site import VehicleClass
from gridbridge.engine.site.kept import Kept
from gridbridge.engine.site.wires import LOWEST

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from gridbridge.domain.units import Watts
    from gridbridge.engine.site.state import EvseState
    from gridbridge.engine.site.wires import Wires
    from gridbridge.policy.envelope import Bound

Amps = NDArray[np.float64]
Flags = NDArray[np.bool_]

NO_CLASS = VehicleClass()
SLACK = 1e-6
KEPT = 32
"""Shares of one period each that are kept although they were not asked for lately."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """The static part of sharing: one value per EVSE."""

    weight: Amps
    """How much of what is shared, relative to others."""
    floor_w: Amps
    """The class's floor in watts, 0 for none."""
    floor_amps: Amps
    """The same in amperes, as it is promised: at the lowest voltage, and the minimum at least."""
    step: Amps


def shares_of(wires: Wires, classes: Mapping[str, VehicleClass]) -> Shares:
    """Look each EVSE's class up; an EVSE of no configured class shares as one of weight 1."""
    of = [classes.get(evse.vehicle_class, NO_CLASS) for evse in wires.evses]
    low = wires.watts_per_amp(wires.phase_voltage * LOWEST)
    floor_w = np.minimum([float(each.floor_w) for each in of], wires.max_amps * low)
    return Shares(
        weight=np.array([each.weight for each in of]),
        floor_w=floor_w,
        floor_amps=np.where(floor_w > 0, np.maximum(floor_w / low, wires.min_amps), 0.0),
        step=np.array([float(evse.step) for evse in wires.evses]),
    )


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


def order(own: Sequence[EvseState], floor_w: Amps) -> NDArray[np.intp]:
    """Who is admitted first: classes with a floor, then who came first, then by column."""
    came = np.array([each.occupied_since or 0.0 for each in own])
    return np.lexsort((came, -floor_w))


class Targets:
    """The shares of one site; what was shared lately is not shared again.

    An event's levels come back again and again, and from one decision to the next few periods
    differ.
    """

    def __init__(self, wires: Wires, shares: Shares) -> None:
        self._wires = wires
        self._shares = shares
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
        turn: NDArray[np.intp],
    ) -> Amps:
        """Share the caps: the fixed keep what they may hold, then cars, then idle EVSEs.

        `fixed` ``[T, N]`` is what EVSEs that are not `free` ``[N]`` may draw whatever is decided.
        Idle EVSEs come last, from what is left, so that a car that plugs in needs no message.
        """
        held = np.where(free, 0.0, fixed)
        frame = (tree, free.tobytes(), active.tobytes(), turn.tobytes())
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
    turn: NDArray[np.intp],
) -> Amps:
    """`Targets.of` without memory; `held` is 0 where an EVSE is free."""
    got = _share(tree, caps, wires, shares, held=held, among=free & active, turn=turn)
    idle = free & ~active
    if anywhere(idle):
        got = _share(tree, caps, wires, shares, held=got, among=idle, turn=turn)
    return np.where(free, whole_steps(got, least=wires.min_amps, step=shares.step), got)


def whole_steps(amps: Amps, *, least: Amps, step: Amps) -> Amps:
    """Down to whole steps, or to the minimum where that lies in between; below it to nothing."""
    stepped = np.maximum(np.floor(amps / step + SLACK) * step, least)
    return np.where(amps < least - SLACK, 0.0, stepped)


def _share(
    tree: Tree,
    caps: Amps,
    wires: Wires,
    shares: Shares,
    *,
    held: Amps,
    among: Flags,
    turn: NDArray[np.intp],
) -> Amps:
    if not anywhere(among):
        return held
    most = np.where(among, wires.max_amps, held)
    if everywhere(tree.loads(most) <= caps + SLACK):
        return most
    lower, admitted = _admitted(tree, caps, wires, shares, held=held, among=among, turn=turn)
    upper = np.where(admitted, wires.max_amps, held)
    weight = np.empty(held.shape)
    weight[:] = shares.weight
    return allocate(tree, caps, lower, upper, weight)


def _admitted(
    tree: Tree,
    caps: Amps,
    wires: Wires,
    shares: Shares,
    *,
    held: Amps,
    among: Flags,
    turn: NDArray[np.intp],
) -> tuple[Amps, Flags]:
    """What everybody gets before the rest is shared, and who gets something of it.

    Floors come first, then minimums; who is not admitted keeps what is held. A floor that does
    not fit becomes a minimum, and comes before the minimums of others.
    """
    chances = [(among, wires.min_amps)]
    floored = among & (shares.floor_w > 0)
    if not anywhere(floored):
        least = np.where(among, wires.min_amps, held)
        if everywhere(tree.loads(least) <= caps):
            # Enough for everybody, as mostly there is: nobody has to wait for a turn.
            return least, among
    else:
        chances = [(floored, shares.floor_amps), (floored, wires.min_amps), *chances]
    got, admitted = held, np.zeros(held.shape, dtype=np.bool_)
    for who, amps in chances:
        now = admit(tree, caps, amps, who & ~admitted, turn, got)
        got, admitted = np.where(now, amps, got), admitted | now
    return got, admitted
