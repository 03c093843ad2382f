"""What an OCPP 2.1 V2X station says of the car: its charging needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.simulation.spec import Protocol

if TYPE_CHECKING:
    from gridbridge.simulation.stations.cabinet import Outlet
    from gridbridge.simulation.stations.outbox import Message

_TUPLES = 24


def is_v2x(protocol: Protocol, outlet: Outlet) -> bool:
    """Whether an EVSE can discharge and its station can say so."""
    dc = outlet.spec.dc
    return protocol is Protocol.V21 and dc is not None and dc.max_discharge_w > 0


def charging_needs(protocol: Protocol, outlet: Outlet) -> Message | None:
    """NotifyEVChargingNeeds (Q01, K18) where both car and EVSE can discharge."""
    car, dc = outlet.car, outlet.spec.dc
    if car is None or dc is None or not car.max_discharge_w or not is_v2x(protocol, outlet):
        return None
    needs = {
        "requestedEnergyTransfer": "DC_BPT",
        "availableEnergyTransfer": ["DC_BPT", "DC"],
        "controlMode": "DynamicControl",
        "v2xChargingParameters": {
            "maxChargePower": min(car.max_dc_w, dc.max_w),
            "maxDischargePower": min(car.max_discharge_w, dc.max_discharge_w),
            "evTargetEnergyRequest": round((1.0 - outlet.soc) * car.battery_kwh * 1000.0, 1),
            "targetSoC": 100,
        },
    }
    request = {"evseId": outlet.spec.id, "maxScheduleTuples": _TUPLES, "chargingNeeds": needs}
    return "NotifyEVChargingNeeds", request
