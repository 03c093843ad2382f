"""One moment of the demo: what the gateway says beside what the world measures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gridbridge.simulation.asking import Asked
    from gridbridge.simulation.view import EvseView, SiteView, StationView, View

_LEAST_W = 0.05
_OUTCOMES = {"unknown": "no answer", "refused": "refused"}
_NO_BOUNDS = frozenset({"told", "answer", "metered"})


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """An event as the VTN keeps it."""

    event: str
    sites: tuple[str, ...]
    what: str
    version: int
    status: str
    """``sent``, ``far``, ``active``, ``completed`` or ``cancelled``."""
    starts_s: float
    """Seconds of the story."""
    ends_s: float
    value: float | None
    """What the signal says now."""
    opt: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseRow:
    """One EVSE; import positive."""

    station: str
    evse: int
    protocol: str
    car: str | None
    soc: float | None
    """0 to 1."""
    limit_a: float | None
    """The gateway's, per wire; None: nothing was decided."""
    setpoint_w: float | None
    """The gateway's."""
    state: str
    """What the gateway knows: it ``holds`` what it was told last, was ``asked`` for something new
    and has not answered yet, gave ``no answer``, ``refused`` or is ``silent``; ``unknown``
    before the gateway said anything."""
    metered_w: float | None
    """As it reached the gateway."""
    physical_w: float
    """On the grid side, by the world's physics."""
    reason: str
    """The gateway's, for the tightest bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRow:
    """One site; W, import positive."""

    site: str
    envelope_w: float | None
    """What its EVSEs may draw together now."""
    envelope_of: str
    target_w: float | None
    evs_w: float
    base_w: float
    connection_w: float
    alarms: tuple[str, ...]
    evses: tuple[EvseRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Everything there is to show."""

    story_s: float
    events: tuple[EventRow, ...]
    sites: tuple[SiteRow, ...]


def frame(
    view: View, documents: Sequence[Mapping[str, Any]], asked: Iterable[Asked], *, begin: float
) -> Frame:
    """Put a moment together; `begin` is the story's time zero."""
    by_site = {str(document["site"]): document for document in documents}
    return Frame(
        story_s=view.at - begin,
        events=tuple(_event(each, view.at, begin) for each in asked),
        sites=tuple(_site(view, site, by_site.get(site.id, {})) for site in view.sites),
    )


def _event(asked: Asked, at: float, begin: float) -> EventRow:
    version = asked.latest
    return EventRow(
        event=asked.id,
        sites=asked.resources,
        what=version.signal.name,
        version=version.number,
        status=_status(asked, at),
        starts_s=version.start - begin,
        ends_s=version.end - begin,
        value=None if version.cancelled else version.value_at(at),
        opt=version.opt,
    )


def _status(asked: Asked, at: float) -> str:
    version = asked.latest
    if version.cancelled:
        return "cancelled"
    if version.answered_at is None:
        return "sent"
    if at < version.start:
        return "far"
    return "active" if at < version.end else "completed"


def _site(view: View, site: SiteView, document: Mapping[str, Any]) -> SiteRow:
    stations = {each["station"]: each for each in document.get("stations", ())}
    envelope = document.get("envelope") or [{}]
    return SiteRow(
        site=site.id,
        envelope_w=document.get("limit_w"),
        envelope_of=str(envelope[0].get("source", "")),
        target_w=document.get("target_w"),
        evs_w=site.evs_w,
        base_w=site.base_w,
        connection_w=site.connection_w,
        alarms=tuple(
            f"{alarm['name']} {alarm['subject']}: {alarm['detail']}"
            for alarm in document.get("alarms", ())
        ),
        evses=tuple(
            _evse(station, evse, stations.get(station.id, {}))
            for station in view.stations
            if station.site == site.id
            for evse in station.evses
        ),
    )


def _evse(station: StationView, evse: EvseView, document: Mapping[str, Any]) -> EvseRow:
    told = {each["evse"]: each for each in document.get("evses", ())}.get(evse.id, {})
    chain = told.get("why") or ()
    return EvseRow(
        station=station.id,
        evse=evse.id,
        protocol=station.protocol,
        car=evse.car,
        soc=evse.soc,
        limit_a=told.get("limit_a"),
        setpoint_w=told.get("setpoint_w"),
        state=_state(document, told),
        metered_w=told.get("power_w"),
        physical_w=evse.grid_w if abs(evse.grid_w) > _LEAST_W else 0.0,
        reason=reason(chain),
    )


def _state(station: Mapping[str, Any], evse: Mapping[str, Any]) -> str:
    if not station:
        return "unknown"
    if not station["connected"]:
        return "silent"
    if evse["accepted_version"] >= evse["version"]:
        return "holds"
    return _OUTCOMES.get(evse["outcome"], "asked")


def reason(chain: Sequence[Mapping[str, Any]]) -> str:
    """Who set the tightest bound, then why; how much it is stands elsewhere."""
    bounds = [link for link in chain if link["kind"] not in _NO_BOUNDS]
    if not bounds:
        return ""
    kind, name, detail = (str(bounds[-1].get(key) or "") for key in ("kind", "name", "detail"))
    match kind:
        case "hardware":
            return "its hardware"
        case "share":
            # That it is an event goes without saying where events are listed.
            return f"{name}: {detail.replace('event: ', '', 1)}"
        case "waits":
            return f"waits {detail}"
    # Schedules and silence say by their detail what they are.
    return detail or f"{kind} {name}"
