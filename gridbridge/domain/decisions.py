"""Decisions: what an engine settled, and why."""

from __future__ import annotations

from dataclasses import dataclass

from gridbridge.domain.commands import StationDesired
from gridbridge.domain.events import Answer, Event
from gridbridge.domain.ids import EventId, ProgramName, SiteId, StationId, VenName
from gridbridge.domain.limits import Source
from gridbridge.domain.units import Amperes, Instant, Seconds, WattHours, Watts


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One link of the chain from what the hardware could do to what the EVSE is told."""

    amps: Amperes
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The chain behind one EVSE's limit at the time of a decision; each step is the next bound."""

    station: StationId
    evse: int
    chain: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of a site's envelope."""

    start: Instant
    end: Instant
    max_import: Watts
    """For the EVSEs together, at the meter."""
    source: Source
    target: Watts | None = None
    """Wanted net power of the EVSEs together, where a dispatch asks for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something a person should know, by name."""

    name: str
    subject: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What each station of a site should hold from now on; only changes are listed."""

    site: SiteId
    upto: str
    """Log id of the last fact that was folded before this was decided."""
    now: Instant
    config: str
    """Hash of the configuration it was decided under."""
    changes: tuple[StationDesired, ...]
    why: tuple[Why, ...]
    envelope: tuple[Segment, ...]
    alarms: tuple[Alarm, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One value of a report."""

    start: Instant
    length: Seconds
    power: Watts
    energy: WattHours
    """In this interval, import minus export."""
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportUpdate:
    """A report for the VTN, kept in the outbox until it is confirmed."""

    id: str
    request: str
    specifier: str
    created: Instant
    samples: dict[str, tuple[Sample, ...]]
    """By resource (rID)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign:
    """Tell a site's partition that an event concerns it (or, without an event, no longer does)."""

    site: SiteId
    program: ProgramName
    event: EventId
    standing: Event | None
    answer: Answer | None
    arrived: Instant
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VenDecided:
    """What an engine of a VEN settled: answers owed, sites to tell, reports to file."""

    ven: VenName
    upto: str
    now: Instant
    request: str | None
    """The request these answers reply to."""
    answers: tuple[Answer, ...]
    assignments: tuple[Assign, ...]
    reports: tuple[ReportUpdate, ...]
    lost: tuple[ProgramName, ...] = ()
    """Programs whose VTN just became lost."""
    back: tuple[ProgramName, ...] = ()
    alarms: tuple[Alarm, ...] = ()
