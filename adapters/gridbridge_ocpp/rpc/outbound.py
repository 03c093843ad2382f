"""What we call: one at a time, the most urgent first, each with one end."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, TypeAlias

from gridbridge.domain.units import FOREVER, Instant
from gridbridge_ocpp.rpc import frames
from gridbridge_ocpp.rpc.codes import ErrorCode, code_of
from gridbridge_ocpp.rpc.outcomes import (
    Answered,
    CallOutcome,
    CallToken,
    InvalidAnswer,
    LateAnswer,
    NotSent,
    Priority,
    Refused,
    Replied,
    Superseded,
    TimedOut,
    Uncertain,
)
from gridbridge_ocpp.rpc.queue import CallQueue, QueuedCall
from gridbridge_ocpp.rpc.usual import LONGEST, reader
from gridbridge_ocpp.schemas import Kind, WrongPayloadError, problems

if TYPE_CHECKING:
    from collections.abc import Callable

    from gridbridge_ocpp.rpc.backlog import Backlog
    from gridbridge_ocpp.rpc.limits import RpcLimits
    from gridbridge_ocpp.rpc.prepared import Prepared
    from gridbridge_ocpp.versions import OcppVersion

AnswerFrame: TypeAlias = frames.CallResult | frames.CallError | frames.BadFrame


class OutboundCalls:
    """Our calls: waiting, the open one, and those whose answer may still come late."""

    def __init__(
        self,
        version: OcppVersion,
        *,
        new_id: Callable[[], str],
        limits: RpcLimits,
        backlog: Backlog,
    ) -> None:
        self._version = version
        self._new_id = new_id
        self._limits = limits
        self._backlog = backlog
        self._usual = reader(version, limits.frame)
        self._tokens = count(1)
        self._queue = CallQueue(limits.queued_calls)
        self.in_flight: QueuedCall | None = None
        """The call that is open."""
        self._open_id = self._head = ""
        """Of the call in flight, as how a result for it begins, and as what follows."""
        self._sent_at = self.answer_by = FOREVER
        self._expired: dict[str, QueuedCall] = {}
        self._closed = False

    def put(
        self, prepared: Prepared, *, priority: Priority, deadline: Instant, slot: str | None
    ) -> CallToken:
        """Queue a call, as `RpcSession.call_prepared` promises."""
        if prepared.version is not self._version:
            raise WrongPayloadError(f"prepared for {prepared.version}, not for {self._version}")
        token = CallToken(next(self._tokens))
        call = QueuedCall(
            token, prepared.action, prepared.text, priority, deadline, slot, turn=token
        )
        if self._closed:
            self._end(call, NotSent(reason="closed"))
            return token
        superseded, crowded_out = self._queue.put(call)
        if superseded is not None:
            self._end(superseded, Superseded(by=token))
        if crowded_out is not None:
            self._end(crowded_out, NotSent(reason="queue_full"))
        return token

    @property
    def waits(self) -> bool:
        """Whether a call is still to be sent."""
        return bool(self._queue.calls)

    def cancel(self, token: CallToken) -> bool:
        """Take a waiting call back; False where it does not wait."""
        call = self._queue.remove(token)
        if call is None:
            return False
        self._end(call, NotSent(reason="cancelled"))
        return True

    def take(self, now: Instant) -> str | None:
        """The next CALL to send, now open; None where one is open already or none waits."""
        if self.in_flight is not None:
            return None
        call = self._queue.take()
        if call is None:
            return None
        self.in_flight, self._sent_at = call, now
        self._open_id = own_id = self._new_id()
        self._head = frames.result_head(own_id)
        self.answer_by = min(Instant(now + self._limits.answer_within), call.deadline)
        return frames.call(own_id, call.text)

    def receive_usual(self, raw: str) -> bool:
        """Take the text of a result that other calls have had before; False where it is none."""
        call = self.in_flight
        if call is None or len(raw) > LONGEST:
            return False
        head = self._head
        if not raw.startswith(head):
            return False
        replied = self._usual(call.action, raw[len(head) :])
        if replied is None:
            return False
        self.in_flight = None
        if replied.problems:
            self._backlog.tolerate(len(replied.problems))
        self._end(call, replied)
        return True

    def receive_answer(self, message_id: str, frame: AnswerFrame) -> None:
        """Match an answer to the open call, or to one that timed out; drop any other."""
        call = self.in_flight
        if call is not None and self._open_id == message_id:
            self.in_flight = None
            self._end(call, self._read(call, message_id, frame))
            return
        expired = self._expired.pop(message_id, None)
        if expired is None:
            self._backlog.drop("unsolicited_answer")
            return
        self._backlog.counters["late_answer"] += 1
        outcome = self._read(expired, message_id, frame)
        self._backlog.tell(LateAnswer(token=expired.token, action=expired.action, outcome=outcome))

    def end_overdue(self, now: Instant) -> None:
        """End what was not sent, or not answered, by now."""
        flight = self.in_flight
        if flight is not None and self.answer_by <= now:
            self.in_flight = None
            self._expired[self._open_id] = flight
            if len(self._expired) > self._limits.expired_calls:
                del self._expired[next(iter(self._expired))]
            self._end(flight, TimedOut(sent_at=self._sent_at))
        for call in self._queue.overdue(now):
            self._end(call, NotSent(reason="deadline"))

    def next_due(self) -> Instant:
        """When `end_overdue` will have something; FOREVER where nothing waits or is open."""
        due = self._queue.next_deadline()
        return due if self.in_flight is None else min(due, self.answer_by)

    def close(self) -> None:
        """End everything: the open call is uncertain, the others were never sent."""
        self._closed = True
        if self.in_flight is not None:
            self._end(self.in_flight, Uncertain(sent_at=self._sent_at))
            self.in_flight = None
        for call in self._queue.overdue(FOREVER):
            self._end(call, NotSent(reason="closed"))
        self._expired.clear()

    def _read(
        self, call: QueuedCall, message_id: str, frame: AnswerFrame
    ) -> Replied | Refused | InvalidAnswer:
        if isinstance(frame, frames.CallError):
            return Refused(code=frame.code, description=frame.description)
        if isinstance(frame, frames.BadFrame):
            return self._invalid(message_id, ErrorCode.RPC_FRAMEWORK_ERROR, frame.reason)
        found = problems(self._version, call.action, Kind.RESPONSE, frame.payload)
        if found and not found[0].tolerated:
            return self._invalid(message_id, code_of(found[0].violation), str(found[0]))
        self._backlog.tolerate(len(found))
        return Replied(payload=frame.payload, problems=found)

    def _invalid(self, message_id: str, code: ErrorCode, problem: str) -> InvalidAnswer:
        self._backlog.counters["invalid_answer"] += 1
        if self._version.has_result_errors:
            self._backlog.send_if_room(
                frames.result_error(message_id, code, self._version, problem)
            )
        return InvalidAnswer(problem=problem)

    def _end(self, call: QueuedCall, outcome: CallOutcome) -> None:
        self._backlog.tell(Answered(call.token, call.action, outcome))
