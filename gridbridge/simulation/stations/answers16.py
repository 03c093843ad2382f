"""What an OCPP 1.6 station answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gridbridge.simulation.stations import asked, rules16
from gridbridge.simulation.stations.frames import Fault, Payload
from gridbridge.simulation.stations.samples import rfc3339

if TYPE_CHECKING:
    from gridbridge.simulation.stations.station import Station

_INTERVAL = "MeterValueSampleInterval"


def set_charging_profile(station: Station, payload: Payload, now: float) -> Payload | Fault:
    """Accept or refuse a profile by the station's rules."""
    hardware = station.hardware
    refused = rules16.refusal(
        payload,
        connectors=frozenset(hardware.outlets),
        transactions=station.transactions(),
        held=len(hardware.holdings.all),
        behaviour=station.spec.behaviour,
    )
    if isinstance(refused, Fault):
        return refused
    if refused is not None:
        return {"status": refused}
    hardware.holdings.put(payload["connectorId"], payload["csChargingProfiles"], now)
    return {"status": "Accepted"}


def clear_charging_profile(station: Station, payload: Payload, _now: float) -> Payload:
    """Drop what matches all fields given (errata 3.25)."""
    gone = station.hardware.holdings.remove(
        lambda held: (
            payload.get("id", held.id) == held.id
            and payload.get("connectorId", held.evse) == held.evse
            and payload.get("chargingProfilePurpose", held.purpose) == held.purpose
            and payload.get("stackLevel", held.stack_level) == held.stack_level
        )
    )
    return {"status": "Accepted" if gone else "Unknown"}


def get_composite_schedule(station: Station, payload: Payload, now: float) -> Payload:
    """The composite of a connector, or of the whole station."""
    connector = payload["connectorId"]
    units = station.spec.behaviour.rate_units
    unit = payload.get("chargingRateUnit", units[0])
    if connector not in {0, *station.hardware.outlets} or unit not in units:
        return {"status": "Rejected"}
    duration = payload["duration"]
    periods = asked.composite(station, connector, now=now, duration=duration, unit=unit)
    return {
        "status": "Accepted",
        "connectorId": connector,
        "scheduleStart": rfc3339(now),
        "chargingSchedule": {
            "duration": duration,
            "chargingRateUnit": unit,
            "chargingSchedulePeriod": periods,
        },
    }


def trigger_message(station: Station, payload: Payload, now: float) -> Payload:
    """Meter values, statuses or a heartbeat on request."""
    wanted = payload["requestedMessage"]
    if wanted == "MeterValues":
        station.tell_meters(now)
    elif wanted == "StatusNotification":
        station.tell_all_statuses(now)
    elif wanted == "Heartbeat":
        station.outbox.put(("Heartbeat", {}))
    else:
        return {"status": "NotImplemented"}
    return {"status": "Accepted"}


def get_configuration(station: Station, payload: Payload, _now: float) -> Payload:
    """The smart-charging keys and the metering interval."""
    known = _keys(station)
    wanted = payload.get("key") or list(known)
    answer: dict[str, Any] = {
        "configurationKey": [
            {"key": key, "readonly": key != _INTERVAL, "value": known[key]}
            for key in wanted
            if key in known
        ]
    }
    unknown = [key for key in wanted if key not in known]
    return {**answer, "unknownKey": unknown} if unknown else answer


def _keys(station: Station) -> dict[str, str]:
    behaviour = station.spec.behaviour
    words = {"A": "Current", "W": "Power"}
    return {
        "ChargeProfileMaxStackLevel": str(behaviour.max_stack_level),
        "ChargingScheduleAllowedChargingRateUnit": ",".join(
            words[unit] for unit in behaviour.rate_units
        ),
        "ChargingScheduleMaxPeriods": str(behaviour.max_periods),
        "MaxChargingProfilesInstalled": str(behaviour.max_profiles),
        "NumberOfConnectors": str(len(station.hardware.outlets)),
        "SupportedFeatureProfiles": "Core,SmartCharging,RemoteTrigger",
        _INTERVAL: str(int(behaviour.meter_every_s)),
    }


def change_configuration(station: Station, payload: Payload, _now: float) -> Payload:
    """Only the metering interval can be written."""
    key = payload["key"]
    if key != _INTERVAL:
        return {"status": "Rejected" if key in _keys(station) else "NotSupported"}
    done = asked.set_meter_interval(station, payload["value"])
    return {"status": "Accepted" if done else "Rejected"}


def remote_start(station: Station, payload: Payload, now: float) -> Payload:
    """RemoteStartTransaction; a profile in it is not supported."""
    if "chargingProfile" in payload:
        return {"status": "Rejected"}
    return asked.start_transaction(station, payload.get("connectorId"), payload["idTag"], now)


def remote_stop(station: Station, payload: Payload, now: float) -> Payload:
    """RemoteStopTransaction."""
    return asked.stop_transaction(station, payload["transactionId"], now)


HANDLERS = {
    "SetChargingProfile": set_charging_profile,
    "ClearChargingProfile": clear_charging_profile,
    "GetCompositeSchedule": get_composite_schedule,
    "TriggerMessage": trigger_message,
    "GetConfiguration": get_configuration,
    "ChangeConfiguration": change_configuration,
    "RemoteStartTransaction": remote_start,
    "RemoteStopTransaction": remote_stop,
    "Reset": asked.reset,
}
