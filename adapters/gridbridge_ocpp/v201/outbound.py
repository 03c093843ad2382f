"""What an OCPP 2.0.1 station is told, in its words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.domain.units import Instant
from gridbridge_ocpp.parts import Part, Profile, Purpose, Removal
from gridbridge_ocpp.periods import CannotExpressError
from gridbridge_ocpp.times import stamp
from gridbridge_ocpp.v201.rules import check

if TYPE_CHECKING:
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
        case _:
            raise CannotExpressError("der_needs_ocpp_2_1")


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
    if any(step.is_setpoint for step in profile.steps):
        raise CannotExpressError("setpoint_needs_ocpp_2_1")
    # K01.FR.49: left out, numberPhases means three for AC; .44: there is none for DC.
    phases = {} if profile.phases is None else {"numberPhases": profile.phases}
    return [
        {
            "startPeriod": 0 if index == 0 else int(step.start) - profile.start,
            "limit": step.value,
            **phases,
        }
        for index, step in enumerate(profile.steps)
    ]
