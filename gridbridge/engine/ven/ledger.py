"""Which events stand: new ones, newer versions, cancellations said and implied.

in the message, unknown              new
in the message, newer version        modified (or cancelled)
in the message, same version         answered again, with the same answer
the same version, now cancelled      cancelled
in the message, older version        refused as out of sequence; the ledger stays
not in the message                   cancelled by implication (OpenADR 2.0b), unless more than
three live ones vanish at once: then held until confirmed

A cancellation is final. Some VTNs send it without raising the modificationNumber, and a copy of
the event from before may still be on its way then, in the answer to another request; only a
higher number, which no such copy has, makes the event stand again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.domain.events import (
    Answer,
    Distribution,
    Event,
    EventStatus,
    Opt,
    RefusalReason,
)
from gridbridge.domain.units import FOREVER, Instant, Seconds
from gridbridge.engine.ven.state import Entry, VenState

if TYPE_CHECKING:
    from gridbridge.domain.ids import EventId
    from gridbridge.domain.programs import Program

KEPT = Seconds(86400.0)
"""How long an event that is over stays in the ledger."""
FEW = 3
"""So many live events may vanish in one message and are believed at once."""
CONFIRM_AFTER = Seconds(60.0)
"""More of them are believed when a message so much later still lacks them."""


def distribute(state: VenState, said: Distribution, at: Instant) -> None:
    """Fold what a VTN holds now into the ledger."""
    state.request = said.request
    state.out_of_sequence = ()
    for event in said.events:
        _take(state, event, at, asked=said.asked)
    for refusal in said.refusals:
        if not refusal.response_required:
            continue
        state.out_of_sequence += (
            Answer(
                event=refusal.event,
                version=refusal.version,
                opt=Opt.OUT,
                why=refusal.detail,
                refused=refusal.reason,
            ),
        )
    present = {event.id for event in said.events} | {refusal.event for refusal in said.refusals}
    _vanish(state, present, at)


def answered(entry: Entry, given: Answer, program: Program | None) -> None:
    """Note what is said to an event; a cancelled or refused one asks nothing any more."""
    entry.answer = given
    entry.program = entry.program or (program.name if program is not None else None)
    if entry.event.status is EventStatus.CANCELLED:
        entry.over, entry.ended = "cancelled by the VTN", entry.arrived
    elif given.refused is not None:
        entry.over, entry.ended = given.why, entry.arrived


def forget(state: VenState, now: Instant) -> None:
    """Strike out what is long over and whose answer the VTN has."""
    state.ledger = {
        event: entry for event, entry in state.ledger.items() if not _forgettable(entry, now)
    }


def _forgettable(entry: Entry, now: Instant) -> bool:
    end = entry.event.end if entry.ended is None else entry.ended
    confirmed = entry.delivered or not entry.event.response_required
    return entry.answer is not None and confirmed and end != FOREVER and now > end + KEPT


def _take(state: VenState, event: Event, at: Instant, *, asked: bool) -> None:
    known = state.ledger.get(event.id)
    if known is None:
        state.ledger[event.id] = Entry(event=event, arrived=at)
        return
    if event.version < known.event.version:
        if event.response_required:
            state.out_of_sequence += (
                Answer(
                    event=event.id,
                    version=event.version,
                    opt=Opt.OUT,
                    why=f"version {event.version} came after {known.event.version}",
                    refused=RefusalReason.OUT_OF_SEQUENCE,
                ),
            )
        return
    if event.version == known.event.version and not _cancels(event, known.event):
        # Redelivered unasked: the VTN lacks our answer, so the same one is owed again.
        known.delivered = known.delivered and asked
        known.vanished = None
        if known.over == VANISHED:
            known.over, known.ended, known.settled = None, None, False
        return
    state.ledger[event.id] = Entry(event=event, arrived=at, program=known.program, modified=True)


def _cancels(event: Event, known: Event) -> bool:
    return (known.status, event.status) == (EventStatus.STANDING, EventStatus.CANCELLED)


VANISHED = "vanished from the VTN's list"


def _vanish(state: VenState, present: set[EventId], at: Instant) -> None:
    missing = [
        entry
        for entry in state.ledger.values()
        if entry.event.id not in present and live(entry, at)
    ]
    believed = len(missing) <= FEW
    for entry in missing:
        if entry.vanished is None:
            entry.vanished, gone = at, believed
        else:
            # Held before: that fewer are missing by now confirms nothing about this one.
            gone = at - entry.vanished >= CONFIRM_AFTER
        if gone:
            entry.over, entry.ended, entry.settled = VANISHED, at, False


def live(entry: Entry, at: Instant) -> bool:
    """Whether an event still asks, or will ask, for something."""
    return (
        entry.over is None and entry.event.status is EventStatus.STANDING and at < entry.event.end
    )
