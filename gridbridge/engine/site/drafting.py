"""What to write to which station now: what changed, unless it can wait.

A cut is written at once. A raise waits until its EVSE was left alone for `RAISE_AFTER`, so that a
site in which many settle one after the other does not write to each station at every step; a car
that just came waits for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from gridbridge.domain.commands import EvseDesired, StationDesired
from gridbridge.domain.site import Evse, Kind, Site, Station
from gridbridge.domain.units import FOREVER, Amperes, Instant, Seconds, Watts
from gridbridge.engine.site.schedules import Change, change, schedules_of

if TYPE_CHECKING:
    from gridbridge.domain.ids import EvseRef
    from gridbridge.domain.schedules import Schedule
    from gridbridge.engine.site.envelope import Envelope
    from gridbridge.engine.site.plan import Plan
    from gridbridge.engine.site.state import EvseState, SiteState
    from gridbridge.engine.site.wires import Wires

RAISE_AFTER = Seconds(30.0)
"""How long after a write to an EVSE what only raises may be written to it."""
AT_ONCE = Instant(0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a pass would write."""

    changes: tuple[StationDesired, ...]
    only_raises: bool
    """Nothing in it cuts, so it may wait."""
    next_raise: Instant
    """When a raise that was held back is due; FOREVER where none was."""


_Compared: TypeAlias = dict[tuple[int, int, Seconds], Change]
"""What was compared already: the old and the new schedule, by identity, and the settle time."""


class _Standing(NamedTuple):
    """The safe profile of an EVSE."""

    amps: Amperes
    watts: Watts


class Drafter:
    """Drafts for one site; what it finds for one EVSE serves all that are told the same."""

    def __init__(self, site: Site, wires: Wires) -> None:
        self._site = site
        self._wires = wires
        self._columns = [
            (station, [(wires.column[evse.ref], evse) for evse in station.evses])
            for station in site.stations
        ]
        self._standings: dict[tuple[EvseRef, int], _Standing] = {}

    def draft(self, state: SiteState, planned: Plan, current: Envelope, now: Instant) -> Draft:
        """Compare what every connected station should hold with what it was told last."""
        schedules = self._schedules(state, planned, current, now)
        compared: _Compared = {}
        changes: list[StationDesired] = []
        only_raises, next_raise = True, FOREVER
        for station, columns in self._columns:
            own = state.stations[station.id]
            if not own.connected:
                continue
            evses: list[EvseDesired] = []
            differs = False
            for column, evse in columns:
                held, schedule = own.evses[evse.ref.evse], schedules[column]
                pct = planned.discharge_pct(column)
                found = _compare(held, schedule, compared, now=now, settle=station.settle)
                standing = self._standing(station, evse, held)
                before, due = held.desired, _due(held, found, pct, standing)
                if before is not None and due > now:
                    next_raise = min(next_raise, due)
                    evses.append(before)
                else:
                    differs = True
                    only_raises &= found.only_raises
                    evses.append(_desired(evse, held, found, schedule, pct, standing))
            if differs:
                version = state.version + len(changes) + 1
                changes.append(self._told(station, version, evses))
        return Draft(
            changes=tuple(changes),
            only_raises=only_raises and bool(changes),
            next_raise=next_raise,
        )

    def _schedules(
        self, state: SiteState, planned: Plan, current: Envelope, now: Instant
    ) -> list[Schedule]:
        wires = self._wires
        return schedules_of(
            wires,
            grid=planned.grid,
            amps=planned.told,
            setpoints=[planned.setpoints_of(column) for column in range(len(wires.evses))],
            spreads=[
                state.stations[evse.ref.station].evses[evse.ref.evse].spread
                for evse in wires.evses
            ],
            now=now,
            until=current.until,
        )

    def _told(self, station: Station, version: int, evses: list[EvseDesired]) -> StationDesired:
        return StationDesired(
            site=self._site.id,
            station=station.id,
            version=version,
            evses=tuple(evses),
            feed_amps=station.feed_amps,
        )

    def _standing(self, station: Station, evse: Evse, own: EvseState) -> _Standing:
        """The safe profile of an EVSE; in watts it depends on how its power spreads."""
        key = (evse.ref, own.spread)
        if key not in self._standings:
            amps = Amperes(min(station.offline_amps, evse.max_amps))
            watts = self._wires.evse_power(evse, amps, spread=own.spread)
            self._standings[key] = _Standing(amps, watts)
        return self._standings[key]


def _desired(  # noqa: PLR0917 - the parts of one pass, in the order of the flow
    evse: Evse,
    own: EvseState,
    found: Change,
    schedule: Schedule,
    pct: float | None,
    standing: _Standing,
) -> EvseDesired:
    old = None if own.desired is None else own.desired.schedule
    return EvseDesired(
        evse=evse.ref.evse,
        standing_amps=standing.amps,
        standing_w=standing.watts,
        phases=evse.wiring.conductors,
        dc=evse.kind is Kind.DC,
        schedule=schedule if found.worth_telling or old is None else old,
        max_discharge_pct=pct,
    )


def _compare(
    own: EvseState, schedule: Schedule, compared: _Compared, *, now: Instant, settle: Seconds
) -> Change:
    old = None if own.desired is None else own.desired.schedule
    key = (id(old), id(schedule), settle)
    found = compared.get(key)
    if found is None:
        found = compared[key] = change(old, schedule, now=now, settle=settle)
    return found


def _due(own: EvseState, found: Change, pct: float | None, standing: _Standing) -> Instant:
    """When a change may be written to an EVSE; FOREVER where there is none."""
    before = own.desired
    if before is None or before.max_discharge_pct != pct or before.standing_w > standing.watts:
        return AT_ONCE
    if not found.worth_telling:
        # What only restates the same bound in other words is not worth a write.
        return FOREVER
    if not found.only_raises:
        return AT_ONCE
    since = own.occupied_since
    if since is not None and (since > own.written or not own.served):
        return own.written
    return Instant(own.written + RAISE_AFTER)
