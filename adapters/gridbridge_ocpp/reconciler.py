"""What a station should hold against what it holds: which call is next, and what became of a slot.

Level-triggered: nothing here remembers why a call was made. At every look the wanted parts of
each slot are compared with what the station is known to hold; the difference is sent, most urgent
first, and a wish that was replaced before it was sent is never sent.

Invariants:
- a part counts as held only by an Accepted of its own, or by the store's record of one;
- before a part is sent, the record of what its slot held is struck out: whoever takes over after a
  crash then knows nothing rather than something wrong; where the store does not answer, it is
  tried again before the next call;
- a part that was refused is not sent again in the same words; what is unknown is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from gridbridge.domain.commands import Outcome
from gridbridge.domain.slots import Slot
from gridbridge.domain.units import FOREVER, Instant
from gridbridge_ocpp.digests import parts_of
from gridbridge_ocpp.parts import Part, Profile, Purpose
from gridbridge_ocpp.rungs import Rung
from gridbridge_ocpp.slot_record import SlotRecord
from gridbridge_ocpp.slot_state import Look, SlotState
from gridbridge_ocpp.telling import Result, Telling
from gridbridge_ocpp.urgency import Urgency, urgency
from gridbridge_ocpp.verdicts import Held, MayHold, NotHeld, Verdict
from gridbridge_ocpp.ways import Taken
from gridbridge_ocpp.wishes import Wishes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gridbridge.domain.commands import StationDesired
    from gridbridge_ocpp.directory import StationEntry
    from gridbridge_ocpp.keys import Key
    from gridbridge_ocpp.versions import OcppVersion

_NEVER = Instant(0.0)


Pending: TypeAlias = "tuple[Key, SlotState, Part]"
"""A slot to which something is to be sent, with what is next."""


class Task(NamedTuple):
    """One call to make."""

    key: Key
    part: Part


class Reconciler:
    """One station's slots."""

    def __init__(
        self, entry: StationEntry, version: OcppVersion, acknowledged: Mapping[Key, str]
    ) -> None:
        """Begin with what the store says that the station said yes to."""
        self._wishes = Wishes(entry, version)
        self._incapable: str | None = None
        self._transactions: dict[int, str] = {}
        self._slots: dict[Key, SlotState] = {}
        self._wished: tuple[tuple[Key, SlotState], ...] = ()
        """Of these slots those that something is wished for, in the order of their keys."""
        self._pending: list[Pending] = []
        """Of those the ones to which something is to be sent, with what is next."""
        self.untold: list[tuple[Key, SlotState, Look]] = []
        """Of the others the ones of which there was news at the last look."""
        self._seen_since = self._seen_until = _NEVER
        """It is known for the time in between; nothing changed since."""
        self._telling = Telling()
        for key, text in acknowledged.items():
            self._remember(key, text)

    def desire(self, desired: StationDesired) -> None:
        """Take what the station should hold, unless something newer is known already."""
        wishes = self._wishes
        rung, keys = wishes.rung, wishes.keys
        changed = wishes.take(desired)
        self._seen_until = _NEVER
        if wishes.keys is not keys:
            self._wished = tuple(
                (key, self._slots.setdefault(key, SlotState())) for key in wishes.keys
            )
        if wishes.rung is not rung:
            self._say_anew()
        for evse, more in changed:
            self._changed(evse, beneath=more)

    def bind(self, evse: int, transaction: str | None) -> None:
        """A transaction runs on the EVSE, or (None) none does."""
        if self._transactions.get(evse) == transaction:
            return
        if transaction is None:
            del self._transactions[evse]
        else:
            self._transactions[evse] = transaction
        self._changed(evse)

    def running(self, evse: int) -> str | None:
        """The transaction that runs on the EVSE, as far as known."""
        return self._transactions.get(evse)

    def forget(self) -> None:
        """The station started anew: what it holds is not known, whatever the store says."""
        self._incapable, self._seen_until = None, _NEVER
        self._transactions.clear()
        for state in self._slots.values():
            state.forget()

    def doubt(self, keys: Iterable[Key]) -> None:
        """Nobody knows what these slots hold, whatever the store says."""
        self._seen_until = _NEVER
        for key in keys:
            if key in self._slots:
                self._slots[key].forget()
        for state in self._slots.values():
            # How a plan is told depends on what its standing profile was taken in.
            state.work_out_again()

    def unsure(self) -> list[Key]:
        """Slots of which the store may say something wrong."""
        return [key for key, state in self._slots.items() if state.record.unsure]

    def to_strike_out(self, now: Instant) -> list[Key]:
        """Slots about to be written to, whose record in the store must go first."""
        pending = self.pending(now)
        return [key for key, state, _ in pending if state.record.bars and state.retry_at <= now]

    def struck_out(self, key: Key, *, for_sure: bool) -> None:
        """The store says nothing of a slot any more; or nobody knows, and the limit goes out."""
        state = self._slots[key]
        if for_sure:
            state.record.struck()
        else:
            state.record.not_struck()
        # Where it is wished for again what it holds, the store has to be told again.
        state.told_of = None
        if state.looked is None or not state.looked.pending:
            self._seen_until = _NEVER

    def lost(self, key: Key, text: str) -> None:
        """The store was not told, or nobody knows, what a slot holds."""
        state = self._slots[key]
        state.record.lost(text)
        state.told_of, self._seen_until = None, _NEVER

    def next_task(self, now: Instant) -> Task | None:
        """The most urgent call to make now; None where nothing is to be made."""
        ready = [each for each in self.pending(now) if each[1].retry_at <= now]
        if not ready:
            return None
        # Of equals the first: by EVSE, and its standing profile before its plan.
        first = ready[0] if len(ready) == 1 else min(ready, key=lambda each: _urgency(each, now))
        key, state, part = first
        # A cut waits for its record to be struck out, and for no raise that could go now.
        return None if state.record.bars else Task(key, part)

    def answered(self, task: Task, verdict: Verdict, *, sent: Instant, now: Instant) -> None:
        """Take what became of a call that was sent."""
        key, version = task.key, self._wishes.number
        state = self._slots[key]
        self._seen_until = _NEVER
        state.take(task.part, verdict, sent=sent, now=now)
        if key[1] is Slot.STANDING:
            # The plan is told in the unit that the standing profile was taken in.
            self._slots[key[0], Slot.PLAN].work_out_again()
        match verdict:
            case Held():
                pass
            case NotHeld(never=True) if key[1] is not Slot.DER:
                self._incapable = verdict.detail
            case NotHeld(retry_after=None):
                self._climb(key, now)
            case NotHeld(detail=detail):
                self._telling.tell(key, state, version, Outcome.REFUSED, at=sent, detail=detail)
            case MayHold(detail=detail):
                self._telling.tell(key, state, version, Outcome.UNKNOWN, at=sent, detail=detail)

    def results(self, now: Instant) -> list[Result]:
        """What became of slots since the last call; each outcome of a version is told once.

        That a standing profile is held only of its calls, and at first.
        """
        self.pending(now)
        for key, state, look in self.untold:
            self._telling.tell_of(key, state, self._wishes.number, look, now=now)
        self.untold.clear()
        return self._telling.take()

    def next_wakeup(self, now: Instant) -> Instant:
        """When a call is due that is not due now; FOREVER where none is."""
        due = FOREVER
        for _, state, _ in self.pending(now):
            if now < state.retry_at < due:
                due = state.retry_at
        return due

    def not_told(self, key: Key) -> None:
        """The engine did not hear what became of a slot; `results` says it again."""
        if key in self._slots:
            self._slots[key].tell_again()
            self._seen_until = _NEVER

    def pending(self, now: Instant) -> list[Pending]:
        """What is to be sent, at once or after a while.

        Looked at anew only where something or the time changed it.
        """
        if self._seen_since <= now < self._seen_until:
            return self._pending
        version = self._wishes.number
        pending: list[Pending] = []
        self.untold.clear()
        until = FOREVER
        for key, state in self._wished:
            look = state.looked
            if look is None or look.pending or not look.since <= now < look.until:
                look = self._look(key, state, now)
            if look.pending:
                pending.append((key, state, look.pending[0]))
            elif state.told_of is not look or (
                # A standing profile that is held is the same in every version.
                state.told_in != version
                and (key[1] is not Slot.STANDING or look.refused is not None)
            ):
                self.untold.append((key, state, look))
            until = min(until, look.until)
        self._pending, self._seen_since, self._seen_until = pending, now, until
        return pending

    # What is wanted.

    def _look(self, key: Key, state: SlotState, now: Instant) -> Look:
        if state.wanted is None:
            if state.way is None:
                beneath = self._slots[key[0], Slot.STANDING]
                state.way = self._wishes.way(Taken(beneath.unit, state.unit, state.refuses))
            running = self._transactions.get(key[0])
            state.wanted = self._wishes.wanted(key, state.way, running, now)
        look = state.look(now)
        if self._incapable is not None and look.pending and key[1] is not Slot.DER:
            look = state.looked = look._replace(pending=(), refused=self._incapable)
        return look

    def _changed(self, evse: int, *, beneath: bool = True) -> None:
        """Something else is wished for an EVSE, and beneath its schedule too, or not."""
        self._seen_until = _NEVER
        for key, state in self._slots.items():
            if not beneath and key[1] is Slot.STANDING and state.settled:
                continue
            # The discharge limit is the station's: any EVSE may change it.
            if key[0] == evse or key[1] is Slot.DER:
                state.wish_changed()

    def _climb(self, key: Key, now: Instant) -> None:
        """Where a slot is refused in every unit, try the next rung, with all slots."""
        if key[1] is Slot.DER or key not in self._wishes.keys:
            # No rung for the one; nothing is wished for the other any more.
            return
        if self._look(key, self._slots[key], now).refused is None:
            return
        if self._wishes.climb():
            self._say_anew()

    def _say_anew(self) -> None:
        """All slots change the rung together: what one leaves on another would cap the rest."""
        self._seen_until = _NEVER
        for state in self._slots.values():
            state.wish_changed()
            state.way = None

    # What is known.

    def _remember(self, key: Key, text: str) -> None:
        parts = parts_of(text)
        held: dict[int, Part | None] = {part.id: part for part in parts}
        self._slots[key] = SlotState(held=held, record=SlotRecord(text))
        for part in parts:
            if not isinstance(part, Profile):
                continue
            if part.purpose is Purpose.TX and part.transaction is not None:
                self._transactions[key[0]] = part.transaction
            if key[1] is Slot.STANDING:
                # What the station took before needs no second climb.
                is_max = part.purpose is Purpose.STATION_MAX
                self._wishes.step_on(Rung.STATION_MAX if is_max else Rung.PER_CONNECTOR)


def _urgency(pending: Pending, now: Instant) -> Urgency:
    (_, slot), state, part = pending
    return urgency(slot, part, state.held.get(part.id), now)
