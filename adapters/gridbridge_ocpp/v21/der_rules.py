"""What OCPP 2.1 forbids in a SetDERControl though its schema lets it pass (block R04)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge_ocpp.periods import CannotExpressError

if TYPE_CHECKING:
    from gridbridge_ocpp.schemas import Payload

_FIELD_BY_TYPE = {
    "EnterService": "enterService",
    "FixedPFAbsorb": "fixedPFAbsorb",
    "FixedPFInject": "fixedPFInject",
    "FixedVar": "fixedVar",
    "FreqDroop": "freqDroop",
    "Gradients": "gradient",
    "LimitMaxDischarge": "limitMaxDischarge",
}
_FIELDS = frozenset(_FIELD_BY_TYPE.values()) | {"curve"}
_DEFAULT_ONLY = frozenset({"EnterService", "Gradients"})
_MOST_PERCENT = 100.0


def check_der(payload: Payload) -> None:
    """Raise CannotExpressError, by the name of the rule, unless a sane station can accept it."""
    given = _FIELDS & payload.keys()
    kind = payload["controlType"]
    field = _FIELD_BY_TYPE.get(kind, "curve")
    if not given:
        raise CannotExpressError("no_control")
    if len(given) > 1:
        raise CannotExpressError("several_controls")
    # R04.FR.16, .17.
    if given != {field}:
        raise CannotExpressError("control_of_another_type")
    control = payload[field]
    timed = {"startTime", "duration"} & control.keys()
    # R04.FR.12 to .15.
    if payload["isDefault"] and timed:
        raise CannotExpressError("default_with_time")
    if not payload["isDefault"] and kind in _DEFAULT_ONLY:
        raise CannotExpressError("default_only_type")
    if not payload["isDefault"] and len(timed) != len(("startTime", "duration")):
        raise CannotExpressError("scheduled_without_time")
    percent = control.get("pctMaxDischargePower", 0.0)
    if not 0.0 <= percent <= _MOST_PERCENT:
        raise CannotExpressError("percent_out_of_range")
