"""OCPP-J frames of a station's own small RPC: arrays in, values out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from gridbridge.simulation.spec import Protocol

Payload = dict[str, Any]

_CODE = {
    "Required": "OccurrenceConstraintViolation",
    "Type": "TypeConstraintViolation",
    "Enum": "PropertyConstraintViolation",
    "Minimum": "PropertyConstraintViolation",
    "Maximum": "PropertyConstraintViolation",
    "MaxLength": "PropertyConstraintViolation",
    "MinItems": "OccurrenceConstraintViolation",
    "MaxItems": "OccurrenceConstraintViolation",
}
# OCPP-J 1.6 misspells two codes, and its errata keep them so.
_IN_16 = {
    "FormatViolation": "FormationViolation",
    "OccurrenceConstraintViolation": "OccurenceConstraintViolation",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A CALLERROR: what it says, in the words of 2.x."""

    code: str
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that the station wants to make."""

    action: str
    payload: Payload
    lasting: bool = False
    """It is kept while the station is offline; what is not is dropped."""
    on_answer: Callable[[Payload | Fault, float], None] | None = None
    """Gets the answer and the instant; a call that was never answered gets a Fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A CALL that came in."""

    id: str
    action: str
    payload: Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A CALLRESULT or CALLERROR that came in."""

    id: str
    answer: Payload | Fault


def code_for(keyword: str) -> str:
    """The error code for the schema keyword that a payload failed."""
    return _CODE.get(keyword, "FormatViolation")


def call(message_id: str, action: str, payload: Payload) -> str:
    """A CALL."""
    return orjson.dumps([2, message_id, action, payload]).decode()


def answer(message_id: str, reply: Payload | Fault, protocol: Protocol) -> str:
    """A CALLRESULT, or a CALLERROR with the code as the version spells it."""
    if isinstance(reply, Fault):
        code = _IN_16.get(reply.code, reply.code) if protocol is Protocol.V16 else reply.code
        return orjson.dumps([4, message_id, code, reply.description[:255], {}]).decode()
    return orjson.dumps([3, message_id, reply]).decode()


def read(text: str) -> Asked | Answered | None:
    """What a frame says; None where it is nothing a station needs to react to."""
    try:
        frame = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    match frame:
        case [2, str(message_id), str(action), dict(payload)]:
            return Asked(id=message_id, action=action, payload=payload)
        case [3, str(message_id), dict(payload)]:
            return Answered(id=message_id, answer=payload)
        case [4, str(message_id), str(code), str(description), *_]:
            return Answered(id=message_id, answer=Fault(code=code, description=description))
    return None
