"""What an OCPP 2.0.1 station answers, and a 2.1 station too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.simulation.stations import asked, device_model, rules2x
from gridbridge.simulation.stations.modes import CHARGING_ONLY, V2X_MODES
from gridbridge.simulation.stations.rules2x import Refusal, Standing
from gridbridge.simulation.stations.samples import rfc3339

if TYPE_CHECKING:
    from gridbridge.simulation.periods import Held
    from gridbridge.simulation.stations.frames import Payload
    from gridbridge.simulation.stations.station import Station

_SOURCE = "CSO"


def set_charging_profile(station: Station, payload: Payload, now: float) -> Payload:
    """Accept or refuse a profile by the station's rules, with the reasonCode of the standard."""
    refused = rules2x.refusal(payload["evseId"], payload["chargingProfile"], _standing(station))
    if refused is not None:
        return rejected(refused)
    station.hardware.holdings.put(payload["evseId"], payload["chargingProfile"], now)
    return {"status": "Accepted"}


def rejected(refusal: Refusal) -> Payload:
    """Status Rejected with its statusInfo."""
    info = {"reasonCode": refusal.reason[:20]}
    if refusal.info:
        info["additionalInfo"] = refusal.info
    return {"status": "Rejected", "statusInfo": info}


def _standing(station: Station) -> Standing:
    outlets = station.hardware.outlets
    can_discharge = any(
        outlet.spec.dc is not None and outlet.spec.dc.max_discharge_w
        for outlet in outlets.values()
    )
    return Standing(
        protocol=station.spec.protocol,
        dc_by_evse={evse: outlet.spec.dc is not None for evse, outlet in outlets.items()},
        transactions=station.transactions(),
        held=station.hardware.holdings.all,
        behaviour=station.spec.behaviour,
        modes=V2X_MODES if can_discharge else frozenset({CHARGING_ONLY}),
    )


def clear_charging_profile(station: Station, payload: Payload, _now: float) -> Payload:
    """Drop by id, or what matches the criteria; external constraints are not a CSMS's to clear."""
    criteria = payload.get("chargingProfileCriteria", {})

    def matches(held: Held) -> bool:
        if "chargingProfileId" in payload:
            return held.id == int(payload["chargingProfileId"])
        return bool(
            criteria.get("evseId", held.evse) == held.evse
            and criteria.get("chargingProfilePurpose", held.purpose) == held.purpose
            and criteria.get("stackLevel", held.stack_level) == held.stack_level
        )

    gone = station.hardware.holdings.remove(matches)
    return {"status": "Accepted" if gone else "Unknown"}


def get_composite_schedule(station: Station, payload: Payload, now: float) -> Payload:
    """The composite of an EVSE, or with 0 of the station."""
    evse = payload["evseId"]
    units = station.spec.behaviour.rate_units
    unit = payload.get("chargingRateUnit", units[0])
    if evse not in {0, *station.hardware.outlets}:
        return rejected(Refusal(reason="UnknownEvse"))
    if unit not in units:
        return rejected(Refusal(reason="UnsupportedRateUnit"))
    duration = payload["duration"]
    schedule = {
        "evseId": evse,
        "duration": duration,
        "scheduleStart": rfc3339(now),
        "chargingRateUnit": unit,
        "chargingSchedulePeriod": asked.composite(
            station, evse, now=now, duration=duration, unit=unit
        ),
    }
    return {"status": "Accepted", "schedule": schedule}


def get_charging_profiles(station: Station, payload: Payload, _now: float) -> Payload:
    """Report what matches, one EVSE a message."""
    wanted = payload["chargingProfile"]
    by_evse: dict[int, list[Payload]] = {}
    for held in station.hardware.holdings.all:
        if (
            payload.get("evseId", held.evse) == held.evse
            and held.id in wanted.get("chargingProfileId", [held.id])
            and wanted.get("stackLevel", held.stack_level) == held.stack_level
            and wanted.get("chargingProfilePurpose", held.purpose) == held.purpose
            and _SOURCE in wanted.get("chargingLimitSource", [_SOURCE])
        ):
            by_evse.setdefault(held.evse, []).append(dict(held.profile))
    left = len(by_evse)
    for evse, profiles in by_evse.items():
        left -= 1
        report: Payload = {
            "requestId": payload["requestId"],
            "chargingLimitSource": _SOURCE,
            "evseId": evse,
            "chargingProfile": profiles,
            **({"tbc": True} if left else {}),
        }
        station.outbox.put(("ReportChargingProfiles", report))
    return {"status": "Accepted" if by_evse else "NoProfiles"}


def trigger_message(station: Station, payload: Payload, now: float) -> Payload:
    """Meter values, transaction updates, statuses or a heartbeat on request."""
    wanted = payload["requestedMessage"]
    if wanted in {"MeterValues", "TransactionEvent"}:
        station.tell_meters(now, "Trigger")
    elif wanted == "StatusNotification":
        station.tell_all_statuses(now)
    elif wanted == "Heartbeat":
        station.outbox.put(("Heartbeat", {}))
    else:
        return {"status": "NotImplemented"}
    return {"status": "Accepted"}


def request_start(station: Station, payload: Payload, now: float) -> Payload:
    """RequestStartTransaction; a profile in it is not supported."""
    if "chargingProfile" in payload:
        return {"status": "Rejected"}
    token = payload["idToken"]["idToken"]
    return asked.start_transaction(station, payload.get("evseId"), token, now)


def request_stop(station: Station, payload: Payload, now: float) -> Payload:
    """RequestStopTransaction."""
    return asked.stop_transaction(station, payload["transactionId"], now)


HANDLERS = {
    "SetChargingProfile": set_charging_profile,
    "ClearChargingProfile": clear_charging_profile,
    "GetCompositeSchedule": get_composite_schedule,
    "GetChargingProfiles": get_charging_profiles,
    "TriggerMessage": trigger_message,
    "RequestStartTransaction": request_start,
    "RequestStopTransaction": request_stop,
    "GetVariables": device_model.get_variables,
    "SetVariables": device_model.set_variables,
    "GetReport": device_model.get_report,
    "GetBaseReport": device_model.get_report,
    "Reset": asked.reset,
}
