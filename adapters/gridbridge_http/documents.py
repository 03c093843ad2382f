"""The JSON of the API: SI units in the names, RFC 3339 times."""

from __future__ import annotations

from datetime import UTC, datetime
from math import isinf
from typing import TYPE_CHECKING, TypeAlias

from gridbridge.domain.events import EventStatus
from gridbridge_http.explaining import Link, chain, line
from gridbridge_http.reach import line as line_of_reach
from gridbridge_http.reach import reach_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridbridge.domain.decisions import Alarm
    from gridbridge.domain.history import EnergyBucket, Every
    from gridbridge.domain.ids import SiteId, VenName
    from gridbridge.domain.units import Instant
    from gridbridge.domain.views import (
        EvseView,
        LostProgramView,
        QuarantineView,
        SiteEventView,
        SiteView,
        StationView,
        VenEventView,
        VenView,
    )
    from gridbridge_http.asking import Span

Json: TypeAlias = "dict[str, object]"


def time_of(instant: Instant | None) -> str | None:
    """An instant as RFC 3339 in UTC; None where it never comes."""
    if instant is None or isinf(instant):
        return None
    moment = datetime.fromtimestamp(instant, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def status(version: str, quarantined: Sequence[QuarantineView]) -> Json:
    """One gateway, whatever its store says."""
    return {
        "version": version,
        "quarantined": [
            {"file": each.file, "problems": list(each.problems)} for each in quarantined
        ],
    }


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
        "events": [_site_event(each, view.at) for each in view.events],
        "alarms": [_alarm(each) for each in view.alarms],
    }


def history(site: SiteId, span: Span, buckets: list[Json]) -> Json:
    """What was metered at a site in a span of time."""
    return {
        "site": site,
        "every": span.every.value,
        "from": time_of(span.start),
        "to": time_of(span.end),
        "buckets": buckets,
    }


def bucket(of: EnergyBucket, every: Every) -> Json:
    """One bucket of a history."""
    return {
        "start": time_of(of.start),
        "import_wh": of.imported,
        "export_wh": of.exported,
        "covered": of.covered / every.width,
        "evses": [
            {
                "station": each.station,
                "evse": each.evse,
                "import_wh": each.imported,
                "export_wh": each.exported,
                "covered": each.covered / every.width,
            }
            for each in of.evses
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
        "evses": [evse(view, of, each) for each in of.evses],
    }


def evse(view: SiteView, station_of: StationView, of: EvseView) -> Json:
    """One EVSE: what it may draw, why, and what it does."""
    links = chain(station_of, of, view.mode)
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
        "why": [_step(link) for link in links],
        "text": line(links),
    }


def explanation(view: SiteView, of: StationView) -> Json:
    """Why a station gets what it gets: the same chain that the terminal and the page show."""
    return {**station(view, of), "mode": view.mode.value}


def _step(link: Link) -> Json:
    return {
        "kind": link.kind,
        "text": link.text,
        "name": link.name,
        "detail": link.detail,
        "current_a": link.amps,
        "power_w": link.watts,
        "version": link.version,
        "at": time_of(link.at),
    }


def life_of(status: EventStatus, start: Instant, end: Instant, now: Instant) -> str:
    """Where an event is in its life: `pending`, `active`, `completed` or `cancelled`."""
    if status is EventStatus.CANCELLED:
        return "cancelled"
    if now < start:
        return "pending"
    return "active" if now < end else "completed"


def _site_event(of: SiteEventView, now: Instant) -> Json:
    return {
        "event": of.event,
        "program": of.program,
        "ven": of.ven,
        "version": of.version,
        "status": of.status.value,
        "life": life_of(of.status, of.start, of.end, now),
        "start": time_of(of.start),
        "end": time_of(of.end),
        "arrived": time_of(of.arrived),
        "opt": of.opt.value,
        "test": of.test,
        "lifted": time_of(of.lifted),
    }


def ven(name: VenName, view: VenView | None, now: Instant) -> Json:
    """One VEN and whether its VTN is in reach; of one that nobody shows, that nobody does."""
    heard = None if view is None else view.heard
    return {
        "ven": name,
        "at": None if view is None else time_of(view.at),
        "reach": reach_of(view).value,
        "registered": view is not None and view.registered,
        "ven_id": None if view is None else view.ven_id,
        "heard": time_of(heard),
        "silent_s": None if heard is None else max(now - heard, 0.0),
        "lost": [] if view is None else [_lost(each) for each in view.lost_programs],
        "alarms": [] if view is None else [_alarm(each) for each in view.alarms],
        "reports_waiting": 0 if view is None else view.reports_waiting,
        "text": line_of_reach(view, now),
    }


def _alarm(of: Alarm) -> Json:
    return {"name": of.name, "subject": of.subject, "detail": of.detail}


def _lost(of: LostProgramView) -> Json:
    return {"program": of.program, "then": of.then.value, "limit_w": of.limit}


def event(ven: VenView, of: VenEventView, now: Instant) -> Json:
    """The life of one event at its VEN."""
    return {
        "event": of.event,
        "ven": ven.ven,
        "program": of.program,
        "version": of.version,
        "status": of.status.value,
        "life": life_of(of.status, of.start, of.end, now),
        "start": time_of(of.start),
        "end": time_of(of.end),
        "arrived": time_of(of.arrived),
        "opt": of.opt.value,
        "why": of.why,
        "answered": of.answered,
        "sites": list(of.sites),
    }
