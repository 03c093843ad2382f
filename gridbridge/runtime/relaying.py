"""What a VEN's decision says to the partitions of its sites."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gridbridge.domain.facts import EventAssigned, EventLifted, VtnBack, VtnLost

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from gridbridge.domain.decisions import Assign
    from gridbridge.domain.facts import SiteFact
    from gridbridge.domain.ids import ProgramName, VenName
    from gridbridge.domain.units import Instant
    from gridbridge.engine.ven.engine import Member
    from gridbridge.ports.facts import FactSink


def about_event(ven: VenName, assign: Assign) -> EventAssigned | EventLifted:
    """That an event concerns a site, or no longer does."""
    if assign.standing is None or assign.answer is None:
        return EventLifted(
            site=assign.site,
            ven=ven,
            program=assign.program,
            event=assign.event,
            why=assign.why,
        )
    return EventAssigned(
        site=assign.site,
        ven=ven,
        program=assign.program,
        event=assign.standing,
        answer=assign.answer,
        arrived=assign.arrived,
    )


def about_silence(
    ven: VenName,
    members: Sequence[Member],
    *,
    lost: Collection[ProgramName],
    back: Collection[ProgramName],
    since: Instant,
) -> list[VtnLost | VtnBack]:
    """To every member of these programs, that their VTN is lost or answers again."""
    facts: list[VtnLost | VtnBack] = []
    for member in members:
        site, program = member.site, member.program
        if program in lost:
            facts.append(VtnLost(site=site, ven=ven, program=program, since=since))
        if program in back:
            facts.append(VtnBack(site=site, ven=ven, program=program))
    return facts


async def relay(sink: FactSink, facts: Sequence[SiteFact]) -> None:
    """Store them in order, what is told together in one write; raises NotStoredError."""
    told = await asyncio.gather(*(sink.record(fact) for fact in facts), return_exceptions=True)
    for each in told:
        if isinstance(each, BaseException):
            raise each
