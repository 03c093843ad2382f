"""Which sites an event concerns: those that take part in its program, by the name the VTN uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridbridge.domain.decisions import Assign
from gridbridge.domain.events import Answer, Event, EventStatus, Opt, RefusalReason
from gridbridge.domain.ids import ProgramName, SiteId

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridbridge.domain.facts import Registered
    from gridbridge.domain.programs import Program
    from gridbridge.domain.site import Site
    from gridbridge.engine.ven.state import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A site enrolled in a program of this VEN."""

    site: SiteId
    program: ProgramName
    resource: str
    """Its name towards the VTN."""


def members_of(sites: Sequence[Site], programs: Sequence[Program]) -> list[Member]:
    """Every enrolment of a site in one of the programs, by the name the VTN knows it by."""
    names = {program.name for program in programs}
    return [
        Member(
            site=site.id,
            program=enrolment.program,
            resource=enrolment.resource or site.id,
        )
        for site in sites
        for enrolment in site.enrolments
        if enrolment.program in names
    ]


def refused(
    event: Event, registered: Registered | None, members: Sequence[Member]
) -> Answer | None:
    """A refusal where an event is addressed to somebody else."""
    vens = _named(event, "ven:")
    resources = _named(event, "resource:")
    stranger = bool(vens) and registered is not None and registered.ven_id not in vens
    unknown = bool(resources) and not resources & {member.resource for member in members}
    if not stranger and not unknown:
        return None
    return Answer(
        event=event.id,
        version=event.version,
        opt=Opt.OUT,
        why="addressed to " + ", ".join(sorted(event.targets)),
        refused=RefusalReason.TARGET_MISMATCH,
        cancels=event.status is EventStatus.CANCELLED,
    )


def concerned(entry: Entry, members: Sequence[Member]) -> tuple[Member, ...]:
    """The members that an event is addressed to."""
    resources = _named(entry.event, "resource:")
    return tuple(
        member
        for member in members
        if member.program == entry.program and (not resources or member.resource in resources)
    )


def assignments(entry: Entry, members: Sequence[Member]) -> tuple[Assign, ...]:
    """What each site that an event concerns, or may have concerned before, should know of it."""
    if entry.program is None or entry.answer is None:
        return ()
    now = concerned(entry, members)
    assigns: list[Assign] = []
    for member in members:
        here = member in now
        if member.program != entry.program or not (here or entry.modified):
            continue
        assigns.append(
            Assign(
                site=member.site,
                program=entry.program,
                event=entry.event.id,
                standing=entry.event if here and entry.over is None else None,
                answer=entry.answer,
                arrived=entry.arrived,
                why=entry.over or (entry.answer.why if here else "addressed to others now"),
            )
        )
    return tuple(assigns)


def _named(event: Event, kind: str) -> set[str]:
    return {target.removeprefix(kind) for target in event.targets if target.startswith(kind)}
