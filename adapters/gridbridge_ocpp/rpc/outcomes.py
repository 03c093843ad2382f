"""What can become of a call of ours, and what a session has to tell its owner."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple, NewType, TypeAlias

from gridbridge.domain.units import Instant
from gridbridge_ocpp.schemas import Payload, Problem

CallToken = NewType("CallToken", int)
"""Names one call of ours within its session, from `call` to its `Answered`."""


class Priority(IntEnum):
    """Who goes first when several calls wait; the smaller the more urgent."""

    SAFETY = 0
    """A cap: limits that protect wires or that the grid asked for."""
    STOP = 1
    """Ending transactions, taking EVSEs out of service."""
    ROUTINE = 2
    """Everything that normal operation needs."""
    PROBING = 3
    """Questions that may wait: configuration, capabilities, read-backs."""


class Replied(NamedTuple):
    """A CALLRESULT that its schema allows. Whether its `status` says Accepted is yours to read."""

    payload: Payload
    problems: tuple[Problem, ...] = ()
    """What was tolerated in it: unknown fields, unknown enum values, unusual times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A CALLERROR, with whatever code the station chose."""

    code: str
    """As sent, at most 64 characters; may be none of the standard's."""
    description: str
    """As sent, at most 255 characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedOut:
    """Sent, and not answered in time: the station may or may not hold it. Never resend blindly."""

    sent_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """Never left the queue, so trying again is safe."""

    reason: str
    """`deadline`, `cancelled`, `queue_full` or `closed`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Superseded:
    """Never left the queue: a newer call for the same slot took its place."""

    by: CallToken


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertain:
    """Sent, and the socket died before an answer: as unknown as a time-out."""

    sent_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class InvalidAnswer:
    """Answered by something that is no answer to this action: the call is not confirmed."""

    problem: str
    """Path and rule, without the offending value."""


CallOutcome: TypeAlias = (
    Replied | Refused | TimedOut | NotSent | Superseded | Uncertain | InvalidAnswer
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallReceived:
    """The station calls: owes exactly one `RpcSession.reply` or `RpcSession.refuse`.

    The action is one of `supported`, and the payload has every required field in the right type.
    Unknown fields and enum values may be in it; every time in it can be read by
    `datetime.fromisoformat`, but may lack its zone.
    """

    message_id: str
    action: str
    payload: Payload
    problems: tuple[Problem, ...]
    """What was tolerated in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendReceived:
    """A SEND of OCPP 2.1: read it, never answer it."""

    message_id: str
    action: str
    payload: Payload
    problems: tuple[Problem, ...]


class Answered(NamedTuple):
    """A call of ours has ended; said exactly once for every token."""

    token: CallToken
    action: str
    outcome: CallOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class LateAnswer:
    """An answer to a call that had ended as `TimedOut`: an observation, it completes nothing.

    What the station holds may differ from what was believed, so look again.
    """

    token: CallToken
    action: str
    outcome: Replied | Refused | InvalidAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyDisputed:
    """The station found our reply invalid (CALLRESULTERROR, OCPP 2.1)."""

    message_id: str
    code: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameRefused:
    """Something came in that was refused or dropped before any handler; log it, rate-limited."""

    reason: str
    """A stable name: a `BadFrame.reason`, an error code sent back, or what was dropped."""
    action: str | None = None
    """The action, where it is one that the version knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyFailed:
    """Our own reply broke its schema, or was not given in time: the station got InternalError."""

    message_id: str
    action: str
    problem: str


RpcEvent: TypeAlias = (
    CallReceived
    | SendReceived
    | Answered
    | LateAnswer
    | ReplyDisputed
    | FrameRefused
    | ReplyFailed
)
