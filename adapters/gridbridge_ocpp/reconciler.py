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

from typing import TYPE_CHECKING, NamedTuple

from gridbridge.domain.commands import Outcome
from gridbridge.domain.slots import Slot
from gridbridge.domain.units import FOREVER, Instant
from gridbridge_ocpp.digests import digest, parts_of
from gridbridge_ocpp.parts import Part, Profile, Purpose
from gridbridge_ocpp.rungs import Rung
from gridbridge_ocpp.slot_record import SlotRecord
from gridbridge_ocpp.slot_state import Look, SlotState
from gridbridge_ocpp.survey import Key, Seen, Survey
from gridbridge_ocpp.urgency import Urgency, urgency
from gridbridge_ocpp.verdicts import Held, MayHold, NotHeld, Verdict
from gridbridge_ocpp.wishes import Taken, Wishes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gridbridge.domain.commands import StationDesired
    from gridbridge_ocpp.directory import StationEntry
    from gridbridge_ocpp.versions import OcppVersion


class Task(NamedTuple):
    """One call to make."""

    key: Key
    part: Part


class Result(NamedTuple):
    """What became of one slot of one version of what is desired."""

    key: Key
    version: int
    outcome: Outcome | None
    """None: the engine knows."""
    sent: Instant
    detail: str = ""
    holds: str | None = None
    """What the store shall remember that the slot holds; None: nothing new."""


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
        self._survey: Survey | None = None
        self._results: list[Result] = []
        for key, text in acknowledged.items():
            self._remember(key, text)

    def desire(self, desired: StationDesired) -> None:
        """Take what the station should hold, unless something newer is known already."""
        wishes = self._wishes
        rung, keys = wishes.rung, wishes.keys
        changed = wishes.take(desired)
        self._survey = None
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
        self._incapable = self._survey = None
        self._transactions.clear()
        for state in self._slots.values():
            state.forget()

    def doubt(self, keys: Iterable[Key]) -> None:
        """Nobody knows what these slots hold, whatever the store says."""
        self._survey = None
        for key in keys:
            if key in self._slots:
                self._slots[key].forget()

    def unsure(self) -> list[Key]:
        """Slots of which the store may say something wrong."""
        return [key for key, state in self._slots.items() if state.record.unsure]

    def to_strike_out(self, now: Instant) -> list[Key]:
        """Slots about to be written to, whose record in the store must go first."""
        pending = self._surveyed(now).pending
        return [key for key, state, _ in pending if state.record.bars and state.retry_at <= now]

    def on_record(self, key: Key) -> SlotRecord:
        """What the store says of a slot; raises KeyError for one that nobody spoke of."""
        return self._slots[key].record

    def pending(self, now: Instant) -> bool:
        """Whether something is to be sent, at once or after a while."""
        return bool(self._surveyed(now).pending)

    def next_task(self, now: Instant) -> Task | None:
        """The most urgent call to make now; None where nothing is to be made."""
        ready = [
            (key, state, look.pending[0])
            for key, state, look in self._surveyed(now).pending
            if not state.record.bars and state.retry_at <= now
        ]
        if not ready:
            return None
        if len(ready) == 1:
            key, _, part = ready[0]
        else:
            # Of equals the first: by EVSE, and its standing profile before its plan.
            key, _, part = min(ready, key=lambda each: _urgency(each[0][1], each[1], each[2], now))
        return Task(key, part)

    def answered(self, task: Task, verdict: Verdict, *, sent: Instant, now: Instant) -> None:
        """Take what became of a call that was sent."""
        state = self._slots[task.key]
        self._survey = None
        state.take(task.part, verdict, sent=sent, now=now)
        if task.key[1] is Slot.STANDING:
            # The plan is told in the unit that the standing profile was taken in.
            self._slots[task.key[0], Slot.PLAN].work_out_again()
        match verdict:
            case Held():
                pass
            case NotHeld(never=True) if task.key[1] is not Slot.DER:
                self._incapable = verdict.detail
            case NotHeld(retry_after=None):
                self._climb(task.key, now)
            case NotHeld(detail=detail):
                self._tell(task.key, state, Outcome.REFUSED, now, detail)
            case MayHold(detail=detail):
                self._tell(task.key, state, Outcome.UNKNOWN, now, detail)

    def results(self, now: Instant) -> list[Result]:
        """What became of slots since the last call; each outcome of a version is told once.

        That a standing profile is held only of its calls, and at first.
        """
        for key, state, look in self._surveyed(now).slots:
            if look.pending:
                continue
            if look.refused is not None:
                self._tell(key, state, Outcome.REFUSED, now, look.refused)
            elif look.holding and state.record.text is None:
                text = digest(look.holding)
                state.record.tell(text)
                self._tell(key, state, Outcome.ACCEPTED, now, holds=text)
            elif look.holding or (state.sent is not None and not look.ended):
                self._tell(key, state, Outcome.ACCEPTED, now)
        told, self._results = self._results, []
        return told

    def next_wakeup(self, now: Instant) -> Instant:
        """When a call is due that is not due now; FOREVER where none is."""
        due = FOREVER
        for _, state, _ in self._surveyed(now).pending:
            if now < state.retry_at < due:
                due = state.retry_at
        return due

    def not_told(self, key: Key) -> None:
        """The engine did not hear what became of a slot; `results` says it again."""
        if key in self._slots:
            self._slots[key].told = None

    # What is wanted.

    def _surveyed(self, now: Instant) -> Survey:
        """How all slots stand; looked at anew only where something or the time changed it."""
        survey = self._survey
        if survey is None or not (survey.since == now or survey.since < now < survey.until):
            survey = self._survey = self._look_around(now)
        return survey

    def _look_around(self, now: Instant) -> Survey:
        slots: list[Seen] = []
        pending: list[Seen] = []
        until = FOREVER
        for key, state in self._wished:
            look = state.looked
            if look is None or look.pending or not look.holds_at(now):
                look = self._look(key, state, now)
            seen = (key, state, look)
            slots.append(seen)
            if look.pending:
                pending.append(seen)
            until = min(until, look.until)
        return Survey(slots, pending, now, until)

    def _look(self, key: Key, state: SlotState, now: Instant) -> Look:
        if state.wanted is None:
            beneath = self._slots[key[0], Slot.STANDING]
            taken = Taken(beneath.unit_held, state.unit_held, not state.plain)
            running = self._transactions.get(key[0])
            state.want(self._wishes.wanted(key, taken, running, now))
        look = state.look(now)
        if self._incapable is not None and look.pending and key[1] is not Slot.DER:
            return look._replace(pending=(), refused=self._incapable)
        return look

    def _changed(self, evse: int, *, beneath: bool = True) -> None:
        """Something else is wished for an EVSE, and beneath its schedule too, or not."""
        self._survey = None
        for key, state in self._slots.items():
            if not beneath and key[1] is Slot.STANDING and state.settled:
                continue
            # The discharge limit is the station's: any EVSE may change it.
            if key[0] == evse or key[1] is Slot.DER:
                state.wish_changed()

    def _climb(self, key: Key, now: Instant) -> None:
        """Where a slot is refused in every unit, try the next rung, with all slots."""
        if key[1] is Slot.DER or self._look(key, self._slots[key], now).refused is None:
            return
        if self._wishes.climb():
            self._say_anew()

    def _say_anew(self) -> None:
        """All slots change the rung together: what one leaves on another would cap the rest."""
        self._survey = None
        for state in self._slots.values():
            state.wish_changed()

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

    def _tell(
        self,
        key: Key,
        state: SlotState,
        outcome: Outcome,
        now: Instant,
        detail: str = "",
        *,
        holds: str | None = None,
    ) -> None:
        version = self._wishes.number
        # A standing profile is the same in every version: that a call was accepted is news once.
        by_call = key[1] is Slot.STANDING and outcome is Outcome.ACCEPTED
        told = (state.calls if by_call else version, outcome)
        known = state.told == told
        if known and holds is None:
            return
        state.told = told
        sent = state.sent if state.sent is not None else now
        news = None if known else outcome
        self._results.append(Result(key, version, news, sent, detail, holds))


def _urgency(slot: Slot, state: SlotState, part: Part, now: Instant) -> Urgency:
    return urgency(slot, part, state.held.get(part.id), now)
