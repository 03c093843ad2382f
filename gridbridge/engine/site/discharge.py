"""Giving power back: which EVSE discharges how much while a dispatch asks for export.

Charging was already reduced by the dispatch's limit; what is still missing to the target is given
back, within each EVSE's rating, the wires, and what may leave the site at the meter.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, inf
from typing import TYPE_CHECKING

import numpy as np

from gridbridge.allocation import allocate
from gridbridge.allocation.arguments import anywhere
from gridbridge.domain.units import SKEW, Instant, Watts
from gridbridge.engine.site.commitments import committed
from gridbridge.engine.site.holds import Worsts, controllable
from gridbridge.engine.site.sharing import SLACK
from gridbridge.engine.site.steps import Steps, constant, dilated, eroded, sampled, steps
from gridbridge.engine.site.wires import LOWEST, Wires, export_tree
from gridbridge.policy.envelope import Bound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gridbridge.allocation import Tree
    from gridbridge.engine.site.envelope import Envelope
    from gridbridge.engine.site.state import EvseState, StationState

LEAST_SOC = 20.0
"""Percent: a car that says it holds less is not discharged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discharge:
    """What may be given back."""

    now: Watts
    """All that is given back now, at the EVSEs, a magnitude."""
    setpoints: tuple[Steps | None, ...]
    """Per column: signed watts at the EVSE, inf where none is wanted; None: cannot discharge."""
    percents: tuple[float | None, ...]
    """Per column: LimitMaxDischarge in percent of its rating; None: cannot discharge."""
    target: Bound
    """The bound that holds now."""


def planned(
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
    rated = np.array(
        [float(evse.v2x.max_discharge_w) if evse.v2x is not None else 0.0 for evse in wires.evses]
    )
    if not rated.any():
        return None
    wanted = np.array([max(-(bound.target or 0.0), 0.0) for bound in bounds])
    now = Instant(grid[0])
    ready = np.array([_ready(station, own, now) for station, own in columns])
    upper = np.where(ready & (wanted[:, None] > 0), rated / wires.least_per_amp, 0.0)
    most = current.export_room
    if anywhere(upper > 0.0):
        charging = imports @ wires.watts_per_amp(wires.phase_voltage * LOWEST)
        asked = np.minimum(np.where(wanted > 0, wanted + charging, 0.0), most)
        held = [worsts.exports(column, *own) for column, own in enumerate(columns)]
        watts, given = _shared(wires, held, grid, asked=asked, most=most, upper=upper, rated=rated)
    else:
        # As mostly: nothing is asked for. What was told before ends by itself.
        watts, given = Watts(0.0), [constant(0.0)] * len(columns)
    return Discharge(
        now=watts,
        setpoints=tuple(
            None if rating == 0.0 else Steps(own.edges, tuple(-out or inf for out in own.values))
            for rating, own in zip(rated.tolist(), given, strict=True)
        ),
        percents=tuple(
            None if rating == 0.0 else float(floor(100.0 * min(most / rating, 1.0)))
            for rating in rated.tolist()
        ),
        target=bounds[0],
    )


def _shared(
    wires: Wires,
    held: Sequence[Steps],
    grid: Sequence[float],
    *,
    asked: NDArray[np.float64],
    most: Watts,
    upper: NDArray[np.float64],
    rated: NDArray[np.float64],
) -> tuple[Watts, list[Steps]]:
    """All that is given back now, and each column's discharge over time, beside what is `held`.

    `asked` ``[T]`` is what discharging may reach at the meter for the dispatch's sake, `most` what
    may leave the site in any case.
    """
    tree = export_tree(wires)
    caps = np.empty((len(grid), tree.n_rows))
    caps[:, :-1] = [row.limit * row.factor for row in wires.rows]
    caps[:, -1] = asked
    target = allocate(tree, caps, np.zeros(upper.shape), upper, np.ones(upper.shape))
    caps[:, -1] = most
    amps = committed(
        tree,
        caps,
        worst=_on_wires(wires, held, grid),
        wanted=target,
        least=np.zeros(len(held)),
        step=np.full(len(held), 0.01),
        weight=np.ones(len(held)),
    )
    watts = np.minimum(_at_evse(wires, amps * wires.least_per_amp), rated)
    given = _in_turn(tree, wires, caps[0], held, _whole(grid, watts))
    return Watts(float(watts[0].sum())), given


def _whole(grid: Sequence[float], watts: NDArray[np.float64]) -> list[Steps]:
    """Each column's discharge over time, on whole seconds."""
    starts = [float(ceil(start)) for start in grid]
    return [steps(dict(zip(starts, given, strict=True)).items()) for given in watts.T.tolist()]


def _in_turn(
    tree: Tree,
    wires: Wires,
    caps: NDArray[np.float64],
    held: Sequence[Steps],
    wanted: list[Steps],
) -> list[Steps]:
    """The same where all of it fits although clocks and inertia smear it, as mostly it does.

    Else one may begin before the other has ended: then each begins late and ends early.
    """
    late = [SKEW + station.settle for station in wires.stations]
    smeared = [
        dilated(own, early=SKEW, late=after) for own, after in zip(wanted, late, strict=True)
    ]
    instants = sorted({edge for each in (*held, *smeared) for edge in each.edges})
    before = _on_wires(wires, held, instants)
    both = np.maximum(before, _on_wires(wires, smeared, instants))
    if (tree.loads(both) <= np.maximum(caps, tree.loads(before)) + SLACK).all():
        return wanted
    return [eroded(own, early=SKEW, late=after) for own, after in zip(wanted, late, strict=True)]


def _on_wires(
    wires: Wires, functions: Sequence[Steps], instants: Sequence[float]
) -> NDArray[np.float64]:
    """``[T, N]`` amperes per wire, as the export tree counts, that discharges become."""
    discharged = sampled(functions, instants)
    at_grid = np.maximum(discharged * wires.efficiency - wires.standby_w, 0.0)
    return np.where(discharged > 0.0, at_grid, 0.0) / wires.least_per_amp


def _ready(station: StationState, own: EvseState, now: Instant) -> bool:
    if not controllable(station, own, now) or own.session is None:
        return False
    soc = own.reading.soc if own.reading is not None else None
    return soc is None or soc > LEAST_SOC


def _at_evse(wires: Wires, exported: NDArray[np.float64]) -> NDArray[np.float64]:
    """The discharge at the EVSE that gives `exported` at the grid side, in whole watts."""
    needed = (exported + wires.standby_w) / wires.efficiency
    return np.floor(np.where(exported > 0.0, needed, 0.0) + SLACK)


def missing(bound: Bound, planned_watts: Watts) -> Watts:
    """How far a dispatch falls short of its target, a magnitude."""
    if bound.target is None or bound.target >= 0:
        return Watts(0.0)
    return Watts(max(-bound.target - planned_watts, 0.0))
