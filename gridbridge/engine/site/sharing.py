"""How the caps are shared among some EVSEs: floors, then minimums, then what the site is for.

Whatever a site is for, floors come first, nobody gets less than its minimum and more than nothing,
and what others hold is not touched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gridbridge.allocation import Tree, admit, allocate
from gridbridge.allocation.arguments import anywhere, everywhere
from gridbridge.domain.site import Objective, VehicleClass
from gridbridge.engine.site.wires import LOWEST

if TYPE_CHECKING:
    from gridbridge.engine.site.wires import Wires

Amps = NDArray[np.float64]
Flags = NDArray[np.bool_]
Order = NDArray[np.intp]

NO_CLASS = VehicleClass()
SLACK = 1e-6
Most: TypeAlias = Callable[[Tree, Amps, Amps, Amps, Amps], Amps]
"""Shares so that most is charged: caps, lower, upper, value to amperes."""


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


def most_of(objective: Objective) -> Most | None:
    """What shares for throughput; None at a site that shares fairly."""
    if objective is Objective.FAIR:
        return None
    from gridbridge.allocation.throughput import throughput  # noqa: PLC0415 - needs a solver, which only such a site has

    return throughput


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


def fair(
    tree: Tree,
    caps: Amps,
    wires: Wires,
    shares: Shares,
    *,
    held: Amps,
    among: Flags,
    turn: Order,
) -> Amps:
    """Give nobody more while somebody of the same weight has less."""
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


def useful(
    tree: Tree,
    caps: Amps,
    wires: Wires,
    shares: Shares,
    *,
    most: Most,
    value: Amps,
    held: Amps,
    among: Flags,
    turn: Order,
) -> Amps:
    """Charge most where `value` ``[N]`` is largest; who would get too little waits with nothing.

    A minimum for everybody would leave nothing to choose where power is scarce. So it is first
    shared as if there were none; who gets something of that has its minimum, then it is shared
    again among those, and last come the minimums that still fit.
    """
    full = np.where(among, wires.max_amps, held)
    if not anywhere(among) or everywhere(tree.loads(full) <= caps + SLACK):
        return full
    got, admitted = _floors(tree, caps, wires, shares, held=held, among=among, turn=turn)
    worth = np.broadcast_to(value, held.shape)
    ideal = most(tree, caps, got, np.where(among, full, got), worth)
    first = among & (ideal > got + SLACK)
    for asking in (first, among & ~first):
        now = _minimums(tree, caps, wires, got, asking & ~admitted, ideal, turn)
        if asking is first or anywhere(now):
            admitted = admitted | now
            least = np.where(now, np.maximum(got, wires.min_amps), got)
            got = most(tree, caps, least, np.where(admitted, full, least), worth)
    return got


def _minimums(  # noqa: PLR0917 - one problem's arrays, in the order of `admit`
    tree: Tree, caps: Amps, wires: Wires, held: Amps, asking: Flags, ideal: Amps, turn: Order
) -> Flags:
    """Admit to the minimum, first who would get all of it, then who would get most of it."""
    admitted = np.zeros(held.shape, dtype=np.bool_)
    of_minimum = np.minimum(ideal / np.maximum(wires.min_amps, SLACK), 1.0)
    for period in range(held.shape[0]):
        now = slice(period, period + 1)
        order = turn[np.argsort(-of_minimum[period, turn], kind="stable")]
        admitted[now] = admit(tree, caps[now], wires.min_amps, asking[now], order, held[now])
    return admitted


def _admitted(
    tree: Tree,
    caps: Amps,
    wires: Wires,
    shares: Shares,
    *,
    held: Amps,
    among: Flags,
    turn: Order,
) -> tuple[Amps, Flags]:
    """What everybody gets before the rest is shared, and who gets something of it.

    Floors come first, then minimums; who is not admitted keeps what is held.
    """
    least = np.where(among, wires.min_amps, held)
    if not anywhere(among & (shares.floor_w > 0)) and everywhere(tree.loads(least) <= caps):
        # Enough for everybody, as mostly there is: nobody has to wait for a turn.
        return least, among
    got, admitted = _floors(tree, caps, wires, shares, held=held, among=among, turn=turn)
    now = admit(tree, caps, wires.min_amps, among & ~admitted, turn, got)
    return np.where(now, wires.min_amps, got), admitted | now


def _floors(
    tree: Tree,
    caps: Amps,
    wires: Wires,
    shares: Shares,
    *,
    held: Amps,
    among: Flags,
    turn: Order,
) -> tuple[Amps, Flags]:
    """Admit who has a floor; one that does not fit becomes a minimum, before those of others."""
    got, admitted = held, np.zeros(held.shape, dtype=np.bool_)
    floored = among & (shares.floor_w > 0)
    if anywhere(floored):
        for amps in (shares.floor_amps, wires.min_amps):
            now = admit(tree, caps, amps, floored & ~admitted, turn, got)
            got, admitted = np.where(now, amps, got), admitted | now
    return got, admitted
