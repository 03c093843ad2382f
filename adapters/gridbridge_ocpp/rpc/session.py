"""One socket's conversation with a station, sans-IO.

The shell's loop: `receive` each message of the socket, handle `events()`, send what
`frames_to_send(now)` returns in its order, look at `events()` again; and at `next_wakeup()` the
last two once more.

Invariants:
- one CALL of ours is open at a time (OCPP-J 1.6 section 4.1.1), and every call ends in exactly one
  `Answered`;
- a call counts as answered only by its own answer, in time; what comes later is a `LateAnswer`;
- every CALL that can be read is answered exactly once, whatever handlers do, unless the socket
  dies first;
- nothing that a station sends raises, and nothing that it sends makes this grow without bound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gridbridge.domain.units import FOREVER, Instant
from gridbridge_ocpp.rpc import frames
from gridbridge_ocpp.rpc.backlog import Backlog
from gridbridge_ocpp.rpc.inbound import InboundCalls
from gridbridge_ocpp.rpc.limits import RpcLimits
from gridbridge_ocpp.rpc.outbound import OutboundCalls
from gridbridge_ocpp.rpc.outcomes import CallToken, Priority, ReplyDisputed
from gridbridge_ocpp.rpc.prepared import Prepared, prepare
from gridbridge_ocpp.rpc.replies import ReplyCache

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Mapping

    from gridbridge_ocpp.rpc.codes import ErrorCode
    from gridbridge_ocpp.versions import OcppVersion

DEFAULT_LIMITS = RpcLimits()


class RpcSession:
    """The RPC of one socket, from its handshake to its end."""

    def __init__(
        self,
        version: OcppVersion,
        *,
        supported: frozenset[str],
        new_id: Callable[[], str],
        replies: ReplyCache | None = None,
        limits: RpcLimits = DEFAULT_LIMITS,
    ) -> None:
        """Begin with a fresh socket.

        `supported` are the actions that become `CallReceived` (and, in 2.1, `SendReceived`);
        `new_id` makes ids of 1 to 36 characters, none of which JSON escapes, that the station has
        never had from us, UUIDs for instance; `replies` are those of the station's former socket.
        Raises ValueError where `supported` names an action that the version does not have.
        """
        self.version = version
        self._limits = limits
        self._backlog = Backlog(limits.backlog)
        self.events = self._backlog.take_events
        """What happened since the last call, in order; each event is said once."""
        self._inbound = InboundCalls(
            version,
            supported=supported,
            replies=ReplyCache() if replies is None else replies,
            limits=limits,
            backlog=self._backlog,
        )
        self._outbound = OutboundCalls(
            version, new_id=new_id, limits=limits, backlog=self._backlog
        )
        self._closed = False
        self.nothing_due_before = FOREVER
        """Not later than `next_wakeup`, and known without a look."""

    @property
    def replies(self) -> ReplyCache:
        """What was replied; hand it to the next session of this station."""
        return self._inbound.replies

    @property
    def counters(self) -> Counter[str]:
        """How often something was refused, dropped, tolerated or late, by stable name."""
        return self._backlog.counters

    def receive(self, raw: str | bytes, now: Instant) -> None:
        """Take one message of the socket (bytes: a binary one); never raises, whatever it is.

        A call that no handler can serve is answered here: an unknown action (NotImplemented), one
        that is not among `supported` (NotSupported), a payload that breaks its schema, a repeated
        call (the same reply again).
        """
        if self._closed:
            return
        if now >= self.nothing_due_before:
            self.end_overdue(now)
        if type(raw) is str and self._outbound.receive_usual(raw):
            return
        frame = frames.decode(raw, self.version, self._limits.frame)
        match frame:
            case frames.Call():
                self._due_by(now + self._limits.reply_within)
                self._inbound.receive_call(frame, hash(raw), now)
            case frames.CallResult() | frames.CallError():
                self._outbound.receive_answer(frame.message_id, frame)
            case frames.Send():
                self._inbound.receive_send(frame)
            case frames.CallResultError(message_id, code, description):
                self._backlog.counters["reply_disputed"] += 1
                self._backlog.tell_if_room(
                    ReplyDisputed(message_id=message_id, code=code, description=description)
                )
            case frames.BadFrame(answers=str(message_id)):
                self._outbound.receive_answer(message_id, frame)
            case frames.BadFrame(reason, reply):
                self._backlog.drop(reason, reply=reply)

    def end_overdue(self, now: Instant) -> None:
        """End what was not answered in time; `events()` tells of it."""
        if now < self.nothing_due_before:
            return
        self._outbound.end_overdue(now)
        self._inbound.end_overdue(now)
        self.nothing_due_before = self.next_wakeup()

    def rests(self, now: Instant) -> bool:
        """Whether there are no events, and `frames_to_send` would have nothing to send or end."""
        backlog = self._backlog
        if now >= self.nothing_due_before or backlog.events or backlog.frames:
            return False
        return self._outbound.in_flight is not None or not self._outbound.waits

    def frames_to_send(self, now: Instant) -> list[str]:
        """End what is overdue, and hand over what is to be sent, in order.

        First the replies, then the most urgent call where none is open. A call that was handed
        over counts as sent. New events may have come about.
        """
        self.end_overdue(now)
        call = self._outbound.take(now)
        replies = self._backlog.take_frames()
        if call is None:
            return replies
        self._due_by(self._outbound.answer_by)
        return [*replies, call]

    def next_wakeup(self) -> Instant:
        """When `frames_to_send` must be called at the latest; FOREVER where nothing is due."""
        ours, theirs = self._outbound.next_due(), self._inbound.next_due()
        return min(theirs, ours)

    def reply(self, message_id: str, payload: Mapping[str, Any]) -> None:
        """Answer a `CallReceived`.

        A payload that its schema forbids is a bug of ours: the station gets InternalError and the
        owner a `ReplyFailed`. Does nothing where the call was answered before, by the caller or
        because it was overdue, or the socket is gone.
        """
        self._inbound.reply(message_id, payload)

    def refuse(self, message_id: str, code: ErrorCode, description: str = "") -> None:
        """Answer a `CallReceived` with a CALLERROR; its description echoes nothing of the call.

        Does nothing where `reply` would do nothing.
        """
        self._inbound.refuse(message_id, code, description)

    def call(
        self,
        action: str,
        payload: Mapping[str, Any],
        *,
        priority: Priority,
        deadline: Instant,
        slot: str | None = None,
    ) -> CallToken:
        """Queue a call; what becomes of it comes as exactly one `Answered` with the token.

        `deadline` is a point in time and includes the wait in the queue. Of the calls that wait
        for one `slot` only the newest stays, the others end as `Superseded`. A full queue gives up
        the last of its least urgent (`NotSent`). Raises WrongPayloadError, naming the path and the
        rule, for a payload that the schema does not allow.
        """
        prepared = prepare(self.version, action, payload)
        return self.call_prepared(prepared, priority=priority, deadline=deadline, slot=slot)

    def call_prepared(
        self,
        prepared: Prepared,
        *,
        priority: Priority,
        deadline: Instant,
        slot: str | None = None,
    ) -> CallToken:
        """`call` with what `prepare` made, once for many stations of the same version."""
        self._due_by(deadline)
        return self._outbound.put(prepared, priority=priority, deadline=deadline, slot=slot)

    def cancel(self, token: CallToken) -> bool:
        """Take a call back that still waits (`NotSent`); False where it was sent or has ended."""
        return self._outbound.cancel(token)

    def closed(self, now: Instant) -> None:
        """End everything, because the socket is gone; `events()` tells what became of it."""
        self.end_overdue(now)
        self._closed = True
        self._outbound.close()
        self._inbound.clear()
        self._backlog.forget_frames()

    def _due_by(self, due: float) -> None:
        if due < self.nothing_due_before:
            self.nothing_due_before = Instant(due)
