"""One station on one socket, sans-IO: its frames in, facts, readings and frames out.

    shell     receive(frame, now) ──▶ readings ───▶ sink, at once
                                  └─▶ records ────▶ stored one by one, in order ──▶ stored(record)
    shell     desire(desired)
    shell     to_strike_out(now) ─▶ store ─▶ struck_out(key) ──▶ frames_to_send(now)

Invariants:
- a call that says something lasting is answered only once its record is stored;
- nothing is commanded before the station has spoken (a boot must be answered first, and what it
  forgets is known only then) or has been silent long enough to be a mere reconnect;
- one command is open at a time, and what is sent next is decided when it is sent.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from gridbridge.domain.facts import ProfileAnswered, Reading
from gridbridge.domain.units import Instant
from gridbridge_ocpp.hearing import Hearing
from gridbridge_ocpp.reconciler import Reconciler, Task
from gridbridge_ocpp.records import Record, of_slot
from gridbridge_ocpp.rpc.codes import ErrorCode
from gridbridge_ocpp.rpc.outcomes import (
    Answered,
    CallReceived,
    CallToken,
    FrameRefused,
    LateAnswer,
    Priority,
    ReplyDisputed,
    ReplyFailed,
)
from gridbridge_ocpp.rpc.session import RpcSession
from gridbridge_ocpp.starting import Starting
from gridbridge_ocpp.understanding import Understanding
from gridbridge_ocpp.verdicts import verdict
from gridbridge_ocpp.wire import call_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gridbridge.domain.commands import StationDesired
    from gridbridge_ocpp.counters import Counters
    from gridbridge_ocpp.directory import StationEntry
    from gridbridge_ocpp.keys import Key
    from gridbridge_ocpp.settings import Settings
    from gridbridge_ocpp.versions import OcppVersion


class StationSession:
    """The conversation with one station from its handshake to its end."""

    def __init__(
        self,
        *,
        entry: StationEntry,
        version: OcppVersion,
        epoch: int,
        acknowledged: Mapping[Key, str],
        settings: Settings,
        counters: Counters,
        new_id: Callable[[], str],
        now: Instant,
    ) -> None:
        """Begin with a fresh socket, and with what the store says that the station holds."""
        self._entry = entry
        self._epoch = epoch
        self._version = version
        self._settings = settings
        self._counters = counters
        self._hearing = Hearing(entry, epoch, settings.tokens, self._odd)
        self._understanding = Understanding(entry, version, settings, self._hearing)
        # A reply that was cached for the station's former socket is not handed on: a boot that
        # looks like the one before has to be heard.
        self._rpc = RpcSession(
            version,
            supported=self._understanding.actions,
            new_id=new_id,
            limits=settings.rpc,
        )
        self._reconciler = Reconciler(entry, version, acknowledged)
        # What the store says of slots is nobody's matter in between.
        self.doubt, self.unsure = self._reconciler.doubt, self._reconciler.unsure
        self.struck_out = self._reconciler.struck_out
        self._quiet_until = Instant(now + settings.first_word_within)
        self._booting = self._look_again = False
        self._open: Task | None = None
        self._token: CallToken | None = None
        self._sent = now
        """Of the open task, as its token."""
        self._void = False
        """Whether the station started anew since: its end says nothing, but it is waited for."""
        self._starting = Starting()
        self.records: deque[Record] = deque()
        """What is to be stored, in order; whoever takes one says `stored` or `not_stored`."""
        self.readings: list[Reading] = []
        """What was measured; whoever takes them clears it."""

    # What the shell brings.

    def receive(self, raw: str | bytes, now: Instant) -> None:
        """Take one message of the socket; never raises, whatever it is."""
        self._rpc.receive(raw, now)
        self._take_events(now)

    def desire(self, desired: StationDesired) -> None:
        """Take what the station should hold; what was superseded is not sent."""
        self._reconciler.desire(desired)
        self._look_again = True

    def stored(self, record: Record, now: Instant) -> None:
        """The record is stored: its call is answered, and what it says holds."""
        said = record.said
        if said is not None:
            self._hearing.stored(said)
            for evse, transaction in said.running:
                if transaction != self._reconciler.running(evse):
                    self._starting.begin(evse, transaction, now)
            for evse, transaction in said.ended:
                self._starting.end(evse)
                if self._reconciler.running(evse) == transaction:
                    self._reconciler.bind(evse, None)
        if record.message_id is not None and record.reply is not None:
            self._rpc.reply(record.message_id, record.reply)
            self._quiet_until = min(self._quiet_until, now)
            if said is not None and said.booted is not None:
                self._booting = False
            self._look_again = True

    def not_stored(self, record: Record) -> None:
        """The record could not be stored: the station shall try again, or we look again later."""
        if record.message_id is not None:
            self._rpc.refuse(record.message_id, ErrorCode.INTERNAL_ERROR)
        if record.said is not None and record.said.booted is not None:
            self._booting = False
        if record.acknowledged is not None:
            key, text, _ = record.acknowledged
            self._reconciler.lost(key, text)
        for fact in record.facts:
            if isinstance(fact, ProfileAnswered):
                self._reconciler.not_told((fact.evse, fact.slot))

    def to_strike_out(self, now: Instant) -> list[Key]:
        """Slots whose record in the store has to go before the next frames are asked for."""
        self._bind(now)
        return self._reconciler.to_strike_out(now) if self._may_command(now) else []

    def closed(self, now: Instant) -> None:
        """The socket is gone; what was open is unknown, and `records` says so."""
        self._rpc.closed(now)
        self._take_events(now)
        self._report(now)

    # What the shell fetches.

    def rests_until(self, now: Instant) -> Instant | None:
        """How long there is nothing to strike out or to send unless something else happens.

        None where there may be, and where it takes a longer look to say.
        """
        if self._look_again or self._starting or self._booting or now < self._quiet_until:
            return None
        if not self._rpc.rests(now) or (self._open is None and self._reconciler.pending(now)):
            return None
        return self._rpc.nothing_due_before

    def frames_to_send(self, now: Instant) -> list[str]:
        """What to send now, in order; a frame that was handed over counts as sent."""
        self._rpc.end_overdue(now)
        self._take_events(now)
        if self._may_command(now):
            self._command(now)
        return self._rpc.frames_to_send(now)

    def next_wakeup(self, now: Instant) -> Instant:
        """When it has to be looked at again at the latest; FOREVER where nothing is due."""
        due = self._rpc.nothing_due_before
        if self._open is not None or self._booting:
            return due
        if now < self._quiet_until:
            return min(due, self._quiet_until)
        if self._look_again or self._reconciler.to_strike_out(now):
            return now
        return min(due, self._reconciler.next_wakeup(now), self._starting.next_known())

    # Commands.

    def _may_command(self, now: Instant) -> bool:
        return self._open is None and not self._booting and now >= self._quiet_until

    def _command(self, now: Instant) -> None:
        self._bind(now)
        task = self._reconciler.next_task(now)
        if self._look_again:
            self._look_again = False
            if self._reconciler.untold:
                self._report(now)
        if task is None:
            return
        self._token = self._rpc.call_prepared(
            call_for(self._version, task.part),
            # They are the only calls, and which goes first is decided before they are queued.
            priority=Priority.SAFETY,
            deadline=Instant(now + self._settings.answer_within),
        )
        self._open, self._sent = task, now

    def _bind(self, now: Instant) -> None:
        for evse, transaction in self._starting.take_known(now):
            self._reconciler.bind(evse, transaction)
            self._look_again = True

    def _answered(self, event: Answered, now: Instant) -> None:
        task = self._open
        if task is None or self._token != event.token:
            return
        self._open = None
        if self._void:
            self._void = False
            return
        result = verdict(task.part, event.outcome)
        self._counters.sent[self._version, event.action] += 1
        self._counters.outcomes[self._version, "not_sent" if result is None else result.name] += 1
        if result is not None:
            self._reconciler.answered(task, result, sent=self._sent, now=now)
        self._report(now)

    def _report(self, now: Instant) -> None:
        for result in self._reconciler.results(now):
            if result.outcome is not None:
                self._counters.profiles[result.key[1], result.outcome] += 1
            self.records.append(of_slot(self._entry, self._epoch, result))

    # What the station says.

    def _take_events(self, now: Instant) -> None:
        for event in self._rpc.events():
            match event:
                case Answered():
                    self._answered(event, now)
                case CallReceived():
                    self._heard(event, now)
                case LateAnswer():
                    self._odd("late_answer")
                case ReplyDisputed():
                    self._odd("reply_disputed")
                case ReplyFailed():
                    self._odd("reply_failed")
                case FrameRefused(reason=reason):
                    self._counters.refused[self._version, reason] += 1
                case _:
                    # A SEND: no stream was ever opened by us.
                    self._odd("stream_not_opened")

    def _heard(self, call: CallReceived, now: Instant) -> None:
        self._counters.received[self._version, call.action] += 1
        record = self._understanding.record_of(call, now)
        said = None if record is None else record.said
        if record is None or said is None:
            # The station is told, and the session lives.
            self._odd("unreadable")
            self._rpc.refuse(call.message_id, ErrorCode.INTERNAL_ERROR)
            return
        self.readings += said.readings
        if said.booted is not None:
            # OCPP 2.1 part 2, B02: nothing is asked of a station before its boot is accepted. What
            # was open on this socket was open before it started anew.
            self._booting, self._void = True, self._open is not None
            self._starting.clear()
            self._reconciler.forget()
        if record.facts:
            self.records.append(record)
        else:
            self.stored(record, now)

    def _odd(self, reason: str) -> None:
        self._counters.oddities[self._version, reason] += 1
