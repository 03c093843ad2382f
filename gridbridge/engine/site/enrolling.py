"""How facts of the grid change what is asked of a site: events come, change and go; VTNs too."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gridbridge.domain.events import Opt
from gridbridge.engine.site.state import Enrolled

if TYPE_CHECKING:
    from gridbridge.domain.facts import EventAssigned, EventLifted, VtnBack, VtnLost
    from gridbridge.domain.units import Instant
    from gridbridge.engine.site.state import SiteState


class Enroller:
    """Folds facts of the grid; each fold says whether a decision may have become due."""

    def __init__(self, state: SiteState) -> None:
        self._state = state

    def assigned(self, fact: EventAssigned, at: Instant) -> bool:
        """An event concerns the site: it replaces an older version."""
        kept: list[Enrolled] = []
        for enrolled in self._state.events:
            if (
                not _same_event(enrolled, fact.program, fact.event.id)
                or enrolled.lifted is not None
            ):
                kept.append(enrolled)
            elif enrolled.assigned.event.version >= fact.event.version:
                return False
            elif _active(enrolled, at) and not fact.event.start <= at < fact.event.end:
                kept.append(replace(enrolled, lifted=at))
        self._state.events = (*kept, Enrolled(assigned=fact))
        return True

    def lifted(self, fact: EventLifted, at: Instant) -> bool:
        """An event asks nothing more; what it asked for until now stays."""
        changed = [
            enrolled
            for enrolled in self._state.events
            if _same_event(enrolled, fact.program, fact.event) and enrolled.lifted is None
        ]
        kept = [enrolled for enrolled in self._state.events if enrolled not in changed]
        cut_short = [replace(each, lifted=at) for each in changed if _active(each, at)]
        self._state.events = (*kept, *cut_short)
        return bool(changed)

    def lost(self, fact: VtnLost, at: Instant) -> bool:
        """A program's VTN is silent."""
        del at
        if fact.program in self._state.lost:
            return False
        self._state.lost[fact.program] = fact.since
        return True

    def back(self, fact: VtnBack, at: Instant) -> bool:
        """It answers again."""
        del at
        return self._state.lost.pop(fact.program, None) is not None


def _same_event(enrolled: Enrolled, program: str, event: str) -> bool:
    return enrolled.assigned.program == program and enrolled.assigned.event.id == event


def _active(enrolled: Enrolled, at: Instant) -> bool:
    event = enrolled.assigned.event
    return enrolled.assigned.answer.opt is Opt.IN and event.start <= at < event.end
