"""The device model of a simulated 2.x station: the variables a CSMS may want to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.simulation.spec import Protocol
from gridbridge.simulation.stations import asked
from gridbridge.simulation.stations.der import FIELD
from gridbridge.simulation.stations.modes import V2X_MODES
from gridbridge.simulation.stations.samples import rfc3339

if TYPE_CHECKING:
    from gridbridge.simulation.stations.frames import Payload
    from gridbridge.simulation.stations.station import Station

Key = tuple[str, int | None, str, str | None]
"""Component, its EVSE, variable, its instance."""

_INTERVALS = {
    ("SampledDataCtrlr", None, "TxUpdatedInterval", None),
    ("AlignedDataCtrlr", None, "Interval", None),
}


def variables(station: Station) -> dict[Key, str]:
    """Everything it reports, by key."""
    behaviour = station.spec.behaviour
    smart = "SmartChargingCtrlr"
    found: dict[Key, str] = {
        (smart, None, "Available", None): "true",
        (smart, None, "Enabled", None): "true",
        (smart, None, "ProfileStackLevel", None): str(behaviour.max_stack_level),
        (smart, None, "RateUnit", None): ",".join(behaviour.rate_units),
        (smart, None, "PeriodsPerSchedule", None): str(behaviour.max_periods),
        (smart, None, "Entries", "ChargingProfiles"): str(len(station.hardware.holdings.all)),
    }
    found |= dict.fromkeys(_INTERVALS, str(int(behaviour.meter_every_s)))
    if station.spec.protocol is not Protocol.V21:
        return found
    for feature in ("DynamicProfiles", "MaxOfflineDuration", "LimitAtSoC"):
        found[smart, None, "SupportsFeature", feature] = "true"
    found[smart, None, "SupportedAdditionalPurposes", None] = "PriorityCharging"
    for evse, outlet in station.hardware.outlets.items():
        dc = outlet.spec.dc
        if dc is None or not dc.max_discharge_w:
            continue
        found["V2XChargingCtrlr", evse, "Enabled", None] = "true"
        found["V2XChargingCtrlr", evse, "SupportedEnergyTransferModes", None] = "DC,DC_BPT"
        found["V2XChargingCtrlr", evse, "SupportedOperationModes", None] = ",".join(
            sorted(V2X_MODES)
        )
        found["DCDERCtrlr", evse, "Available", None] = "true"
        found["DCDERCtrlr", evse, "Enabled", None] = "true"
        found["DCDERCtrlr", evse, "ModesSupported", None] = ",".join(FIELD)
        found["DCDERCtrlr", evse, "MaxW", None] = str(dc.max_discharge_w)
        found["DCDERCtrlr", evse, "MaxChargeRateW", None] = str(dc.max_w)
    return found


def _key(item: Payload) -> Key:
    component, variable = item["component"], item["variable"]
    evse = component.get("evse", {}).get("id")
    return (component["name"], evse, variable["name"], variable.get("instance"))


def get_variables(station: Station, payload: Payload, _now: float) -> Payload:
    """GetVariables: a value, or the reason why not."""
    known = variables(station)
    components = {(key[0], key[1]) for key in known}
    results = []
    for item in payload["getVariableData"]:
        key = _key(item)
        result: Payload = {"component": item["component"], "variable": item["variable"]}
        if key in known:
            result |= {"attributeStatus": "Accepted", "attributeValue": known[key]}
        elif key[:2] in components:
            result["attributeStatus"] = "UnknownVariable"
        else:
            result["attributeStatus"] = "UnknownComponent"
        results.append(result)
    return {"getVariableResult": results}


def set_variables(station: Station, payload: Payload, _now: float) -> Payload:
    """SetVariables: only the metering intervals can be written."""
    known = variables(station)
    results = []
    for item in payload["setVariableData"]:
        key = _key(item)
        status = "Rejected" if key in known else "UnknownVariable"
        if key in _INTERVALS and asked.set_meter_interval(station, item["attributeValue"]):
            status = "Accepted"
        result = {"component": item["component"], "variable": item["variable"]}
        results.append({**result, "attributeStatus": status})
    return {"setVariableResult": results}


def get_report(station: Station, payload: Payload, now: float) -> Payload:
    """GetReport and GetBaseReport: everything, in one NotifyReport."""
    data = []
    for (component, evse, variable, instance), value in variables(station).items():
        data.append(
            {
                "component": {"name": component, **({"evse": {"id": evse}} if evse else {})},
                "variable": {"name": variable, **({"instance": instance} if instance else {})},
                "variableAttribute": [{"value": value}],
            }
        )
    report = {"generatedAt": rfc3339(now), "seqNo": 0, "reportData": data}
    station.outbox.put(("NotifyReport", {"requestId": payload["requestId"], **report}))
    return {"status": "Accepted"}
