"""What a station calls, and what it is owed: exactly one reply to each call that can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gridbridge.domain.units import FOREVER, Instant
from gridbridge_ocpp.rpc import frames
from gridbridge_ocpp.rpc.codes import ErrorCode, code_of
from gridbridge_ocpp.rpc.outcomes import CallReceived, ReplyFailed, SendReceived
from gridbridge_ocpp.rpc.replies import OpenCall, ReplyCache
from gridbridge_ocpp.schemas import (
    Kind,
    WrongPayloadError,
    actions,
    check_outbound,
    problems,
    send_actions,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridbridge_ocpp.rpc.backlog import Backlog
    from gridbridge_ocpp.rpc.limits import RpcLimits
    from gridbridge_ocpp.versions import OcppVersion


class InboundCalls:
    """The station's open calls, in the order of their arrival."""

    def __init__(
        self,
        version: OcppVersion,
        *,
        supported: frozenset[str],
        replies: ReplyCache,
        limits: RpcLimits,
        backlog: Backlog,
    ) -> None:
        """Read the actions in `supported`; raises ValueError for one that the version lacks."""
        unknown = supported - actions(version) - send_actions(version)
        if unknown:
            raise ValueError(f"{version} has no action {', '.join(sorted(unknown))}")
        self.replies = replies
        self._version = version
        self._calls = supported & actions(version)
        self._sends = supported & send_actions(version)
        self._limits = limits
        self._backlog = backlog
        self._open: dict[str, OpenCall] = {}

    def receive_call(self, frame: frames.Call, digest: int, now: Instant) -> None:
        """Make it an event, or answer what no handler needs to see."""
        message_id, action = frame.message_id, frame.action
        if message_id in self._open:
            # Its reply is on the way; an error under the same id would be taken for that reply.
            self._backlog.drop("duplicate_call")
            return
        cached = self.replies.find(message_id, digest)
        if cached is not None:
            self._backlog.counters["repeated_call"] += 1
            self._backlog.send_if_room(cached)
            return
        if action not in self._calls:
            self._refuse_unsupported(message_id, action)
            return
        found = problems(self._version, action, Kind.REQUEST, frame.payload)
        if found and not found[0].tolerated:
            self._refuse(message_id, code_of(found[0].violation), str(found[0]), action)
            return
        if len(self._open) >= self._limits.open_calls:
            self._refuse(message_id, ErrorCode.GENERIC_ERROR, "too many open calls", action)
            return
        self._backlog.tolerate(len(found))
        reply_by = Instant(now + self._limits.reply_within)
        self._open[message_id] = OpenCall(action, digest, reply_by)
        self._backlog.tell(
            CallReceived(
                message_id=message_id, action=action, payload=frame.payload, problems=found
            )
        )

    def receive_send(self, frame: frames.Send) -> None:
        """Make it an event; whatever is wrong with it, a SEND is never answered."""
        if frame.action not in self._sends:
            self._backlog.drop("unsupported_send")
            return
        found = problems(self._version, frame.action, Kind.SEND, frame.payload)
        if found and not found[0].tolerated:
            self._backlog.drop("bad_send", action=frame.action)
            return
        self._backlog.tolerate(len(found))
        self._backlog.tell_if_room(
            SendReceived(
                message_id=frame.message_id,
                action=frame.action,
                payload=frame.payload,
                problems=found,
            )
        )

    def reply(self, message_id: str, payload: Mapping[str, Any]) -> None:
        """Answer one of them, as `RpcSession.reply` promises."""
        call = self._open.pop(message_id, None)
        if call is None:
            self._backlog.counters["reply_without_call"] += 1
            return
        try:
            check_outbound(self._version, call.action, Kind.RESPONSE, payload)
            text = frames.result(message_id, payload)
        except (WrongPayloadError, TypeError) as error:
            self._fail(message_id, call, str(error))
            return
        self.replies.keep(message_id, call, text)
        self._backlog.send(text)

    def refuse(self, message_id: str, code: ErrorCode, description: str) -> None:
        """Answer one of them with an error, as `RpcSession.refuse` promises."""
        if self._open.pop(message_id, None) is None:
            self._backlog.counters["reply_without_call"] += 1
            return
        self._backlog.send(frames.error(message_id, code, self._version, description))

    def end_overdue(self, now: Instant) -> None:
        """Answer with InternalError what nobody answered in time."""
        if not self._open:
            return
        while self.next_due() <= now:
            message_id = next(iter(self._open))
            self._fail(message_id, self._open.pop(message_id), "not answered in time")

    def next_due(self) -> Instant:
        """When `end_overdue` will have something; FOREVER where nothing is open."""
        for call in self._open.values():
            return call.reply_by  # the first to come is the first to be due
        return FOREVER

    def clear(self) -> None:
        """Nobody waits for a reply any more."""
        self._open.clear()

    def _refuse_unsupported(self, message_id: str, action: str) -> None:
        # OCPP 2.1 part 4, 4.3: NotImplemented is an action that is not known, NotSupported one
        # that is known but not supported.
        if action in actions(self._version) or action in send_actions(self._version):
            self._refuse(message_id, ErrorCode.NOT_SUPPORTED, "", action)
        else:
            self._refuse(message_id, ErrorCode.NOT_IMPLEMENTED, "", None)

    def _refuse(
        self, message_id: str, code: ErrorCode, description: str, action: str | None
    ) -> None:
        reply = frames.error(message_id, code, self._version, description)
        self._backlog.drop(code.value, reply=reply, action=action)

    def _fail(self, message_id: str, call: OpenCall, problem: str) -> None:
        self._backlog.counters["reply_failed"] += 1
        self._backlog.send(frames.error(message_id, ErrorCode.INTERNAL_ERROR, self._version, ""))
        self._backlog.tell(ReplyFailed(message_id=message_id, action=call.action, problem=problem))
