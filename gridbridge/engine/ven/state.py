"""What the engine of one VEN remembers; all of it follows from its facts."""

from __future__ import annotations

from dataclasses import dataclass, field

from gridbridge.domain.decisions import ReportUpdate
from gridbridge.domain.events import Answer, Event
from gridbridge.domain.facts import Registered, ReportRequested, ResourceSampled
from gridbridge.domain.ids import ProgramName
from gridbridge.domain.units import Instant


@dataclass(slots=True, kw_only=True)
class Entry:
    """One event in the ledger: its newest version and what was said to it."""

    event: Event
    arrived: Instant
    program: ProgramName | None = None
    answer: Answer | None = None
    """None until decided."""
    delivered: bool = False
    """The VTN confirmed the answer to this version."""
    modified: bool = False
    """It is not the first version: sites may have been told of one that concerned them more."""
    vanished: Instant | None = None
    """When it went missing from the VTN's list without a cancellation."""
    over: str | None = None
    """Why it no longer asks anything: cancelled, vanished, refused."""
    ended: Instant | None = None
    settled: bool = False
    """What follows from this version was decided."""


@dataclass(slots=True, kw_only=True)
class Running:
    """A report that the VTN asked for."""

    wanted: ReportRequested
    since: Instant
    """When the first interval starts."""
    next_sample: Instant
    moment: Instant | None = None
    """When the newest samples were taken."""
    samples: dict[str, tuple[ResourceSampled, ...]] = field(default_factory=dict)
    """By resource, since the last update was filed."""
    filed: int = 0
    done: bool = False


@dataclass(slots=True, kw_only=True)
class VenState:
    """Everything that must survive a restart of the VEN's owner."""

    started: Instant | None = None
    """When the VEN was first run: a VTN may be silent from the beginning."""
    registered: Registered | None = None
    heard: Instant | None = None
    request: str | None = None
    """The request that answers reply to."""
    ledger: dict[str, Entry] = field(default_factory=dict)
    out_of_sequence: tuple[Answer, ...] = ()
    """Answers to versions that were refused without a change of the ledger."""
    lost: tuple[ProgramName, ...] = ()
    reports: dict[str, Running] = field(default_factory=dict)
    outbox: tuple[ReportUpdate, ...] = ()
