"""What we call: one at a time, the most urgent first, each with one end."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

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


class _InFlight(NamedTuple):
    call: QueuedCall
    message_id: str
    sent_at: Instant
    answer_by: Instant
    result_head: str
    """How the text of a result for it usually begins."""


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
        self._in_flight: _InFlight | None = None
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
    def ready(self) -> bool:
        """Whether `take` has a call to send."""
        return self._in_flight is None and not self._queue.empty

    def cancel(self, token: CallToken) -> bool:
        """Take a waiting call back; False where it does not wait."""
        call = self._queue.remove(token)
        if call is None:
            return False
        self._end(call, NotSent(reason="cancelled"))
        return True

    def take(self, now: Instant) -> str | None:
        """The next CALL to send, now open; None where one is open already or none waits."""
        if self._in_flight is not None:
            return None
        call = self._queue.take()
        if call is None:
            return None
        message_id = self._new_id()
        quoted = frames.quoted(message_id)
        longest = Instant(now + self._limits.answer_within)
        answer_by = min(longest, call.deadline)
        self._in_flight = _InFlight(call, message_id, now, answer_by, frames.result_head(quoted))
        return frames.call(quoted, call.text)

    def receive_usual(self, raw: str) -> bool:
        """Take the text of a result that other calls have had before; False where it is none."""
        flight = self._in_flight
        if flight is None or len(raw) > LONGEST or not raw.startswith(flight.result_head):
            return False
        replied = self._usual(flight.call.action, raw.removeprefix(flight.result_head))
        if replied is None:
            return False
        self._in_flight = None
        if replied.problems:
            self._backlog.tolerate(len(replied.problems))
        self._end(flight.call, replied)
        return True

    def receive_answer(self, message_id: str, frame: AnswerFrame) -> None:
        """Match an answer to the open call, or to one that timed out; drop any other."""
        flight = self._in_flight
        if flight is not None and flight.message_id == message_id:
            self._in_flight = None
            self._end(flight.call, self._read(flight.call, message_id, frame))
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
        flight = self._in_flight
        if flight is not None and flight.answer_by <= now:
            self._in_flight = None
            self._expired[flight.message_id] = flight.call
            if len(self._expired) > self._limits.expired_calls:
                del self._expired[next(iter(self._expired))]
            self._end(flight.call, TimedOut(sent_at=flight.sent_at))
        for call in self._queue.overdue(now):
            self._end(call, NotSent(reason="deadline"))

    def next_due(self) -> Instant:
        """When `end_overdue` will have something; FOREVER where nothing waits or is open."""
        due = self._queue.next_deadline()
        flight = self._in_flight
        return due if flight is None or due < flight.answer_by else flight.answer_by

    def close(self) -> None:
        """End everything: the open call is uncertain, the others were never sent."""
        self._closed = True
        if self._in_flight is not None:
            self._end(self._in_flight.call, Uncertain(sent_at=self._in_flight.sent_at))
            self._in_flight = None
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
