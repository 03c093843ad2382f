"""The worst that an EVSE may draw, given everything it may hold.

    told but not answered   may hold already
    accepted                holds
    just replaced           may still be followed until the settle time is over
    standing profile        holds wherever no schedule is valid
    nothing known           the hardware maximum

(a limit is a promise only once its answer came *and* power had time to follow).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridbridge.domain.schedules import Schedule
from gridbridge.domain.units import SKEW, Amperes
from gridbridge.engine.site.state import EvseState, Fading, StationState, Told
from gridbridge.engine.site.steps import Steps, constant, dilated, ending, largest, steps

if TYPE_CHECKING:
    from gridbridge.engine.site.wires import Wires

REMEMBERED = 16
"""Schedules per EVSE."""


def imports(schedule: Schedule | None, standing: float) -> Steps:
    """Amperes per wire that a schedule lets in, and the standing profile after its end."""
    if schedule is None:
        return constant(standing)
    return steps(
        [*((period.start, period.limit) for period in schedule.periods),
         (schedule.until, standing)]
    )  # fmt: skip


def exports(schedule: Schedule | None) -> Steps:
    """Watts at the EVSE that a schedule lets out, a magnitude; nothing after its end."""
    if schedule is None:
        return constant(0.0)
    return steps(
        [
            *(
                (period.start, max(-(period.setpoint_w or 0.0), 0.0))
                for period in schedule.periods
            ),
            (schedule.until, 0.0),
        ]
    )


class Worsts:
    """The worst of every EVSE, computed again only where what it may hold changed."""

    def __init__(self, wires: Wires) -> None:
        self._wires = wires
        self._imports: dict[int, tuple[_Held, Steps]] = {}
        self._exports: dict[int, tuple[_Held, Steps]] = {}
        self._dilated: dict[int, dict[int, tuple[Schedule | None, Steps]]] = {}

    def imports(self, column: int, state: StationState, own: EvseState) -> Steps:
        """The most amperes per wire it may draw at each instant."""
        held = _Held.of(state, own)
        known = self._imports.get(column)
        if known is None or not known[0].same(held):
            known = (held, self._import(column, state, own))
            self._imports[column] = known
        return known[1]

    def exports(self, column: int, state: StationState, own: EvseState) -> Steps:
        """The most watts at the EVSE it may give back at each instant, a magnitude."""
        held = _Held.of(state, own)
        known = self._exports.get(column)
        if known is None or not known[0].same(held):
            known = (held, self._export(column, state, own))
            self._exports[column] = known
        return known[1]

    def _import(self, column: int, state: StationState, own: EvseState) -> Steps:
        station, evse = self._wires.stations[column], self._wires.evses[column]
        if not state.seen:
            return constant(self._wires.absent_amps[column])
        forgotten = not state.connected and (
            station.forgets_on_reboot or station.forgets_on_reconnect
        )
        if not own.secured or forgotten:
            return constant(evse.max_amps)
        standing = min(station.offline_amps, evse.max_amps)

        def possibly(schedule: Schedule | None) -> Steps:
            return self._smeared(column, schedule, standing)

        possible = [possibly(own.accepted), *(possibly(told.schedule) for told in own.told)]
        for fading in own.fading:
            before = constant(evse.max_amps) if fading.unsecured else possibly(fading.schedule)
            possible.append(ending(before, at=fading.until, then=0.0))
        if own.overdraw is not None:
            possible.append(constant(own.overdraw))
        return largest(possible)

    def _smeared(self, column: int, schedule: Schedule | None, standing: float) -> Steps:
        """What a schedule may let in, clock and inertia included; the last few are remembered."""
        known = self._dilated.setdefault(column, {})
        found = known.get(id(schedule))
        if found is None or found[0] is not schedule:
            late = SKEW + self._wires.stations[column].settle
            steps = dilated(imports(schedule, standing), early=SKEW, late=late)
            if len(known) >= REMEMBERED:
                known.clear()
            found = known[id(schedule)] = (schedule, steps)
        return found[1]

    def _export(self, column: int, state: StationState, own: EvseState) -> Steps:
        if not state.seen:
            return constant(0.0)
        late = SKEW + self._wires.stations[column].settle

        def possibly(schedule: Schedule | None) -> Steps:
            return dilated(exports(schedule), early=SKEW, late=late)

        possible = [possibly(own.accepted), *(possibly(told.schedule) for told in own.told)]
        possible += [
            ending(possibly(fading.schedule), at=fading.until, then=0.0) for fading in own.fading
        ]
        return largest(possible)


@dataclass(frozen=True, slots=True)
class _Held:
    """What the worst depends on; compared by identity, since all of it is replaced on change."""

    seen: bool
    connected: bool
    secured: bool
    accepted: Schedule | None
    told: tuple[Told, ...]
    fading: tuple[Fading, ...]
    overdraw: Amperes | None

    @classmethod
    def of(cls, state: StationState, own: EvseState) -> _Held:
        return cls(
            state.seen,
            state.connected,
            own.secured,
            own.accepted,
            own.told,
            own.fading,
            own.overdraw,
        )

    def same(self, other: _Held) -> bool:
        return (
            self.accepted is other.accepted
            and self.told is other.told
            and self.fading is other.fading
            and (self.seen, self.connected, self.secured, self.overdraw)
            == (other.seen, other.connected, other.secured, other.overdraw)
        )


def controllable(state: StationState, own: EvseState) -> bool:
    """Whether a cut that is decided now can be expected to be obeyed."""
    return state.connected and own.secured and not own.refused and own.overdraw is None
