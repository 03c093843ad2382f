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

FULL = 0.99
"""A row that carries this share of its cap is what binds."""
WORTH_SAYING_W = 100.0
"""A dispatch that falls short by less is met."""


def reasons(  # noqa: PLR0917 - the parts of one pass, in the order of the flow
    site: Site, wires: Wires, state: SiteState, plan: Plan, current: Envelope, now: Instant
) -> tuple[Why, ...]:
    """The chain of every EVSE for the present period: each step is a tighter bound."""
    loads = plan.tree.loads(np.maximum(plan.counted[:1], 0.0))[0]
    full = loads >= FULL * plan.caps[0]
    return tuple(
        Why(
            station=evse.ref.station,
            evse=evse.ref.evse,
            chain=tuple(
                _chain(site, wires, state, plan, current, column=column, full=full, now=now)
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
    full: np.ndarray[tuple[int], np.dtype[np.bool_]],
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
        chain.append(Step(amps=wanted, source=_binding(wires, plan, current, column, full, own)))
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


def _binding(  # noqa: PLR0917 - the parts of one pass, in the order of the flow
    wires: Wires,
    plan: Plan,
    current: Envelope,
    column: int,
    full: np.ndarray[tuple[int], np.dtype[np.bool_]],
    own: EvseState,
) -> Source:
    """The limit that keeps an EVSE from getting more; of several, the one nearest the root."""
    meter = plan.tree.n_rows - 1
    if full[meter]:
        bound = current.bounds[0]
        source = bound.soft_source
        shown = f"{plan.caps[0, meter] / 1000:.4g} kW"
        return Source(
            kind="share", name=source.name, detail=f"of {shown}, {source.kind}: {source.detail}"
        )
    for row in wires.rows_above[column]:
        if full[row]:
            it = wires.rows[row]
            return Source(
                kind="share",
                name=it.circuit,
                detail=f"of {plan.caps[0, row]:.4g} A, {it.source.kind}: {it.source.detail}",
            )
    idle = own.session is None and not own.occupied
    detail = "idle: what is left" if idle else "less than its minimum is left"
    return Source(kind="share", name="admission", detail=detail)


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
