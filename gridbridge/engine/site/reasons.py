"""Why each EVSE gets what it gets: the chain from its hardware to what it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridbridge.domain.decisions import Alarm, Step, Why
from gridbridge.domain.limits import Source
from gridbridge.domain.units import Amperes, Instant
from gridbridge.engine.site import discharge
from gridbridge.engine.site.holds import counted_overdraw, overdue_at

if TYPE_CHECKING:
    from gridbridge.domain.site import Site
    from gridbridge.engine.site.envelope import Envelope
    from gridbridge.engine.site.plan import Plan
    from gridbridge.engine.site.state import EvseState, SiteState
    from gridbridge.engine.site.wires import Wires

CLOSE = 0.1
"""Amperes: of limits that leave an EVSE no more than this above the least, the first binds."""
WORTH_SAYING_W = 100.0
"""A dispatch that falls short by less is met."""


def reasons(  # noqa: PLR0917 - the parts of one pass, in the order of the flow
    site: Site, wires: Wires, state: SiteState, plan: Plan, current: Envelope, now: Instant
) -> tuple[Why, ...]:
    """The chain of every EVSE for the present period: each step is a tighter bound."""
    binding = _tightest(wires, plan)
    return tuple(
        Why(
            station=evse.ref.station,
            evse=evse.ref.evse,
            chain=tuple(
                _chain(
                    site, wires, state, plan, current, column=column, row=binding[column], now=now
                )
            ),
        )
        for column, evse in enumerate(wires.evses)
    )


def _chain(
    site: Site,
    wires: Wires,
    state: SiteState,
    plan: Plan,
    current: Envelope,
    *,
    column: int,
    row: int,
    now: Instant,
) -> list[Step]:
    evse = wires.evses[column]
    station = state.stations[evse.ref.station]
    own = station.evses[evse.ref.evse]
    worst, wanted, told = (
        Amperes(round(float(array[0, column]), 1))
        for array in (plan.worst, plan.wanted, plan.told)
    )
    chain = [
        Step(
            amps=evse.max_amps,
            source=Source(kind="hardware", name=str(evse.ref), detail="most it can draw"),
        )
    ]
    if not station.connected:
        detail = "silent: counted at the most it may still hold" if station.seen else "never seen"
        chain.append(Step(amps=worst, source=Source(kind="silent", name=evse.ref.station,
                                                    detail=detail)))  # fmt: skip
        return chain
    if wanted < evse.max_amps:
        chain.append(
            Step(amps=wanted, source=_binding(wires, plan, current, row, _left_out(own, wanted)))
        )
    if told < wanted:
        chain.append(
            Step(
                amps=told,
                source=Source(
                    kind="waits", name=site.id, detail="until the cuts of others are seen"
                ),
            )
        )
    scheduled = own.desired.schedule.at(now) if own.desired and own.desired.schedule else None
    if scheduled is not None and scheduled.limit < told - 0.05:
        chain.append(
            Step(
                amps=scheduled.limit,
                source=Source(
                    kind="schedule", name=str(evse.ref), detail="cuts begin early, raises late"
                ),
            )
        )
    return chain


def _tightest(wires: Wires, plan: Plan) -> list[int]:
    """Per column the row that leaves it least; of several the meter, then the nearest the root."""
    tree = plan.tree
    left = plan.caps[0] - tree.loads(np.maximum(plan.counted[:1], 0.0))[0]
    meter = tree.n_rows - 1
    per_amp = tree.coefficient[tree.row == meter]
    found = []
    for column, above in enumerate(wires.rows_above):
        amps = {meter: left[meter] / per_amp[column], **{row: left[row] for row in above}}
        least = min(amps.values())
        found.append(next(row for row, room in amps.items() if room <= least + CLOSE))
    return found


def _left_out(own: EvseState, wanted: Amperes) -> str:
    """Why an EVSE gets nothing of what is shared; empty where it gets something."""
    if own.session is None and not own.occupied:
        return "; idle: what is left"
    return "" if wanted > 0.0 else "; less than its minimum is left"


def _binding(wires: Wires, plan: Plan, current: Envelope, row: int, left_out: str) -> Source:
    """The limit that keeps an EVSE from getting more."""
    if row == plan.tree.n_rows - 1:
        source = current.bounds[0].soft_source
        name, shown = source.name, f"{plan.caps[0, row] / 1000:.4g} kW"
    else:
        it = wires.rows[row]
        source = it.source
        name, shown = it.circuit, f"{plan.caps[0, row]:.4g} A"
    return Source(
        kind="share",
        name=name,
        detail=f"of {shown}, {source.kind}: {source.detail}{left_out}",
    )


def alarms(site: Site, wires: Wires, state: SiteState, plan: Plan) -> tuple[Alarm, ...]:
    """What a person should know now."""
    return (
        *_overfull(site, wires, state, plan),
        *_unruly(wires, state, Instant(plan.grid[0])),
        *_short(site, plan),
    )


def _overfull(site: Site, wires: Wires, state: SiteState, plan: Plan) -> list[Alarm]:
    out_of_hand = np.array(
        [
            not state.stations[evse.ref.station].connected
            or not state.stations[evse.ref.station].evses[evse.ref.evse].secured
            for evse in wires.evses
        ]
    )
    if not out_of_hand.any():
        return []
    alone = plan.tree.loads(np.where(out_of_hand, plan.worst, 0.0))[0]
    return [
        Alarm(
            name="silent_exceed_limit",
            subject=f"{site.id} {plan.tree.row_names[row]}",
            detail=f"stations out of reach may draw {alone[row]:.0f} of {plan.caps[0, row]:.0f}",
        )
        for row in np.flatnonzero(alone > plan.caps[0] + 1e-6)
    ]


def _unruly(wires: Wires, state: SiteState, now: Instant) -> list[Alarm]:
    found = []
    for evse in wires.evses:
        station = state.stations[evse.ref.station]
        own = station.evses[evse.ref.evse]
        if own.overdraw is not None:
            found.append(
                Alarm(
                    name="draws_above_limit",
                    subject=str(evse.ref),
                    detail=f"metered at {own.overdraw:.1f} A, "
                    f"counted at {counted_overdraw(own.overdraw, evse):.1f} A",
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
