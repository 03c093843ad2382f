"""The JSON of the API: SI units in the names, RFC 3339 times."""

from __future__ import annotations

from datetime import UTC, datetime
from math import isinf
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridbridge.domain.decisions import Step
    from gridbridge.domain.units import Instant
    from gridbridge.domain.views import EvseView, SiteView, StationView, VenEventView, VenView

Json: TypeAlias = "dict[str, object]"


def time_of(instant: Instant | None) -> str | None:
    """An instant as RFC 3339 in UTC; None where it never comes."""
    if instant is None or isinf(instant):
        return None
    moment = datetime.fromtimestamp(instant, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def site(view: SiteView) -> Json:
    """One site with its stations."""
    return {
        "site": view.site,
        "at": time_of(view.at),
        "mode": view.mode.value,
        "config": view.config,
        "import_w": view.import_w,
        "limit_w": view.limit,
        "target_w": view.target,
        "power_w": view.power,
        "energy_wh": view.energy,
        "readings_complete": view.complete,
        "meter_w": view.meter,
        "reserve_w": view.reserve,
        "envelope": [
            {
                "start": time_of(segment.start),
                "end": time_of(segment.end),
                "limit_w": segment.max_import,
                "target_w": segment.target,
                "source": str(segment.source),
            }
            for segment in view.envelope
        ],
        "stations": [station(view, each) for each in view.stations],
        "events": [
            {
                "event": each.event,
                "program": each.program,
                "ven": each.ven,
                "version": each.version,
                "status": each.status.value,
                "start": time_of(each.start),
                "end": time_of(each.end),
                "arrived": time_of(each.arrived),
                "opt": each.opt.value,
                "test": each.test,
                "lifted": time_of(each.lifted),
            }
            for each in view.events
        ],
        "alarms": [
            {"name": alarm.name, "subject": alarm.subject, "detail": alarm.detail}
            for alarm in view.alarms
        ],
    }


def station(view: SiteView, of: StationView) -> Json:
    """One station with its EVSEs."""
    return {
        "station": of.station,
        "site": view.site,
        "at": time_of(view.at),
        "connected": of.connected,
        "seen": of.seen,
        "protocol": of.protocol,
        "evses": [evse(each) for each in of.evses],
    }


def evse(of: EvseView) -> Json:
    """One EVSE: what it may draw, why, and what it does."""
    return {
        "evse": of.evse,
        "occupied": of.occupied,
        "session": of.session,
        "limit_a": of.limit,
        "limit_w": of.limit_w,
        "setpoint_w": of.setpoint_w,
        "worst_a": of.worst,
        "version": of.version,
        "accepted_version": of.accepted_version,
        "secured": of.secured,
        "outcome": None if of.outcome is None else of.outcome.value,
        "power_w": of.power,
        "current_a": of.amps,
        "energy_wh": of.energy,
        "soc_pct": of.soc,
        "read_at": time_of(of.read_at),
        "why": steps(of.why),
    }


def steps(chain: Sequence[Step]) -> list[Json]:
    """The chain from what the hardware could do to what is told."""
    return [
        {
            "limit_a": step.amps,
            "kind": step.source.kind,
            "name": step.source.name,
            "detail": step.source.detail,
        }
        for step in chain
    ]


def explanation(view: SiteView, of: StationView) -> Json:
    """Why a station gets what it gets: the same chain that the terminal and the page show."""
    return {
        "station": of.station,
        "site": view.site,
        "at": time_of(view.at),
        "connected": of.connected,
        "evses": [{**evse(each), "text": sentence(each)} for each in of.evses],
    }


def sentence(of: EvseView) -> str:
    """The chain in one line, from hardware to meter."""
    links = [f"{step.amps:.1f} A {step.source}" for step in of.why]
    if of.limit is not None:
        links.append(f"told {of.limit:.1f} A v{of.version}")
    if of.setpoint_w is not None:
        links.append(f"setpoint {of.setpoint_w / 1000:g} kW")
    if of.outcome is not None:
        links.append(of.outcome.value)
    if of.amps is not None:
        links.append(f"metered {of.amps:.1f} A")
    return " -> ".join(links)


def event(ven: VenView, of: VenEventView) -> Json:
    """The life of one event at its VEN."""
    return {
        "event": of.event,
        "ven": ven.ven,
        "program": of.program,
        "version": of.version,
        "status": of.status.value,
        "start": time_of(of.start),
        "end": time_of(of.end),
        "arrived": time_of(of.arrived),
        "opt": of.opt.value,
        "why": of.why,
        "answered": of.answered,
        "sites": list(of.sites),
    }
