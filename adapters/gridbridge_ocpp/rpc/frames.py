"""The grammar of OCPP-J: the six kinds of frame, from text and to text.

OCPP-J 1.6 section 4.2; OCPP 2.1 part 4 section 4 (CALLRESULTERROR and SEND came with 2.1). What is
no frame becomes a `BadFrame` that knows what may be answered: an error is never answered with an
error, and nothing of the offending text is echoed but a well-formed id.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import orjson

from gridbridge_ocpp.rpc.codes import ErrorCode, spelling
from gridbridge_ocpp.rpc.guard import FrameLimits, reason_to_refuse
from gridbridge_ocpp.versions import OcppVersion

if TYPE_CHECKING:
    from collections.abc import Mapping

CALL, CALLRESULT, CALLERROR, CALLRESULTERROR, SEND = 2, 3, 4, 5, 6

MAX_ID = 36
MAX_ACTION = 50
MAX_CODE = 64
MAX_DESCRIPTION = 255

DEFAULT_LIMITS = FrameLimits()


@dataclass(frozen=True, slots=True)
class Call:
    """`[2, id, action, payload]`; whether the payload is an object is the schema's to say."""

    message_id: str
    action: str
    payload: Any


class CallResult(NamedTuple):
    """`[3, id, payload]`, or `[3, id, action, payload]` as some stations write it."""

    message_id: str
    payload: Any


@dataclass(frozen=True, slots=True)
class CallError:
    """`[4, id, code, description, details]`; details are not read."""

    message_id: str
    code: str
    description: str


@dataclass(frozen=True, slots=True)
class CallResultError:
    """`[5, id, code, description, details]`: our reply was invalid (OCPP 2.1)."""

    message_id: str
    code: str
    description: str


@dataclass(frozen=True, slots=True)
class Send:
    """`[6, id, action, payload]`: a call that is never answered (OCPP 2.1)."""

    message_id: str
    action: str
    payload: Any


@dataclass(frozen=True, slots=True)
class BadFrame:
    """No frame, or one that must not be decoded."""

    reason: str
    """A stable name: one of the guard's, `binary`, `not_json`, `not_a_list`, `huge_number`,
    `duplicate_key`, `unknown_type`, `id`, `length`, `action`."""
    reply: str | None = None
    """The CALLERROR that may be sent; None where nothing may be."""
    answers: str | None = None
    """The id it answers, where it was meant as an answer."""


Frame: TypeAlias = Call | CallResult | CallError | CallResultError | Send | BadFrame


def decode(raw: str | bytes, version: OcppVersion, limits: FrameLimits = DEFAULT_LIMITS) -> Frame:
    """Read one message of the socket; bytes are a binary message, which OCPP-J does not have.

    Never raises, whatever comes in. A key twice in one object is refused: which of the two was
    meant cannot be known.
    """
    if isinstance(raw, bytes):
        return BadFrame(reason="binary", reply=_unreadable(version))
    message = _message(raw, limits)
    if isinstance(message, str):
        return _salvaged(message, raw, version)
    return _frame(message, version)


def _message(text: str, limits: FrameLimits) -> list[Any] | str:
    """The list that the text holds, or the reason why it is refused."""
    refused = reason_to_refuse(text, limits)
    if refused is not None:
        return refused
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError:
        return "not_json"
    if type(message) is not list:
        return "not_a_list"
    keys = _keys(message)
    if keys < 0:
        return "huge_number"
    # Each key of JSON ends in `":`, and in text that plays no tricks nothing else does.
    if text.count('":') != keys and _has_duplicate_key(text):
        return "duplicate_key"
    return message


def _frame(message: list[Any], version: OcppVersion) -> Frame:
    size = len(message)
    kind = message[0] if size else None
    if type(kind) is not int:
        return BadFrame(reason="unknown_type", reply=_unreadable(version))
    newer = kind in (CALLRESULTERROR, SEND) and version.has_result_errors
    if not (newer or kind in (CALL, CALLRESULT, CALLERROR)):
        # OCPP 2.0.1 part 4, 4.1.3: a message of an unknown type SHALL be ignored.
        return BadFrame(reason="unknown_type")
    message_id = message[1] if size > 1 else None
    if type(message_id) is not str or not 1 <= len(message_id) <= MAX_ID:
        reply = _unreadable(version) if kind == CALL else None
        return BadFrame(reason="id", reply=reply)
    if kind in (CALL, SEND):
        return _call(kind, message_id, message, version)
    return _answer(kind, message_id, message)


def _call(kind: int, message_id: str, message: list[Any], version: OcppVersion) -> Frame:
    reason = None
    if not 3 <= len(message) <= 4:  # noqa: PLR2004 - the action, and then the payload
        reason = "length"
    elif type(message[2]) is not str or not 1 <= len(message[2]) <= MAX_ACTION:
        reason = "action"
    if reason is not None:
        framework_error = error(message_id, ErrorCode.RPC_FRAMEWORK_ERROR, version, reason)
        return BadFrame(reason=reason, reply=framework_error if kind == CALL else None)
    payload = message[3] if len(message) > 3 else None  # noqa: PLR2004 - see above
    return (Call if kind == CALL else Send)(message_id, message[2], payload)


def _answer(kind: int, message_id: str, message: list[Any]) -> Frame:
    match message:
        case [_, _, payload] if kind == CALLRESULT:
            return CallResult(message_id, payload)
        case [_, _, str(), payload] if kind == CALLRESULT:
            return CallResult(message_id, payload)
        case [_, _, str() as code, *rest] if kind != CALLRESULT and len(rest) <= 2:  # noqa: PLR2004 - description and details
            description = rest[0] if rest and type(rest[0]) is str else ""
            made = CallError if kind == CALLERROR else CallResultError
            return made(message_id, code[:MAX_CODE], description[:MAX_DESCRIPTION])
    return BadFrame(reason="length", answers=message_id if kind != CALLRESULTERROR else None)


_HEAD = re.compile(r'\s*\[\s*([0-9]{1,2})\s*,\s*"([^"\\\x00-\x1f]{1,36})"\s*,')


def _salvaged(reason: str, text: str, version: OcppVersion) -> BadFrame:
    """What may be answered to a text that was not decoded: its id may be readable all the same."""
    head = _HEAD.match(text)
    if head is None:
        return BadFrame(reason=reason, reply=_unreadable(version))
    kind, message_id = int(head[1]), head[2]
    if kind in (CALLRESULT, CALLERROR):
        return BadFrame(reason=reason, answers=message_id)
    if kind != CALL or reason == "surrogate":
        return BadFrame(reason=reason)
    return BadFrame(
        reason=reason, reply=error(message_id, ErrorCode.RPC_FRAMEWORK_ERROR, version, reason)
    )


def _unreadable(version: OcppVersion) -> str | None:
    # OCPP 2.0.1 part 4, 4.2.3: "-1" is the id where the message's own could not be read. 1.6 has
    # no such id, so there is nothing to answer with.
    if version is OcppVersion.V16:
        return None
    return error("-1", ErrorCode.RPC_FRAMEWORK_ERROR, version, "unreadable")


# Eighteen digits: more than any quantity has, and less than makes an integer a burden.
_TOO_LARGE = 10**18


def _keys(message: list[Any]) -> int:
    """How many keys the objects in it have; -1 where a number in it has 19 digits or more."""
    total = 0
    containers: list[Any] = [message]
    for container in containers:  # grows while it is walked, which spares the recursion
        children = container
        if type(container) is dict:
            total += len(container)
            children = container.values()
        for child in children:
            kind = type(child)
            if kind is str:
                continue
            if kind is dict or kind is list:
                containers.append(child)
            elif (kind is int or kind is float) and not -_TOO_LARGE < child < _TOO_LARGE:
                return -1
    return total


_STRING_OR_BRACKET = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"(\s*+:)?|[{}]', re.DOTALL)


def _has_duplicate_key(text: str) -> bool:
    """Look exactly, in text that has been decoded before."""
    objects: list[Counter[str]] = []
    for token in _STRING_OR_BRACKET.finditer(text):
        if token[0] == "{":
            objects.append(Counter())
        elif token[0] == "}":
            if max(objects.pop().values(), default=0) > 1:
                return True
        elif token[1]:
            key = orjson.loads(token[0].removesuffix(token[1]))
            objects[-1][key] += 1
    return False


def call(our_id: str, action_and_payload: str) -> str:
    """A CALL from an id of ours, which JSON need not escape, and what `encoded` made."""
    return f'[{CALL},"{our_id}",{action_and_payload}]'


def result_head(our_id: str) -> str:
    """How a CALLRESULT to that id begins, written as most stations write it: without blanks."""
    return f'[{CALLRESULT},"{our_id}",'


def encoded(action: str, payload: Mapping[str, Any]) -> str:
    """Action and payload as they stand in a CALL, to be used for many ids.

    Raises TypeError for what JSON cannot carry.
    """
    return f"{_text(action)},{_text(payload)}"


def result(message_id: str, payload: Mapping[str, Any]) -> str:
    """A CALLRESULT. Raises TypeError for what JSON cannot carry."""
    return f"[{CALLRESULT},{_text(message_id)},{_text(payload)}]"


def error(message_id: str, code: ErrorCode, version: OcppVersion, description: str) -> str:
    """A CALLERROR, its code spelt as the version spells it, its description cut to 255."""
    return _error(CALLERROR, message_id, code, version, description)


def result_error(message_id: str, code: ErrorCode, version: OcppVersion, description: str) -> str:
    """A CALLRESULTERROR: the station's answer was invalid. OCPP 2.1 only."""
    return _error(CALLRESULTERROR, message_id, code, version, description)


def _error(
    kind: int, message_id: str, code: ErrorCode, version: OcppVersion, description: str
) -> str:
    parts = [kind, message_id, spelling(code, version), description[:MAX_DESCRIPTION], {}]
    return _text(parts)


def _text(value: object) -> str:
    return orjson.dumps(value).decode()
