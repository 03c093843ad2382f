"""What a station should hold against what it holds: which call is next, and what became of a slot.

Level-triggered: nothing here remembers why a call was made. At every look the wanted parts of
each slot are compared with what the station is known to hold; the difference is sent, most urgent
first, and a wish that was replaced before it was sent is never sent.

Invariants:
- a part counts as held only by an Accepted of its own, or by the store's record of one;
- before a part is sent, the record of what its slot held is struck out: whoever takes over after a
  crash then knows nothing rather than something wrong;
- a part that was refused is not sent again in the same words; what is unknown is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gridbridge.domain.commands import EvseDesired, Outcome, StationDesired
from gridbridge.domain.slots import Slot
from gridbridge.domain.units import FOREVER, Instant
from gridbridge_ocpp.building import Making
from gridbridge_ocpp.digests import digest, parts_of
from gridbridge_ocpp.parts import Part, Profile, Purpose
from gridbridge_ocpp.periods import CannotExpressError
from gridbridge_ocpp.profiles import discharge_limit, plan, rungs, standing, units
from gridbridge_ocpp.rungs import RateUnit, Rung
from gridbridge_ocpp.slot_state import Look, SlotState, Wanted
from gridbridge_ocpp.survey import Key, Survey
from gridbridge_ocpp.urgency import Urgency, urgency
from gridbridge_ocpp.verdicts import MayHold, NotHeld, Verdict
from gridbridge_ocpp.wire import call_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gridbridge_ocpp.directory import StationEntry
    from gridbridge_ocpp.versions import OcppVersion


_NOTHING = Look(pending=(), holding=(), refused=None)


class Task(NamedTuple):
    """One call to make."""

    key: Key
    part: Part
    urgency: Urgency


class Result(NamedTuple):
    """What became of one slot of one version of what is desired."""

    evse: int
    slot: Slot
    version: int
    outcome: Outcome
    sent: Instant
    detail: str = ""


class Reconciler:
    """One station's slots."""

    def __init__(
        self, entry: StationEntry, version: OcppVersion, acknowledged: Mapping[Key, str]
    ) -> None:
        """Begin with what the store says that the station said yes to."""
        self._entry = entry
        self._version = version
        self._desired: StationDesired | None = None
        self._rung: Rung | None = None
        self._incapable: str | None = None
        self._transactions: dict[int, str] = {}
        self._slots: dict[Key, SlotState] = {}
        self._wishes: dict[int, EvseDesired] = {}
        self._keys: tuple[Key, ...] = ()
        self._makings: dict[RateUnit, Making] = {}
        self._survey: Survey | None = None
        self._results: list[Result] = []
        self._to_store: dict[Key, str] = {}
        for key, text in acknowledged.items():
            self._remember(key, text)

    def desire(self, desired: StationDesired) -> None:
        """Take what the station should hold, unless something newer is known already."""
        before = self._desired
        if before is not None and desired.version < before.version:
            return
        self._desired, self._survey = desired, None
        ladder = rungs(self._entry, desired)
        if self._rung not in ladder:
            self._step_on(ladder[0])
        former, self._wishes = self._wishes, {each.evse: each for each in desired.evses}
        for wish in desired.evses:
            once = former.get(wish.evse)
            if once != wish:
                same = once is not None and _same_standing(once, wish)
                self._changed(wish.evse, same_standing=same)
        self._keys = tuple(_keys(desired))
        for key in self._keys:
            if key not in self._slots:
                self._slots[key] = SlotState()

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

    def to_strike_out(self, now: Instant) -> list[Key]:
        """Slots about to be written to, whose record in the store must go first."""
        pending = self._surveyed(now).pending
        return [key for key, state, _ in pending if state.stored and state.retry_at <= now]

    def struck_out(self, key: Key) -> None:
        """The store no longer says that the slot holds anything (or cannot be reached)."""
        if key in self._slots:
            self._slots[key].stored = False

    def next_task(self, now: Instant) -> Task | None:
        """The most urgent call to make now; None where nothing is to be made."""
        best: Task | None = None
        for key, state, look in self._surveyed(now).pending:
            if state.stored or state.retry_at > now:
                continue
            part = look.pending[0]
            how = urgency(key[1], part, state.held.get(part.id), now)
            # Of equals the first: by EVSE, and its standing profile before its plan.
            if best is None or how < best.urgency:
                best = Task(key=key, part=part, urgency=how)
        return best

    def answered(self, task: Task, verdict: Verdict, *, sent: Instant, now: Instant) -> None:
        """Take what became of a call that was sent."""
        state = self._slots[task.key]
        self._survey = None
        state.take(task.part, verdict, sent=sent, now=now)
        if task.key[1] is Slot.STANDING:
            # The plan is told in the unit that the standing profile was taken in.
            self._slots[task.key[0], Slot.PLAN].wanted = None
        match verdict:
            case NotHeld(never=True) if task.key[1] is not Slot.DER:
                self._incapable = verdict.detail
            case NotHeld(retry_after=None):
                self._climb(task.key, now)
            case NotHeld(detail=detail):
                self._tell(task.key, Outcome.REFUSED, now, detail)
            case MayHold(detail=detail):
                self._tell(task.key, Outcome.UNKNOWN, now, detail)

    def results(self, now: Instant) -> list[Result]:
        """What became of slots since the last call; each outcome of a version is told once."""
        for key, state, look in self._surveyed(now).slots:
            if look.pending:
                continue
            if look.refused is not None:
                self._tell(key, Outcome.REFUSED, now, look.refused)
            else:
                self._tell_held(key, state, look, now)
        told, self._results = self._results, []
        return told

    def to_store(self) -> dict[Key, str]:
        """What the store shall remember that slots hold, since the last call; after `results`."""
        texts, self._to_store = self._to_store, {}
        return texts

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
            survey = self._survey = Survey(now)
            for key in self._keys:
                state = self._slots[key]
                survey.add(key, state, *self._look(key, state, now))
        return survey

    def _look(self, key: Key, state: SlotState, now: Instant) -> tuple[Look, Instant]:
        """How a slot looks, and until when if nothing but time passes."""
        if state.wanted is None:
            state.want(self._work_out(key, now))
        look, until = state.look(now)
        if key[1] is Slot.DER:
            return look, until
        if key[1] is Slot.PLAN:
            schedule = self._wishes[key[0]].schedule
            if schedule is not None and schedule.until <= now:
                # It ended by itself, and so did what the station holds of it.
                return _NOTHING, FOREVER
            if schedule is not None and schedule.until < until:
                until = schedule.until
        if self._incapable is not None and look.pending:
            look = Look(pending=(), holding=look.holding, refused=self._incapable)
        return look, until

    def _ended(self, key: Key, now: Instant) -> bool:
        schedule = self._wishes[key[0]].schedule
        return key[1] is Slot.PLAN and schedule is not None and schedule.until <= now

    def _work_out(self, key: Key, now: Instant) -> Wanted:
        ways: list[tuple[Part, ...]] = []
        impossible: str | None = None
        for unit in self._units(key):
            try:
                parts = self._parts(key, unit, now)
                for part in parts:
                    call_for(self._version, part)
            except CannotExpressError as error:
                impossible = str(error)
            else:
                ways.append(parts)
        return Wanted(tuple(zip(*ways, strict=True)), None if ways else impossible)

    def _parts(self, key: Key, unit: RateUnit, now: Instant) -> tuple[Part, ...]:
        if self._desired is None or self._rung is None:
            raise AssertionError("nothing is worked out before something is desired")
        evse, slot = key
        if slot is Slot.DER:
            return discharge_limit(self._desired, self._version)
        making = self._makings.get(unit)
        if making is None:
            making = self._makings[unit] = Making(
                version=self._version,
                rung=self._rung,
                unit=unit,
                first_id=self._entry.first_profile_id,
                max_periods=self._entry.max_periods,
            )
        wish = self._wishes[evse]
        if slot is Slot.STANDING:
            return standing(wish, making)
        return plan(wish, making, transaction=self._transactions.get(evse), now=now)

    def _units(self, key: Key) -> tuple[RateUnit, ...]:
        """The units to say a slot in, the one that the EVSE's standing profile has first."""
        every = units(self._entry, self._wishes[key[0]], key[1])
        known = _unit_held(self._slots.get((key[0], Slot.STANDING)))
        if known is not every[0] and known in every:
            every = (known, *(unit for unit in every if unit is not known))
        state = self._slots[key]
        # The others are worked out only where they may be needed.
        as_first = state.plain and _unit_held(state) in {None, every[0]}
        return every[:1] if as_first else every

    def _changed(self, evse: int, *, same_standing: bool = False) -> None:
        self._survey = None
        for key, state in self._slots.items():
            if same_standing and key[1] is Slot.STANDING and state.settled:
                continue
            # The discharge limit is the station's: any EVSE may change it.
            if key[0] == evse or key[1] is Slot.DER:
                state.wish_changed()

    def _climb(self, key: Key, now: Instant) -> None:
        """Where a slot is refused in every unit, try the next rung, with all slots."""
        if self._desired is None or key[1] is Slot.DER:
            return
        if self._look(key, self._slots[key], now)[0].refused is None:
            return
        ladder = rungs(self._entry, self._desired)
        after = ladder[ladder.index(self._rung) + 1 :] if self._rung in ladder else ladder
        if after:
            self._step_on(after[0])

    def _step_on(self, rung: Rung) -> None:
        """All slots change the rung together: what one leaves on another would cap the rest."""
        self._rung, self._survey = rung, None
        self._makings.clear()
        for state in self._slots.values():
            state.wish_changed()

    # What is known.

    def _remember(self, key: Key, text: str) -> None:
        parts = parts_of(text)
        held: dict[int, Part | None] = {part.id: part for part in parts}
        self._slots[key] = SlotState(held=held, stored=True)
        for part in parts:
            if not isinstance(part, Profile):
                continue
            if part.purpose is Purpose.TX and part.transaction is not None:
                self._transactions[key[0]] = part.transaction
            if key[1] is Slot.STANDING:
                # What the station took before needs no second climb.
                is_max = part.purpose is Purpose.STATION_MAX
                self._rung = Rung.STATION_MAX if is_max else Rung.PER_CONNECTOR

    def _tell_held(self, key: Key, state: SlotState, look: Look, now: Instant) -> None:
        if look.holding:
            if not state.stored:
                state.stored = True
                self._to_store[key] = digest(look.holding)
        elif state.sent is None or self._ended(key, now):
            # There was nothing to tell the station.
            return
        self._tell(key, Outcome.ACCEPTED, now, "")

    def _tell(self, key: Key, outcome: Outcome, now: Instant, detail: str) -> None:
        state = self._slots[key]
        version = self._desired.version if self._desired is not None else 0
        told = (version, outcome)
        if state.told == told:
            return
        state.told = told
        self._results.append(
            Result(
                evse=key[0],
                slot=key[1],
                version=version,
                outcome=outcome,
                sent=state.sent if state.sent is not None else now,
                detail=detail,
            )
        )


def _unit_held(state: SlotState | None) -> RateUnit | None:
    if state is not None:
        for part in state.held.values():
            if isinstance(part, Profile):
                return part.unit
    return None


def _same_standing(one: EvseDesired, other: EvseDesired) -> bool:
    """Whether both ask for the same standing profile."""
    return (
        one.standing_amps == other.standing_amps
        and one.standing_w == other.standing_w
        and one.phases == other.phases
        and one.dc == other.dc
    )


def _keys(desired: StationDesired) -> Iterator[Key]:
    for evse in desired.evses:
        yield evse.evse, Slot.STANDING
        yield evse.evse, Slot.PLAN
        if evse.max_discharge_pct is not None:
            yield evse.evse, Slot.DER
