"""What a VEN owes its VTN, as its adapter may say it: stored, and known to the sites."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridbridge.domain.decisions import ReportUpdate
from gridbridge.domain.events import Answer

if TYPE_CHECKING:
    from gridbridge.engine.ven.engine import VenEngine


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """Answers to events with the request that they answer, and reports."""

    request: str | None = None
    answers: tuple[Answer, ...] = ()
    reports: tuple[ReportUpdate, ...] = ()


NOTHING = Owed()


def owed_by(engine: VenEngine) -> Owed:
    """All that the VTN has not confirmed."""
    request, answers = engine.owed()
    return Owed(request=request, answers=answers, reports=engine.outbox())
