"""What to write to which station now: what changed, unless it can wait.

A cut is written at once. A raise waits until its EVSE was left alone for `RAISE_AFTER`, so that a
site in which many settle one after the other does not write to each station at every step; a car
that just came waits for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridbridge.domain.commands import EvseDesired, StationDesired
from gridbridge.domain.site import Evse, Kind, Site, Station
from gridbridge.domain.units import FOREVER, Amperes, Instant, Seconds
from gridbridge.engine.site.schedules import Change, change, schedules_of

if TYPE_CHECKING:
    from gridbridge.domain.schedules import Schedule
    from gridbridge.engine.site.envelope import Envelope
    from gridbridge.engine.site.plan import Plan
    from gridbridge.engine.site.state import EvseState, SiteState
    from gridbridge.engine.site.wires import Wires

RAISE_AFTER = Seconds(30.0)
"""How long after a write to an EVSE what only raises may be written to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a pass would write."""

    changes: tuple[StationDesired, ...]
    only_raises: bool
    """Nothing in it cuts, so it may wait."""
    next_raise: Instant
    """When a raise that was held back is due; FOREVER where none was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drafted:
    """One EVSE of a draft."""

    desired: EvseDesired
    differs: bool = False
    raises: bool = True
    due: Instant = FOREVER
    """When a raise that is held back may be written."""


class Drafter:
    """Drafts for one site; what it finds for one EVSE serves all that are told the same."""

    def __init__(self, site: Site, wires: Wires) -> None:
        self._site = site
        self._wires = wires

    def draft(self, state: SiteState, planned: Plan, current: Envelope, now: Instant) -> Draft:
        """Compare what every connected station should hold with what it was told last."""
        schedules = self._schedules(state, planned, current, now)
        compared: dict[tuple[int, int, Seconds], Change] = {}
        changes: list[StationDesired] = []
        only_raises, next_raise = True, FOREVER
        for station in self._site.stations:
            own = state.stations[station.id]
            if not own.connected:
                continue
            drafted = [
                self._drafted(
                    station,
                    evse,
                    own.evses[evse.ref.evse],
                    schedules[column := self._wires.column[evse.ref]],
                    pct=planned.discharge_pct(column),
                    compared=compared,
                    now=now,
                )
                for evse in station.evses
            ]
            next_raise = min(next_raise, *(each.due for each in drafted))
            if any(each.differs for each in drafted):
                only_raises &= all(each.raises for each in drafted if each.differs)
                changes.append(
                    StationDesired(
                        site=self._site.id,
                        station=station.id,
                        version=state.version + len(changes) + 1,
                        evses=tuple(each.desired for each in drafted),
                        feed_amps=station.feed_amps,
                    )
                )
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

    def _drafted(
        self,
        station: Station,
        evse: Evse,
        own: EvseState,
        schedule: Schedule,
        *,
        pct: float | None,
        compared: dict[tuple[int, int, Seconds], Change],
        now: Instant,
    ) -> _Drafted:
        before = own.desired
        old = before.schedule if before is not None else None
        key = (id(old), id(schedule), station.settle)
        found = compared.get(key)
        if found is None:
            found = compared[key] = change(old, schedule, now=now, settle=station.settle)
        if before is not None and before.max_discharge_pct == pct:
            if not found.worth_telling:
                # What only restates the same bound in other words is not worth a write.
                return _Drafted(desired=before)
            if found.only_raises and now < (due := _raise_due(own)):
                return _Drafted(desired=before, due=due)
        held = schedule if found.worth_telling or old is None else old
        return _Drafted(
            desired=self._desired(station, evse, own, held, pct),
            differs=True,
            raises=found.only_raises,
        )

    def _desired(
        self, station: Station, evse: Evse, own: EvseState, schedule: Schedule, pct: float | None
    ) -> EvseDesired:
        standing = Amperes(min(station.offline_amps, evse.max_amps))
        return EvseDesired(
            evse=evse.ref.evse,
            standing_amps=standing,
            standing_w=self._wires.evse_power(evse, standing, spread=own.spread),
            phases=evse.wiring.conductors,
            dc=evse.kind is Kind.DC,
            schedule=schedule,
            max_discharge_pct=pct,
        )


def _raise_due(own: EvseState) -> Instant:
    """When what only raises may be written to an EVSE."""
    if own.occupied_since is not None and own.occupied_since > own.written:
        return own.written
    return Instant(own.written + RAISE_AFTER)
