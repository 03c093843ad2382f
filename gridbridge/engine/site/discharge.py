"""Giving power back: which EVSE discharges how much while a dispatch asks for export.

Charging was already reduced by the dispatch's limit; what is still missing to the target is given
back, within each EVSE's rating, the wires, and what may leave the site at the meter.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, inf
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gridbridge.allocation import Tree, allocate
from gridbridge.domain.site import Evse, Kind
from gridbridge.domain.units import Instant, Watts
from gridbridge.engine.site.commitments import committed
from gridbridge.engine.site.holds import Worsts, controllable
from gridbridge.engine.site.wires import LOWEST, Wires
from gridbridge.policy.envelope import Bound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridbridge.engine.site.envelope import Envelope
    from gridbridge.engine.site.state import EvseState, StationState

LEAST_SOC = 20.0
"""Percent: a car that says it holds less is not discharged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discharge:
    """What may be given back, ``[T, N]`` watts at the EVSE, magnitudes."""

    watts: NDArray[np.float64]
    asked: tuple[bool, ...]
    """Per period: a dispatch below zero holds."""
    ratings: tuple[float, ...]
    """Per column; 0: cannot discharge."""
    allowed: tuple[float, ...]
    """Per column: the most that the site would ever let it give back now."""
    target: Bound
    """The bound that holds now."""

    def setpoints_of(self, column: int) -> Sequence[float] | None:
        """Signed setpoints (inf where none holds); None for a column that cannot discharge."""
        if self.ratings[column] == 0.0:
            return None
        return [
            -float(watts) if asked and watts > 0 else inf
            for watts, asked in zip(self.watts[:, column], self.asked, strict=True)
        ]

    def percent_of(self, column: int) -> float | None:
        """LimitMaxDischarge in percent of its rating, rounded down."""
        rating = self.ratings[column]
        if rating == 0.0:
            return None
        return float(floor(100.0 * min(self.allowed[column] / rating, 1.0)))


def planned(
    tree: Tree,
    wires: Wires,
    columns: Sequence[tuple[StationState, EvseState]],
    current: Envelope,
    worsts: Worsts,
    *,
    grid: Sequence[float],
    bounds: Sequence[Bound],
    imports: NDArray[np.float64],
) -> Discharge | None:
    """Share a wanted export among the EVSEs that can serve it; None where none can discharge."""
    ratings = tuple(
        float(evse.v2x.max_discharge_w) if evse.v2x is not None else 0.0 for evse in wires.evses
    )
    if not any(ratings):
        return None
    most = current.export_room
    watts_per_amp = wires.watts_per_amp(wires.phase_voltage * LOWEST)
    rated = np.array(ratings)
    asked = [bound.target is not None and bound.target < 0 for bound in bounds]
    wanted = np.array(
        [max(-(bound.target or 0.0), 0.0) if ask else 0.0
         for bound, ask in zip(bounds, asked, strict=True)]
    )  # fmt: skip
    charging = imports @ watts_per_amp
    caps = np.empty((len(grid), tree.n_rows))
    caps[:, :-1] = [row.limit for row in wires.rows]
    room = np.minimum(np.where(wanted > 0, wanted + charging, 0.0), most)
    ready = np.array(
        [
            rating > 0 and _ready(station, own, Instant(grid[0]))
            for rating, (station, own) in zip(ratings, columns, strict=True)
        ]
    )
    shape = imports.shape
    # Rows count amperes, and in the last row watts at the tree's voltage: the EVSE's watts follow.
    volts = _row_volts(tree, wires)
    nothing = np.zeros(shape)
    upper = np.where(ready & (wanted[:, None] > 0), rated / (wires.conductors * volts), 0.0)
    caps[:, -1] = room
    target = allocate(tree, caps, nothing, upper, np.ones(shape))
    worst = _sampled_exports(wires, columns, worsts, grid) / (wires.conductors * volts)
    caps[:, -1] = most
    amps = committed(
        tree,
        caps,
        worst=worst,
        wanted=target,
        least=np.zeros(shape[1]),
        step=np.full(shape[1], 0.01),
        weight=np.ones(shape[1]),
    )
    grid_watts = amps * wires.conductors * volts
    return Discharge(
        watts=np.minimum(_at_evse(wires, grid_watts), rated),
        asked=tuple(asked),
        ratings=ratings,
        allowed=tuple(min(rating, float(most)) for rating in ratings),
        target=bounds[0],
    )


def _ready(station: StationState, own: EvseState, now: Instant) -> bool:
    if not controllable(station, own, now) or own.session is None:
        return False
    soc = own.reading.soc if own.reading is not None else None
    return soc is None or soc > LEAST_SOC


def _row_volts(tree: Tree, wires: Wires) -> float:
    last = tree.n_rows - 1
    return float(tree.coefficient[tree.row == last][0] / wires.conductors[0])


def _sampled_exports(
    wires: Wires,
    columns: Sequence[tuple[StationState, EvseState]],
    worsts: Worsts,
    grid: Sequence[float],
) -> NDArray[np.float64]:
    functions = [
        worsts.exports(column, station, own) for column, (station, own) in enumerate(columns)
    ]
    sampled = [
        [abs(min(_grid_side(evse, function.at(instant)), 0.0)) for instant in grid]
        for evse, function in zip(wires.evses, functions, strict=True)
    ]
    return np.array(sampled).T.reshape(len(grid), len(functions))


def _grid_side(evse: Evse, discharged: float) -> float:
    """Power at the grid side (negative: export) while it discharges so much at the EVSE."""
    if evse.kind is not Kind.DC or discharged == 0.0:
        return -discharged
    return -discharged * evse.efficiency + evse.standby_w


def _at_evse(wires: Wires, exported: NDArray[np.float64]) -> NDArray[np.float64]:
    """The discharge at the EVSE that gives `exported` at the grid side, in whole watts."""
    found = np.array(exported)
    for column, evse in enumerate(wires.evses):
        if evse.kind is Kind.DC:
            on = found[:, column] > 0
            found[on, column] = (found[on, column] + evse.standby_w) / evse.efficiency
    return np.floor(found + 1e-6)


def missing(bound: Bound, planned_watts: Watts) -> Watts:
    """How far a dispatch falls short of its target, a magnitude."""
    if bound.target is None or bound.target >= 0:
        return Watts(0.0)
    return Watts(max(-bound.target - planned_watts, 0.0))
