"""What the API, the terminal and the page show of a site, built from the engine's state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.domain.units import Amperes, Instant, WattHours
from gridbridge.domain.views import EvseView, SiteEventView, SiteView, StationView
from gridbridge.engine.site import baseload
from gridbridge.engine.site.metering import FRESH, Meters
from gridbridge.engine.site.reasons import Reasons, alarms

if TYPE_CHECKING:
    from gridbridge.domain.decisions import Alarm, Step
    from gridbridge.domain.site import Evse, Site, Station
    from gridbridge.engine.site.envelope import Envelope
    from gridbridge.engine.site.holds import Worsts
    from gridbridge.engine.site.plan import Plan
    from gridbridge.engine.site.state import EvseState, SiteState
    from gridbridge.engine.site.wires import Wires
    from gridbridge.policy.envelope import Bound


def view_of(  # noqa: PLR0917 - the engine's parts, in the order of the flow
    site: Site,
    wires: Wires,
    state: SiteState,
    meters: Meters,
    reasons: Reasons,
    plan: Plan | None,
    current: Envelope | None,
    worsts: Worsts,
    now: Instant,
) -> SiteView:
    """Show a site as of `now`; before the first decision nothing binds and no reason is given."""
    chains: dict[tuple[str, int], tuple[Step, ...]] = {}
    raised: tuple[Alarm, ...] = ()
    bound: Bound | None = None
    if plan is not None and current is not None:
        plan = plan.since(now)
        chains = {
            (why.station, why.evse): why.chain for why in reasons.of(state, plan, current, now)
        }
        raised = alarms(site, wires, state, plan)
        bound = next((each for each in current.bounds if each.start <= now < each.end), None)
    fresh = baseload.fresh(state.base, site, now)
    return SiteView(
        site=site.id,
        at=now,
        mode=site.mode,
        config=state.config,
        import_w=site.import_w,
        limit=None if bound is None else bound.soft,
        target=None if bound is None else bound.target,
        power=meters.evse_power(now),
        energy=_energy(state),
        complete=_complete(state, now),
        meter=state.base.power if fresh else None,
        reserve=baseload.reserve(state.base, site, now),
        envelope=() if current is None else current.segments,
        stations=tuple(_station(station, wires, state, meters, worsts, chains, now)
                       for station in site.stations),
        events=_events(state),
        alarms=raised,
    )  # fmt: skip


def _station(  # noqa: PLR0917 - the parts of one pass, in the order of the flow
    station: Station,
    wires: Wires,
    state: SiteState,
    meters: Meters,
    worsts: Worsts,
    chains: dict[tuple[str, int], tuple[Step, ...]],
    now: Instant,
) -> StationView:
    own = state.stations[station.id]
    return StationView(
        station=station.id,
        connected=own.connected,
        seen=own.seen,
        protocol=own.protocol,
        evses=tuple(
            _evse(
                evse,
                own.evses[evse.ref.evse],
                meters,
                worst=Amperes(
                    worsts.imports(wires.column[evse.ref], own, own.evses[evse.ref.evse]).at(now)
                ),
                why=chains.get((station.id, evse.ref.evse), ()),
                now=now,
            )
            for evse in station.evses
        ),
    )


def _evse(
    evse: Evse,
    own: EvseState,
    meters: Meters,
    *,
    worst: Amperes,
    why: tuple[Step, ...],
    now: Instant,
) -> EvseView:
    schedule = own.desired.schedule if own.desired is not None else None
    period = schedule.at(now) if schedule is not None else None
    reading = own.reading
    return EvseView(
        evse=evse.ref.evse,
        occupied=own.occupied,
        session=own.session,
        limit=None if period is None else period.limit,
        limit_w=None if period is None else period.limit_w,
        setpoint_w=None if period is None else period.setpoint_w,
        worst=worst,
        version=own.desired_version,
        accepted_version=own.accepted_version,
        secured=own.secured,
        outcome=own.outcome,
        power=None if reading is None else reading.power,
        amps=meters.drawn_amps(evse, own),
        energy=None if reading is None else reading.energy,
        soc=None if reading is None else reading.soc,
        read_at=own.read_at,
        why=why,
    )


def _energy(state: SiteState) -> WattHours:
    return WattHours(
        sum(
            (own.reading.energy or 0.0) - (own.reading.exported or 0.0)
            for station in state.stations.values()
            for own in station.evses.values()
            if own.reading is not None
        )
    )


def _complete(state: SiteState, now: Instant) -> bool:
    return all(
        own.read_at is not None and now - own.read_at <= FRESH
        for station in state.stations.values()
        for own in station.evses.values()
        if own.session is not None
    )


def _events(state: SiteState) -> tuple[SiteEventView, ...]:
    return tuple(
        SiteEventView(
            program=enrolled.assigned.program,
            ven=enrolled.assigned.ven,
            event=enrolled.assigned.event.id,
            version=enrolled.assigned.event.version,
            status=enrolled.assigned.event.status,
            start=enrolled.assigned.event.start,
            end=enrolled.assigned.event.end,
            arrived=enrolled.assigned.arrived,
            opt=enrolled.assigned.answer.opt,
            test=enrolled.assigned.event.test,
            lifted=enrolled.lifted,
        )
        for enrolled in state.events
    )
