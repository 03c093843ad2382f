"""What the API, the terminal and the page show of a VEN, built from the engine's state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.domain.decisions import Alarm
from gridbridge.domain.events import EventStatus
from gridbridge.domain.views import LostProgramView, VenEventView, VenView
from gridbridge.engine.ven.ledger import live
from gridbridge.engine.ven.membership import concerned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gridbridge.domain.ids import ProgramName, VenName
    from gridbridge.domain.programs import Program
    from gridbridge.domain.units import Instant
    from gridbridge.engine.ven.membership import Member
    from gridbridge.engine.ven.state import VenState


def view_of(
    ven: VenName,
    state: VenState,
    programs: Mapping[ProgramName, Program],
    members: Sequence[Member],
    now: Instant,
) -> VenView:
    """Show a VEN as of `now`; an event is shown once it is answered."""
    return VenView(
        ven=ven,
        at=now,
        registered=state.registered is not None,
        ven_id=state.registered.ven_id if state.registered is not None else None,
        heard=state.heard,
        lost=bool(state.lost),
        events=tuple(
            VenEventView(
                event=entry.event.id,
                version=entry.event.version,
                program=entry.program,
                status=EventStatus.STANDING if entry.over is None else EventStatus.CANCELLED,
                start=entry.event.start,
                end=entry.event.end,
                arrived=entry.arrived,
                opt=entry.answer.opt,
                why=entry.answer.why if entry.over is None else entry.over,
                answered=entry.delivered,
                sites=tuple(member.site for member in concerned(entry, members)),
            )
            for entry in state.ledger.values()
            if entry.answer is not None
        ),
        reports_waiting=len(state.outbox),
        lost_programs=tuple(
            LostProgramView(program=name, then=rule.then, limit=rule.limit)
            for name in state.lost
            # One that is no longer configured acts nowhere.
            if name in programs
            for rule in (programs[name].lost,)
        ),
        alarms=alarms(ven, state, now),
    )


def alarms(ven: VenName, state: VenState, now: Instant) -> tuple[Alarm, ...]:
    """What a person should know of a VEN now."""
    held = [
        entry.event.id
        for entry in state.ledger.values()
        if entry.vanished is not None and live(entry, now)
    ]
    if not held:
        return ()
    detail = f"{len(held)} live events vanished at once"
    return (Alarm(name="vanished_events_held", subject=ven, detail=detail),)
