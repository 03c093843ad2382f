"""OCPP 2.1 operation modes: which fields of a period each demands and forbids (Q02 to Q10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

CHARGING_ONLY = "ChargingOnly"
POWERS = frozenset({"limit", "dischargeLimit", "setpoint", "setpointReactive"})
CURVES = frozenset({"v2xBaseline", "v2xFreqWattCurve", "v2xSignalWattCurve"})

V2X_MODES = frozenset({CHARGING_ONLY, "CentralSetpoint", "CentralFrequency", "Idle"})
"""What the simulated V2X station supports; Q01.FR.31 demands the first three."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """The fields of one mode."""

    required: frozenset[str] = frozenset()
    forbidden: frozenset[str] = CURVES


MODES = {
    CHARGING_ONLY: Mode(required=frozenset({"limit"}), forbidden=CURVES | POWERS - {"limit"}),
    "CentralSetpoint": Mode(required=frozenset({"setpoint"})),
    "CentralFrequency": Mode(
        required=frozenset({"setpoint"}), forbidden=CURVES | {"setpointReactive"}
    ),
    "Idle": Mode(forbidden=CURVES | POWERS),
}


def mode_refusal(
    profile: dict[str, Any],
    schedule: dict[str, Any],
    period: dict[str, Any],
    supported: frozenset[str],
) -> str | None:
    """The reasonCode with which a period is refused, or None."""
    mode = period.get("operationMode", CHARGING_ONLY)
    purpose = profile["chargingProfilePurpose"]
    # K01.FR.114: these purposes only ever limit charging; .115: the mode must be supported.
    if purpose in {"ChargingStationMaxProfile", "PriorityCharging"} and mode != CHARGING_ONLY:
        return "InvalidOperationMode"
    if mode not in supported:
        return "UnsupportedParam" if mode == "LocalLoadBalancing" else "InvalidOperationMode"
    fields = MODES[mode]
    given = period.keys()
    broken = (
        fields.required - given
        or fields.forbidden & given
        # Not supported (2.1 K01.FR.126).
        or "evseSleep" in period
        # Q07: the setpoint of CentralFrequency is pushed, so its profile is Dynamic.
        or (mode == "CentralFrequency" and profile["chargingProfileKind"] != "Dynamic")
        or not _inside(period)
        or schedule.get("limitAtSoC", {}).get("limit", 0.0) < 0
    )
    return "InvalidSchedule" if broken else None


def _inside(period: dict[str, Any]) -> bool:
    """V2X.05: a setpoint lies between dischargeLimit and limit."""
    if "setpoint" not in period:
        return True
    setpoint = period["setpoint"]
    lowest = period.get("dischargeLimit", min(setpoint, 0.0))
    return bool(lowest <= setpoint <= period.get("limit", max(setpoint, 0.0)))
