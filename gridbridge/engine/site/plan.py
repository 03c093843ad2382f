"""One pass from the state to what each EVSE may be told, over all periods at once.

worst (what may be drawn)  ─┐
envelope ▸ caps ────────────┼─▶ targets ─▶ committed ─▶ told
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gridbridge.allocation import Tree
from gridbridge.allocation.arguments import anywhere
from gridbridge.domain.units import FOREVER, Instant, Watts
from gridbridge.engine.site import discharge
from gridbridge.engine.site.commitments import committed
from gridbridge.engine.site.holds import Worsts, controllable
from gridbridge.engine.site.sharing import Amps, Flags, Order, Shares, most_of, shares_of
from gridbridge.engine.site.steps import Steps, edges_between, sampled
from gridbridge.engine.site.targets import Targets, caps, order
from gridbridge.engine.site.urgency import met, urgency_of
from gridbridge.engine.site.wires import HIGHEST, Wires, tree_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridbridge.domain.site import Site
    from gridbridge.engine.site.envelope import Envelope
    from gridbridge.engine.site.state import SiteState
    from gridbridge.policy.envelope import Bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What was computed, kept for its reasons."""

    tree: Tree
    grid: tuple[float, ...]
    """Starts of the periods; the first is now."""
    caps: Amps
    worst: Amps
    wanted: Amps
    counted: Amps
    """What the shares were made of: wishes of those in hand, the worst of the others."""
    told: Amps
    in_hand: list[bool]
    """Per column: what it is told counts."""
    discharge: discharge.Discharge | None

    def since(self, now: Instant) -> Plan:
        """The same plan without what is past, so that the first period is the present one."""
        past = max(bisect_right(self.grid, now) - 1, 0)
        return replace(
            self,
            grid=(now, *self.grid[past + 1 :]),
            caps=self.caps[past:],
            worst=self.worst[past:],
            wanted=self.wanted[past:],
            counted=self.counted[past:],
            told=self.told[past:],
        )

    def setpoints_of(self, column: int) -> Steps | None:
        """Signed setpoints of a column (inf where none); None where it never has one."""
        return None if self.discharge is None else self.discharge.setpoints[column]

    def discharge_pct(self, column: int) -> float | None:
        """LimitMaxDischarge of a column in percent; None where it cannot discharge."""
        return None if self.discharge is None else self.discharge.percents[column]


class Planner:
    """Plans for one site; keeps what the next pass may need again."""

    def __init__(self, site: Site, wires: Wires, state: SiteState) -> None:
        self.worsts = Worsts(wires)
        self._wires = wires
        self._state = state
        self._columns = [
            (own := state.stations[station.id], own.evses[evse.ref.evse])
            for station, evse in zip(wires.stations, wires.evses, strict=True)
        ]
        self._shares = shares_of(wires, site.classes)
        self._targets = Targets(wires, self._shares, most_of(site.objective))
        self._urgency = urgency_of(site, wires)

    def plan(self, current: Envelope, now: Instant) -> Plan:
        """Compute what every EVSE may be told from now to the horizon."""
        self.worsts.begin_pass()
        self._targets.begin_pass()
        wires, shares, columns = self._wires, self._shares, self._columns
        may_draw, may_give = self._worst()
        active, value = self._wanting(now)
        volts = self._state.volts or wires.phase_voltage * HIGHEST
        tree = tree_at(wires, volts)
        grid = _grid([*may_draw, *may_give], current.bounds, now, current.until)
        bounds = _bounds_at(current.bounds, grid)
        limits = caps(
            tree,
            wires.row_limits(current.reserve),
            bounds,
            floors=_floors(shares, active, wires.watts_per_amp(volts)),
        )
        worst = sampled(may_draw, grid)
        free = self._in_hand(now)
        counted, wanted = _wanted(
            self._targets,
            tree,
            limits,
            worst=worst,
            free=np.array(free, dtype=np.bool_),
            reachable=np.array([station.connected for station, _ in columns], dtype=np.bool_),
            active=active,
            turn=order([own for _, own in columns], shares.floor_w, value),
            value=value,
        )
        told = committed(
            tree,
            limits,
            worst=worst,
            wanted=wanted,
            least=wires.min_amps,
            step=shares.step,
            weight=shares.weight,
        )
        return Plan(
            tree=tree,
            grid=grid,
            caps=limits,
            worst=worst,
            wanted=wanted,
            counted=counted,
            told=told,
            in_hand=free,
            discharge=discharge.planned(
                wires, columns, current, self.worsts, grid=grid, bounds=bounds, imports=told
            ),
        )

    def same_with_more_room(self, planned: Plan, now: Instant) -> bool:
        """Whether a new plan would be `planned` again although EVSEs in hand may draw less by now.

        It is where nobody was told less than wanted because of them, and the same are in hand.
        """
        waits = planned.told is not planned.wanted and np.any(planned.told != planned.wanted)
        return not waits and planned.discharge is None and planned.in_hand == self._in_hand(now)

    def next_step(self, now: Instant) -> Instant:
        """When shares change although nothing happens: a car's time to spare runs out."""
        if self._urgency is None:
            return FOREVER
        return self._urgency.next_step([own for _, own in self._columns], now)

    def _wanting(self, now: Instant) -> tuple[Flags, Amps | None]:
        """Which EVSEs have a car that wants power; what an ampere is worth, if that matters."""
        own = [each for _, each in self._columns]
        here = np.array([each.has_car for each in own], dtype=np.bool_)
        if self._urgency is None:
            return here, None
        wanting = here & ~np.array([met(each) for each in own], dtype=np.bool_)
        weight = self._shares.weight * self._wires.most_per_amp
        return wanting, weight * self._urgency.of(own, now)

    def _worst(self) -> tuple[list[Steps], list[Steps]]:
        """What each EVSE may draw at the most, and each that can may give back."""
        may_draw = [
            self.worsts.imports(column, station, own)
            for column, (station, own) in enumerate(self._columns)
        ]
        may_give = [
            self.worsts.exports(column, *self._columns[column])
            for column, evse in enumerate(self._wires.evses)
            if evse.v2x is not None
        ]
        return may_draw, may_give

    def _in_hand(self, now: Instant) -> list[bool]:
        return [controllable(station, own, now) for station, own in self._columns]


def _wanted(
    targets: Targets,
    tree: Tree,
    limits: Amps,
    *,
    worst: Amps,
    free: Flags,
    reachable: Flags,
    active: Flags,
    turn: Order,
    value: Amps | None,
) -> tuple[Amps, Amps]:
    """The targets, with those that are not in hand counted at their worst by all others.

    Returned are the targets as they are counted, and as they are wanted: an EVSE that is connected
    but not secured (or refuses, or does not answer) is told its share as if it were like the rest;
    the rest make room for all that it may draw until it obeys.
    """
    counted = targets.of(
        tree, limits, fixed=worst, free=free, active=active, turn=turn, value=value
    )
    stubborn = reachable & ~free
    if not anywhere(stubborn):
        return counted, counted
    as_if = targets.of(
        tree, limits, fixed=worst, free=reachable, active=active, turn=turn, value=value
    )
    return counted, np.where(stubborn, as_if, counted)


def _floors(shares: Shares, active: Flags, watts_per_amp: Amps) -> Watts:
    """What the floors of the cars that are here may draw."""
    if not anywhere(shares.floor_w > 0):
        return Watts(0.0)
    return Watts(float((shares.floor_amps * watts_per_amp)[active].sum()))


def _grid(
    functions: Sequence[Steps], bounds: Sequence[Bound], now: Instant, until: Instant
) -> tuple[float, ...]:
    inner = {float(bound.start) for bound in bounds if now < bound.start < until}
    return (now, *sorted(inner | edges_between(functions, now, until)))


def _bounds_at(bounds: Sequence[Bound], grid: Sequence[float]) -> list[Bound]:
    starts = [bound.start for bound in bounds]
    return [bounds[bisect_right(starts, instant) - 1] for instant in grid]
