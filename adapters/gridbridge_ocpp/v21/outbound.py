"""What an OCPP 2.1 station is told, in its words: limits, setpoints and DER controls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.domain.units import Instant
from gridbridge_ocpp.parts import DischargeLimit, Part, Profile, Purpose, Removal
from gridbridge_ocpp.times import stamp
from gridbridge_ocpp.v21.der_rules import check_der
from gridbridge_ocpp.v21.rules import check

if TYPE_CHECKING:
    from gridbridge_ocpp.periods import Step
    from gridbridge_ocpp.schemas import Payload

_PURPOSES = {
    Purpose.STATION_MAX: "ChargingStationMaxProfile",
    Purpose.TX_DEFAULT: "TxDefaultProfile",
    Purpose.TX: "TxProfile",
}


def written(part: Part) -> tuple[str, Payload]:
    """The action and payload that tell a station this; raises CannotExpressError."""
    match part:
        case Profile():
            payload = _set_profile(part)
            check(payload)
            return "SetChargingProfile", payload
        case Removal(id=id_):
            return "ClearChargingProfile", {"chargingProfileId": id_}
        case DischargeLimit():
            payload = _set_discharge_limit(part)
            check_der(payload)
            return "SetDERControl", payload


def _set_discharge_limit(limit: DischargeLimit) -> Payload:
    # R04.FR.12: a default has neither startTime nor duration. Priority 0 is the strongest.
    return {
        "isDefault": True,
        "controlId": limit.control,
        "controlType": "LimitMaxDischarge",
        "limitMaxDischarge": {"priority": 0, "pctMaxDischargePower": limit.percent},
    }


def _set_profile(profile: Profile) -> Payload:
    schedule: Payload = {
        "id": profile.id,
        "startSchedule": stamp(Instant(profile.start)),
        "chargingRateUnit": profile.unit.value,
        "chargingSchedulePeriod": _periods(profile),
    }
    body: Payload = {
        "id": profile.id,
        "stackLevel": profile.stack,
        "chargingProfilePurpose": _PURPOSES[profile.purpose],
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [schedule],
    }
    if profile.transaction is not None:
        body["transactionId"] = profile.transaction
    if profile.until is not None:
        schedule["duration"] = profile.until - profile.start
        body["validTo"] = stamp(Instant(profile.until))
    return {"evseId": profile.evse, "chargingProfile": body}


def _periods(profile: Profile) -> list[Payload]:
    mixed = any(step.is_setpoint for step in profile.steps)
    # K01.FR.49: left out, numberPhases means three for AC; .44: there is none for DC.
    phases = {} if profile.phases is None else {"numberPhases": profile.phases}
    return [
        {
            "startPeriod": 0 if index == 0 else int(step.start) - profile.start,
            **_target(step, mixed=mixed),
            **phases,
        }
        for index, step in enumerate(profile.steps)
    ]


def _target(step: Step, *, mixed: bool) -> Payload:
    if step.is_setpoint:
        # ChargingSchedulePeriodType, setpoint: "Use negative values for discharging."
        # Q03.FR.02: a CSMS sends no limit beside it.
        return {"operationMode": "CentralSetpoint", "setpoint": step.value}
    # Left out, the mode is ChargingOnly; said where a car must leave another mode.
    mode = {"operationMode": "ChargingOnly"} if mixed else {}
    return {**mode, "limit": step.value}
