"""What an OCPP 2.1 station answers beyond 2.0.1: dynamic schedules, DER control, priority."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.simulation.stations import v2x
from gridbridge.simulation.stations.answers2x import rejected
from gridbridge.simulation.stations.rules2x import Refusal

if TYPE_CHECKING:
    from gridbridge.simulation.stations.frames import Payload
    from gridbridge.simulation.stations.station import Station


def update_dynamic_schedule(station: Station, payload: Payload, now: float) -> Payload:
    """K28: overwrite the given fields of a Dynamic profile's period, effective at once."""
    if any(name.endswith(("_L2", "_L3")) for name in payload["scheduleUpdate"]):
        return rejected(Refusal(reason="PhaseConflict"))
    holdings = station.hardware.holdings
    if not holdings.update(payload["chargingProfileId"], payload["scheduleUpdate"], now):
        return rejected(Refusal(reason="InvalidProfile"))
    return {"status": "Accepted"}


def _has_der(station: Station) -> bool:
    outlets = station.hardware.outlets.values()
    return any(v2x.is_v2x(station.spec.protocol, outlet) for outlet in outlets)


def set_der_control(station: Station, payload: Payload, now: float) -> Payload:
    """R04, where the station has DER control at all."""
    if not _has_der(station):
        return {"status": "NotSupported"}
    return station.hardware.der.set(payload, now)


def get_der_control(station: Station, payload: Payload, _now: float) -> Payload:
    """R04: the status, and a ReportDERControl after it."""
    if not _has_der(station):
        return {"status": "NotSupported"}
    status, listed = station.hardware.der.report(payload)
    if listed:
        report = {"requestId": payload["requestId"], "limitMaxDischarge": listed}
        station.outbox.put(("ReportDERControl", report))
    return {"status": status}


def clear_der_control(station: Station, payload: Payload, _now: float) -> Payload:
    """R04: by id, by type, or all."""
    if not _has_der(station):
        return {"status": "NotSupported"}
    return station.hardware.der.clear(payload)


def use_priority_charging(station: Station, payload: Payload, _now: float) -> Payload:
    """K21: switch priority charging of a transaction, where a profile for it is installed."""
    session = next(
        (s for s in station.sessions.values() if s.transaction == payload["transactionId"]), None
    )
    if session is None:
        return rejected(Refusal(reason="TxNotFound"))
    installed = any(
        held.purpose == "PriorityCharging" and held.evse in {0, session.evse}
        for held in station.hardware.holdings.all
    )
    if payload["activate"] and not installed:
        return {"status": "NoProfile", "statusInfo": {"reasonCode": "NotFound"}}
    if session.priority != payload["activate"]:
        session.priority = payload["activate"]
        told = {"transactionId": session.transaction, "activated": session.priority}
        station.outbox.put(("NotifyPriorityCharging", told))
    return {"status": "Accepted"}


HANDLERS = {
    "UpdateDynamicSchedule": update_dynamic_schedule,
    "SetDERControl": set_der_control,
    "GetDERControl": get_der_control,
    "ClearDERControl": clear_der_control,
    "UsePriorityCharging": use_priority_charging,
}
