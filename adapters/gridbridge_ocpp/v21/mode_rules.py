"""Which fields each operationMode of OCPP 2.1 needs and forbids in a period (Q02 to Q10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gridbridge_ocpp.schemas import Payload

_CURVES = frozenset({"v2xFreqWattCurve", "v2xSignalWattCurve", "v2xBaseline"})
_POWERS = frozenset({"limit", "dischargeLimit", "setpoint", "setpointReactive"})
_REQUIRED = {
    "ChargingOnly": frozenset({"limit"}),
    "CentralSetpoint": frozenset({"setpoint"}),
    "CentralFrequency": frozenset({"setpoint"}),
    "LocalFrequency": frozenset({"v2xBaseline", "v2xFreqWattCurve"}),
}
_FORBIDDEN = {
    "ChargingOnly": _CURVES | _POWERS - {"limit"},
    "CentralSetpoint": _CURVES | {"limit", "dischargeLimit"},
    "CentralFrequency": _CURVES | {"limit", "dischargeLimit", "setpointReactive"},
    "ExternalSetpoint": _CURVES | {"setpoint", "setpointReactive"},
    "ExternalLimits": _CURVES | _POWERS,
    "LocalFrequency": _POWERS,
    "LocalLoadBalancing": _CURVES | {"setpoint", "setpointReactive"},
    "Idle": _CURVES | _POWERS,
}
_IDLE_ONLY = ("evseSleep",)
_FEWEST_POINTS = 2


def broken_in_period(mode: str, period: Payload) -> dict[str, bool]:
    """The rules of a mode, by name, and whether this period breaks them."""
    limit, discharge = period.get("limit", 0.0), period.get("dischargeLimit", 0.0)
    setpoint = period.get("setpoint")
    given = period.keys()
    missing = {
        f"{name}_missing": name not in given for name in sorted(_REQUIRED.get(mode, frozenset()))
    }
    bounded = setpoint is not None and (
        ("limit" in given and setpoint > limit)
        or ("dischargeLimit" in given and setpoint < discharge)
    )
    curves = [period[name] for name in ("v2xFreqWattCurve", "v2xSignalWattCurve") if name in given]
    return {
        "mode_unknown": mode not in _FORBIDDEN,
        **missing,
        # Section 1 of the data types: a limit is never negative, a discharge limit never positive.
        "negative_limit": any(
            period.get(name, 0.0) < 0.0 for name in ("limit", "limit_L2", "limit_L3")
        ),
        "positive_discharge_limit": discharge > 0.0,
        # V2X.05.
        "setpoint_outside_limits": bounded,
        "field_forbidden_by_mode": bool(_FORBIDDEN.get(mode, frozenset()) & given),
        "too_few_curve_points": any(len(curve) < _FEWEST_POINTS for curve in curves),
        "sleep_outside_idle": mode != "Idle" and any(name in given for name in _IDLE_ONLY),
    }
