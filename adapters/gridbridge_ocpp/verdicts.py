"""What an answer means for what a station holds. Nothing but a clear yes is a yes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from gridbridge.domain.units import Seconds
from gridbridge_ocpp.parts import DischargeLimit, Removal
from gridbridge_ocpp.rpc import outcomes

if TYPE_CHECKING:
    from gridbridge_ocpp.parts import Part
    from gridbridge_ocpp.schemas import Payload

# CALLERRORs that say that the request was understood and not carried out. In both spellings; any
# other code (InternalError, GenericError, a vendor's own) leaves open what the station did.
_REFUSALS = frozenset(
    {
        "FormatViolation",
        "FormationViolation",
        "OccurenceConstraintViolation",
        "OccurrenceConstraintViolation",
        "PropertyConstraintViolation",
        "ProtocolError",
        "RpcFrameworkError",
        "SecurityError",
        "TypeConstraintViolation",
    }
)
# OCPP 1.6 errata 3.38, 2.x K01.FR.29: no smart charging here at all.
_NEVER = frozenset({"NotImplemented", "NotSupported", "MessageTypeNotSupported"})
_STATUSES_NO = frozenset({"rejected", "notsupported", "notfound"})
_UNCLEAR: dict[type, str] = {
    outcomes.TimedOut: "no answer in time",
    outcomes.Uncertain: "socket lost before the answer",
    outcomes.InvalidAnswer: "answer unreadable",
}
_MOST_WAIT_S = 600
_SECONDS = re.compile(r"\d{1,6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The station holds it."""

    name: ClassVar = "accepted"
    """How it is counted, as of the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotHeld:
    """The station said that it did not take it."""

    name: ClassVar = "refused"
    detail: str
    retry_after: Seconds | None = None
    """It will take the same later."""
    never: bool = False
    """It takes nothing of the kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MayHold:
    """Nobody knows whether it took it."""

    name: ClassVar = "unknown"
    detail: str


Verdict: TypeAlias = Held | NotHeld | MayHold

_HELD = Held()


def verdict(part: Part, outcome: outcomes.CallOutcome) -> Verdict | None:
    """What became of the call that told a part; None where it was never sent."""
    match outcome:
        case outcomes.Replied(payload=payload):
            return _read(part, payload)
        case outcomes.Refused(code=code) if code in _REFUSALS | _NEVER:
            return NotHeld(detail=code, never=code in _NEVER)
        case outcomes.Refused():
            return MayHold(detail="error")
        case outcomes.NotSent() | outcomes.Superseded():
            return None
        case _:
            return MayHold(detail=_UNCLEAR[type(outcome)])


def _read(part: Part, payload: Payload) -> Verdict:
    status = payload["status"].lower()
    # ClearChargingProfile, Unknown: there was none, which is what was wanted.
    if status == "accepted" or (isinstance(part, Removal) and status == "unknown"):
        # OCPP 2.1 R04.FR.08: a control that is superseded from birth is listed itself.
        if isinstance(part, DischargeLimit) and part.control in payload.get("supersededIds", ()):
            return NotHeld(detail="superseded")
        return _HELD
    info = payload.get("statusInfo", {})
    reason = str(info.get("reasonCode") or payload["status"])[:20]
    if status not in _STATUSES_NO:
        return MayHold(detail="status unknown")
    if reason == "RateLimitExceeded":
        # 2.1 K01.FR.57: "<n> seconds before retry".
        found = _SECONDS.search(info.get("additionalInfo", ""))
        wait = min(int(found.group()), _MOST_WAIT_S) if found else _MOST_WAIT_S
        return NotHeld(detail=reason, retry_after=Seconds(float(max(wait, 1))))
    return NotHeld(detail=reason)
