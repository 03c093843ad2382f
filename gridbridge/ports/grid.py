"""The utility's side (a driving and a driven port)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gridbridge.domain.decisions import ReportUpdate
    from gridbridge.domain.events import Answer
    from gridbridge.domain.facts import Registered, VenFact
    from gridbridge.domain.ids import VenName


class VenSink(Protocol):
    """Takes what a VTN said."""

    async def record(self, fact: VenFact) -> None:
        """Return once the fact is stored and decided upon: then `owed` holds the answers.

        Raises NotStoredError where it could not be stored: the VTN must not be answered.
        """
        ...

    def owed(self) -> tuple[str | None, tuple[Answer, ...]]:
        """(request id to echo, answers not yet confirmed by the VTN)."""
        ...

    def registration(self) -> Registered | None:
        """The registration to go on with after a restart; None: register anew."""
        ...

    def outbox(self) -> tuple[ReportUpdate, ...]:
        """Reports not yet confirmed by the VTN, oldest first."""
        ...


class Ven(Protocol):
    """One VEN towards one VTN."""

    @property
    def name(self) -> VenName:
        """The VEN's name in the configuration."""
        ...

    async def run(self, sink: VenSink) -> None:
        """Register, poll, answer and report until cancelled; survives whatever the VTN does."""
        ...

    def wake(self) -> None:
        """Look at the sink again: there is something to send."""
        ...
