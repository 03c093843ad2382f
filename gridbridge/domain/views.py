"""What is shown of sites and VENs: a document each, written by the owner, read by everybody."""

from __future__ import annotations

from dataclasses import dataclass

from gridbridge.domain.commands import Outcome
from gridbridge.domain.decisions import Alarm, Segment, Step
from gridbridge.domain.events import EventStatus, Opt
from gridbridge.domain.ids import EventId, ProgramName, SiteId, StationId, VenName
from gridbridge.domain.programs import Lost
from gridbridge.domain.site import Mode
from gridbridge.domain.units import Amperes, Instant, WattHours, Watts


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineView:
    """A file of sites that one gateway left out of its configuration; it serves none of them."""

    file: str
    problems: tuple[str, ...]
    """Each with file, line and column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseView:
    """One EVSE: what it may draw, why, and what it does."""

    evse: int
    occupied: bool
    session: str | None
    limit: Amperes | None
    """Per wire, now; None: nothing was decided for it yet."""
    limit_w: Watts | None
    setpoint_w: Watts | None
    worst: Amperes
    """The most it may draw given all that it may still hold."""
    version: int
    """Of the newest schedule decided for it."""
    accepted_version: int
    """Of the newest schedule that it accepted."""
    secured: bool
    """Its standing profile was accepted."""
    outcome: Outcome | None
    """Of the newest answer."""
    power: Watts | None
    amps: Amperes | None
    energy: WattHours | None
    soc: float | None
    read_at: Instant | None
    why: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StationView:
    """One station."""

    station: StationId
    connected: bool
    seen: bool
    protocol: str
    evses: tuple[EvseView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteEventView:
    """One event as it concerns a site."""

    program: ProgramName
    ven: VenName
    event: EventId
    version: int
    status: EventStatus
    start: Instant
    end: Instant
    arrived: Instant
    opt: Opt
    test: bool
    lifted: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteView:
    """One site at `at`."""

    site: SiteId
    at: Instant
    mode: Mode
    config: str
    import_w: Watts
    limit: Watts | None
    """What its EVSEs may draw together now; None: nothing was decided yet."""
    target: Watts | None
    power: Watts
    """What its EVSEs draw now, at the grid side."""
    energy: WattHours
    """What their registers count, import minus export."""
    complete: bool
    """Every connected EVSE with a car has a fresh reading."""
    meter: Watts | None
    """At the connection; None without a fresh reading."""
    reserve: Watts
    """What is kept free for loads nobody controls."""
    envelope: tuple[Segment, ...]
    stations: tuple[StationView, ...]
    events: tuple[SiteEventView, ...]
    alarms: tuple[Alarm, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VenEventView:
    """The life of one event at its VEN."""

    event: EventId
    version: int
    program: ProgramName | None
    status: EventStatus
    start: Instant
    end: Instant
    arrived: Instant
    opt: Opt
    why: str
    answered: bool
    """The VTN confirmed that it has the answer."""
    sites: tuple[SiteId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LostProgramView:
    """A program whose VTN counts as lost, and what holds instead of its events."""

    program: ProgramName
    then: Lost
    limit: Watts | None = None
    """For Lost.KW."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VenView:
    """One VEN at `at`."""

    ven: VenName
    at: Instant
    registered: bool
    ven_id: str | None
    heard: Instant | None
    """When the VTN last answered; written down at most once a minute."""
    lost: bool
    events: tuple[VenEventView, ...]
    reports_waiting: int
    lost_programs: tuple[LostProgramView, ...] = ()
    """Those whose `lost` rule acts."""
    alarms: tuple[Alarm, ...] = ()
