"""Why each EVSE gets what it gets: the chain from its hardware to what it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridbridge.domain.decisions import Alarm, Step, Why
from gridbridge.domain.limits import Source
from gridbridge.domain.units import Amperes, Instant
from gridbridge.engine.site import discharge
from gridbridge.engine.site.holds import ANSWER_WITHIN, counted_overdraw, overdue_at
from gridbridge.engine.site.urgency import urgency_of

if TYPE_CHECKING:
    from gridbridge.domain.ids import EvseRef, StationId
    from gridbridge.domain.site import Evse, Site
    from gridbridge.engine.site.envelope import Envelope
    from gridbridge.engine.site.plan import Plan
    from gridbridge.engine.site.state import EvseState, SiteState, StationState
    from gridbridge.engine.site.wires import Wires

CLOSE = 0.1
"""Amperes: of limits that leave an EVSE no more than this above the least, the first binds."""
WORTH_ALARM = 1.005
"""A limit that is exceeded by less is kept, for whoever reads whole amperes."""
WORTH_SAYING_W = 100.0
"""A dispatch that falls short by less is met."""


class Reasons:
    """Why the EVSEs of one site get what they get."""

    def __init__(self, site: Site, wires: Wires) -> None:
        self._wires = wires
        self._urgency = urgency_of(site, wires)
        self._hardware = [
            Step(
                amps=evse.max_amps,
                source=Source(kind="hardware", name=str(evse.ref), detail="most it can draw"),
            )
            for evse in wires.evses
        ]
        self._waits = Source(
            kind="waits", name=site.id, detail="until the cuts of others are seen"
        )

    def of(self, state: SiteState, plan: Plan, current: Envelope, now: Instant) -> tuple[Why, ...]:
        """The chain of every EVSE for the present period: each step is a tighter bound."""
        present = _Present(self._wires, plan, current)
        urgency = self._urgency
        worst, wanted, told = (
            [Amperes(round(amps, 1)) for amps in array[0].tolist()]
            for array in (plan.worst, plan.wanted, plan.told)
        )
        found = []
        for column, evse in enumerate(self._wires.evses):
            station = state.stations[evse.ref.station]
            own = station.evses[evse.ref.evse]
            chain = [self._hardware[column]]
            if not station.connected:
                chain.append(_silent(station, evse.ref.station, worst[column]))
            else:
                if wanted[column] < evse.max_amps:
                    words = _left_out(own, wanted[column])
                    if urgency is not None and own.has_car:
                        words = f"; {urgency.words(column, own, now)}"
                    source = present.binding(column, words)
                    chain.append(Step(amps=wanted[column], source=source))
                if told[column] < wanted[column]:
                    chain.append(Step(amps=told[column], source=self._waits))
                limit = present.scheduled(own, now)
                if limit is not None and limit < told[column] - 0.05:
                    chain.append(_early(evse.ref, limit))
            found.append(Why(station=evse.ref.station, evse=evse.ref.evse, chain=tuple(chain)))
        return tuple(found)


def _silent(station: StationState, name: StationId, worst: Amperes) -> Step:
    detail = "silent: counted at the most it may still hold" if station.seen else "never seen"
    return Step(amps=worst, source=Source(kind="silent", name=name, detail=detail))


def _early(ref: EvseRef, limit: Amperes) -> Step:
    source = Source(kind="schedule", name=str(ref), detail="cuts begin early, raises late")
    return Step(amps=limit, source=source)


def _left_out(own: EvseState, wanted: Amperes) -> str:
    """Why an EVSE gets nothing of what is shared; empty where it gets something."""
    if not own.has_car:
        return "; idle: what is left"
    return "" if wanted > 0.0 else "; less than its minimum is left"


class _Present:
    """What binds in the present period; looked up once for all EVSEs that it binds."""

    def __init__(self, wires: Wires, plan: Plan, current: Envelope) -> None:
        self._wires = wires
        self._plan = plan
        self._bound = current.bounds[0]
        self._meter = plan.tree.n_rows - 1
        loads = plan.tree.loads(np.maximum(plan.counted[:1], 0.0))[0]
        self._left: list[float] = (plan.caps[0] - loads).tolist()
        self._per_amp = plan.tree.coefficient[plan.tree.row == self._meter].tolist()
        self._sources: dict[tuple[int, str], Source] = {}
        self._limits: dict[int, Amperes | None] = {}

    def binding(self, column: int, words: str) -> Source:
        """The limit that leaves an EVSE least; of several the meter, then the nearest the root."""
        rows = ((self._meter, self._per_amp[column]), *self._wires.rows_above[column])
        rooms = [self._left[row] / per_amp for row, per_amp in rows]
        least = min(rooms)
        row = next(r for (r, _), room in zip(rows, rooms, strict=True) if room <= least + CLOSE)
        key = (row, words)
        if key not in self._sources:
            self._sources[key] = self._share(*key)
        return self._sources[key]

    def _share(self, row: int, left_out: str) -> Source:
        most = self._plan.caps[0, row]
        if row == self._meter:
            by, shown = self._bound.soft_source, f"{most / 1000:.4g} kW"
            name = by.name
        else:
            it = self._wires.rows[row]
            name, by, shown = it.circuit, it.source, f"{most / it.factor:.4g} A"
        words = f"of {shown}, {by.kind}: {by.detail}{self._beside(row)}{left_out}"
        return Source(kind="share", name=name, detail=words)

    def _beside(self, row: int) -> str:
        """Who takes of a limit what nobody gives it: the largest of those not in hand."""
        plan = self._plan
        members = plan.tree.column[plan.tree.row == row]
        others = [
            (float(plan.counted[0, column]), column)
            for column in members.tolist()
            if not plan.in_hand[column] and plan.counted[0, column] > 0.0
        ]
        if not others:
            return ""
        amps, column = max(others)
        return f"; beside {self._wires.evses[column].ref}, counted at {amps:.1f} A"

    def scheduled(self, own: EvseState, now: Instant) -> Amperes | None:
        """The limit of the schedule that it was told last."""
        schedule = None if own.desired is None else own.desired.schedule
        if schedule is None:
            return None
        if id(schedule) not in self._limits:
            period = schedule.at(now)
            self._limits[id(schedule)] = None if period is None else period.limit
        return self._limits[id(schedule)]


def alarms(site: Site, wires: Wires, state: SiteState, plan: Plan) -> tuple[Alarm, ...]:
    """What a person should know now."""
    now = Instant(plan.grid[0])
    return (
        *_overfull(site, wires, state, plan, now),
        *_unruly(wires, state, now),
        *_short(site, plan),
    )


def _overfull(site: Site, wires: Wires, state: SiteState, plan: Plan, now: Instant) -> list[Alarm]:
    out_of_hand = np.array(
        [_out_of_reach(state.stations[evse.ref.station], evse, now) for evse in wires.evses]
    )
    if not out_of_hand.any():
        return []
    alone = plan.tree.loads(np.where(out_of_hand, plan.worst, 0.0))[0]
    labels = [*(row.label for row in wires.rows), plan.tree.row_names[-1]]
    # Of the directions of one limit the first is told.
    found: dict[str, Alarm] = {}
    for row in np.flatnonzero(alone > plan.caps[0] * WORTH_ALARM).tolist():
        drawn = f"stations out of reach may draw {alone[row]:.0f} of {plan.caps[0, row]:.0f}"
        subject = f"{site.id} {labels[row]}"
        found.setdefault(subject, Alarm(name="silent_exceed_limit", subject=subject, detail=drawn))
    return list(found.values())


def _out_of_reach(station: StationState, evse: Evse, now: Instant) -> bool:
    """Not connected, or connected for a while and still without its safe profile."""
    if not station.connected:
        return True
    connected = station.changed or now
    return not station.evses[evse.ref.evse].secured and now >= connected + ANSWER_WITHIN


def _unruly(wires: Wires, state: SiteState, now: Instant) -> list[Alarm]:
    found = []
    for evse in wires.evses:
        station = state.stations[evse.ref.station]
        own = station.evses[evse.ref.evse]
        counted = counted_overdraw(own, evse)
        if own.overdraw is not None and counted is not None:
            found.append(
                Alarm(
                    name="draws_above_limit",
                    subject=str(evse.ref),
                    detail=f"metered at {own.overdraw:.1f} A, counted at {counted:.1f} A",
                )
            )
        if overdue_at(station, own) <= now:
            found.append(
                Alarm(
                    name="profile_unanswered",
                    subject=str(evse.ref),
                    detail="counted at the most it may hold",
                )
            )
        if own.refused:
            found.append(
                Alarm(name="profile_refused", subject=str(evse.ref), detail="counted at its worst")
            )
    return found


def _short(site: Site, plan: Plan) -> list[Alarm]:
    given = plan.discharge
    target = None if given is None else given.target
    if given is None or target is None:
        return []
    short = discharge.missing(target, given.now)
    if short < WORTH_SAYING_W:
        return []
    return [
        Alarm(
            name="dispatch_short",
            subject=site.id,
            detail=f"{short / 1000:.1f} kW of the wanted export cannot be given",
        )
    ]
