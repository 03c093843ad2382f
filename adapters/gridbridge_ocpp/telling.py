"""What became of slots, for the engine and the store: each outcome of a version once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gridbridge.domain.commands import Outcome
from gridbridge.domain.slots import Slot
from gridbridge_ocpp.digests import digest

if TYPE_CHECKING:
    from gridbridge.domain.units import Instant
    from gridbridge_ocpp.keys import Key
    from gridbridge_ocpp.slot_record import SlotRecord
    from gridbridge_ocpp.slot_state import Look, SlotState


class Result(NamedTuple):
    """What became of one slot of one version of what is desired."""

    key: Key
    version: int
    outcome: Outcome | None
    """None: the engine knows."""
    sent: Instant
    detail: str = ""
    holds: tuple[str, SlotRecord] | None = None
    """What the store shall say that the slot holds; None: nothing new."""


class Telling:
    """One station's."""

    def __init__(self) -> None:
        """Begin with nothing to tell."""
        self._results: list[Result] = []

    def take(self) -> list[Result]:
        """What is told, once."""
        results, self._results = self._results, []
        return results

    def tell_of(
        self, key: Key, state: SlotState, version: int, look: Look, *, now: Instant
    ) -> None:
        """Tell how a slot stands to which nothing is to be sent."""
        state.told_of, state.told_in = look, version
        at = now if state.sent is None else state.sent
        if look.refused is not None:
            self.tell(key, state, version, Outcome.REFUSED, at=at, detail=look.refused)
        elif look.holding and state.record.text is None:
            text = digest(look.holding)
            state.record.tell(text)
            holds = (text, state.record)
            self.tell(key, state, version, Outcome.ACCEPTED, at=at, holds=holds)
        elif look.holding or (state.sent is not None and not look.ended):
            self.tell(key, state, version, Outcome.ACCEPTED, at=at)

    def tell(
        self,
        key: Key,
        state: SlotState,
        version: int,
        outcome: Outcome,
        *,
        at: Instant,
        detail: str = "",
        holds: tuple[str, SlotRecord] | None = None,
    ) -> None:
        """Tell an outcome, unless that is known; and what the slot holds, where that is new."""
        # A standing profile is the same in every version: that a call was accepted is news once.
        by_call = key[1] is Slot.STANDING and outcome is Outcome.ACCEPTED
        told = (state.calls if by_call else version, outcome)
        known = state.told == told
        if known and holds is None:
            return
        state.told = told
        news = None if known else outcome
        self._results.append(Result(key, version, news, at, detail, holds))
