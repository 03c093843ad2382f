"""What stations refuse, by the rules of each version."""

from __future__ import annotations

from typing import Any

import pytest

from gridbridge.simulation.spec import Behaviour, Car, Dc, Evse, Protocol, Station
from gridbridge.simulation.stations import station as sim
from gridbridge.simulation.stations.build import simulated_station
from gridbridge.simulation.stations.frames import Fault

Json = Any  # what a JSON value may be
T0 = 1_800_000_000.0
PAST = "2026-01-01T00:00:00Z"
CAR = Car(name="c", battery_kwh=60, soc=0.5, max_dc_w=50_000, max_discharge_w=10_000)
V2G = Dc(max_w=22_000, max_discharge_w=10_000)


def running(protocol: Protocol, *, dc: Dc | None = None, **behaviour: Json) -> sim.Station:
    """A booted station with a transaction at EVSE 1 of two."""
    evses = (Evse(id=1, dc=dc), Evse(id=2, dc=dc))
    spec = Station(
        id="S", protocol=protocol, node="n", evses=evses, behaviour=Behaviour(**behaviour)
    )
    station = simulated_station(spec)
    station.connected(T0)
    station.booted = True
    station.hardware.outlets[1].car = CAR
    station.start(1, "TAG", T0)
    if protocol is Protocol.V16:
        station.sessions[1].transaction = 77
    return station


def profile16(**changes: Json) -> dict[str, Any]:
    schedule = {
        "chargingRateUnit": changes.pop("unit", "A"),
        "chargingSchedulePeriod": changes.pop("periods", [{"startPeriod": 0, "limit": 10.0}]),
        "startSchedule": PAST,
    }
    return {
        "chargingProfileId": 1,
        "stackLevel": 1,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": schedule,
        **changes,
    }


def many(count: int) -> list[dict[str, Any]]:
    return [{"startPeriod": 60 * index, "limit": 10.0} for index in range(count)]


PROPERTY = "PropertyConstraintViolation"


@pytest.mark.parametrize(
    ("connector", "changes", "expected"),
    [
        pytest.param(1, {}, "Accepted", id="a default"),
        pytest.param(0, {}, "Accepted", id="a default for all"),
        pytest.param(3, {}, PROPERTY, id="no such connector"),
        pytest.param(0, {"chargingProfilePurpose": "ChargePointMaxProfile"}, "Accepted", id="max"),
        pytest.param(
            1, {"chargingProfilePurpose": "ChargePointMaxProfile"}, "Rejected", id="max on 1"
        ),
        pytest.param(
            1,
            {"chargingProfilePurpose": "TxProfile", "transactionId": 77},
            "Accepted",
            id="its transaction",
        ),
        pytest.param(
            1,
            {"chargingProfilePurpose": "TxProfile", "transactionId": 78},
            "Rejected",
            id="another's",
        ),
        pytest.param(1, {"chargingProfilePurpose": "TxProfile"}, "Rejected", id="no transaction"),
        pytest.param(
            2,
            {"chargingProfilePurpose": "TxProfile", "transactionId": 77},
            "Rejected",
            id="at another connector",
        ),
        pytest.param(1, {"periods": many(24)}, "Accepted", id="24 periods"),
        pytest.param(1, {"periods": many(25)}, PROPERTY, id="25 periods"),
        pytest.param(1, {"periods": many(2)[1:]}, "Rejected", id="first period not at 0"),
        pytest.param(1, {"periods": many(3)[::-1]}, "Rejected", id="descending periods"),
        pytest.param(
            1, {"periods": [{"startPeriod": 0, "limit": -1.0}]}, PROPERTY, id="negative limit"
        ),
        pytest.param(1, {"stackLevel": 99}, PROPERTY, id="stack level"),
        pytest.param(1, {"recurrencyKind": "Daily"}, "Rejected", id="recurrency of Absolute"),
        pytest.param(
            1,
            {"periods": [{"startPeriod": 0, "limit": 21.37}]},
            "FormatViolation",
            id="more than one decimal",
        ),
    ],
)
def test_1_6_refusals(connector: int, changes: dict[str, Any], expected: str) -> None:
    station = running(Protocol.V16)

    answer = station.receive(
        "SetChargingProfile",
        {"connectorId": connector, "csChargingProfiles": profile16(**changes)},
        T0,
    )

    found = answer.code if isinstance(answer, Fault) else answer["status"]
    assert found == expected


def test_a_station_may_take_watts_only() -> None:
    station = running(Protocol.V16, rate_units=("W",))

    for unit, expected in (("A", "Rejected"), ("W", "Accepted")):
        request = {"connectorId": 1, "csChargingProfiles": profile16(unit=unit)}
        assert station.receive("SetChargingProfile", request, T0) == {"status": expected}


def test_1_6_replaces_the_same_purpose_and_stack_level() -> None:
    station = running(Protocol.V16)

    for profile_id in (1, 2):
        request = {
            "connectorId": 1,
            "csChargingProfiles": profile16(chargingProfileId=profile_id),
        }
        station.receive("SetChargingProfile", request, T0)

    assert [held.id for held in station.hardware.holdings.all] == [2]


def profile2x(**changes: Json) -> dict[str, Any]:
    schedule = {
        "id": 1,
        "chargingRateUnit": changes.pop("unit", "A"),
        "chargingSchedulePeriod": changes.pop("periods", [{"startPeriod": 0, "limit": 10.0}]),
        **changes.pop("schedule", {}),
    }
    if changes.pop("start", True):
        schedule["startSchedule"] = PAST
    return {
        "id": 1,
        "stackLevel": 1,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [schedule],
        **changes,
    }


MAX = {"chargingProfilePurpose": "ChargingStationMaxProfile"}
TX = {"chargingProfilePurpose": "TxProfile"}


def told(station: sim.Station, evse: int, profile: dict[str, Any]) -> str:
    """Accepted, or the reasonCode."""
    answer = station.receive(
        "SetChargingProfile", {"evseId": evse, "chargingProfile": profile}, T0
    )
    assert isinstance(answer, dict), answer
    if answer["status"] == "Accepted":
        return "Accepted"
    return str(answer["statusInfo"]["reasonCode"])


@pytest.mark.parametrize("protocol", [Protocol.V201, Protocol.V21])
@pytest.mark.parametrize(
    ("evse", "changes", "expected"),
    [
        pytest.param(1, {}, "Accepted", id="a default"),
        pytest.param(3, {}, "UnknownEvse", id="K01.FR.28"),
        pytest.param(0, MAX, "Accepted", id="a maximum"),
        pytest.param(1, MAX, "InvalidValue", id="K01.FR.38 on an EVSE"),
        pytest.param(
            0,
            {**MAX, "chargingProfileKind": "Relative", "start": False},
            "InvalidValue",
            id="K01.FR.38 relative",
        ),
        pytest.param(1, TX, "MissingParam", id="K01.FR.03"),
        pytest.param(1, {**TX, "transactionId": "S-1"}, "Accepted", id="its transaction"),
        pytest.param(1, {**TX, "transactionId": "S-2"}, "TxNotFound", id="K01.FR.09"),
        pytest.param(0, {**TX, "transactionId": "S-1"}, "InvalidValue", id="K01.FR.16"),
        pytest.param(
            0,
            {"chargingProfilePurpose": "ChargingStationExternalConstraints"},
            "InvalidValue",
            id="K01.FR.22",
        ),
        pytest.param(1, {"start": False}, "InvalidSchedule", id="K01.FR.40"),
        pytest.param(1, {"chargingProfileKind": "Relative"}, "InvalidSchedule", id="K01.FR.41"),
        pytest.param(1, {"periods": many(2)[1:]}, "InvalidSchedule", id="K01.FR.31"),
        pytest.param(1, {"periods": many(3)[::-1]}, "InvalidSchedule", id="K01.FR.35"),
        pytest.param(1, {"periods": many(25)}, "InvalidSchedule", id="too many periods"),
        pytest.param(1, {"unit": "W"}, "UnsupportedRateUnit", id="K01.FR.26"),
        pytest.param(1, {"stackLevel": 11}, "InvalidStackLevel", id="stack level"),
        pytest.param(
            1,
            {"periods": [{"startPeriod": 0, "limit": 9.0, "numberPhases": 1, "phaseToUse": 2}]},
            "InvalidSchedule",
            id="K01.FR.48",
        ),
        pytest.param(
            1, {"periods": [{"startPeriod": 0, "limit": -1.0}]}, "InvalidSchedule", id="negative"
        ),
    ],
)
def test_2_x_refusals(
    protocol: Protocol, evse: int, changes: dict[str, Any], expected: str
) -> None:
    station = running(protocol, rate_units=("A",))

    assert told(station, evse, profile2x(**dict(changes))) == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        pytest.param((1, {}), (1, {"id": 1}), "Accepted", id="K01.FR.05 the same id replaces"),
        pytest.param((1, {}), (1, {"id": 2}), "DuplicateProfile", id="K01.FR.06 overlap"),
        pytest.param(
            (1, {"validTo": "2027-01-20T00:00:00Z"}),
            (1, {"id": 2, "validFrom": "2027-01-20T00:00:00Z"}),
            "Accepted",
            id="K01.FR.06 one after the other",
        ),
        pytest.param((1, {}), (2, {"id": 2}), "Accepted", id="another EVSE"),
        pytest.param((1, {}), (0, {"id": 2}), "DuplicateProfile", id="K01.FR.52"),
        pytest.param((0, {}), (1, {"id": 2}), "DuplicateProfile", id="K01.FR.53"),
        pytest.param(
            (0, {}), (1, {"id": 2, "stackLevel": 2}), "Accepted", id="another stack level"
        ),
        pytest.param(
            (1, {**TX, "transactionId": "S-1"}),
            (1, {**TX, "transactionId": "S-1", "id": 2}),
            "InvalidStackLevel",
            id="K01.FR.39",
        ),
    ],
)
def test_2_x_refuses_what_lies_in_the_way(
    first: tuple[int, dict[str, Any]], second: tuple[int, dict[str, Any]], expected: str
) -> None:
    station = running(Protocol.V201)
    told(station, first[0], profile2x(**first[1]))

    assert told(station, second[0], profile2x(**second[1])) == expected


def mode(name: str | None, **fields: Json) -> dict[str, Any]:
    named = {} if name is None else {"operationMode": name}
    return {"periods": [{"startPeriod": 0, **named, **fields}]}


CURVE = {"v2xFreqWattCurve": [{"frequency": 50.0, "power": 0.0}]}
DYNAMIC = {"chargingProfileKind": "Dynamic", "start": False}


@pytest.mark.parametrize(
    ("evse", "changes", "expected"),
    [
        pytest.param(1, mode(None, limit=5.0), "Accepted", id="charging only"),
        pytest.param(1, mode(None), "InvalidSchedule", id="charging only without a limit"),
        pytest.param(
            1, mode(None, limit=5.0, setpoint=3.0), "InvalidSchedule", id="Q02.FR.02 setpoint"
        ),
        pytest.param(
            1, mode(None, limit=5.0, dischargeLimit=-3.0), "InvalidSchedule", id="Q02.FR.02 limit"
        ),
        pytest.param(1, mode("CentralSetpoint", setpoint=-5e3), "Accepted", id="discharge"),
        pytest.param(1, mode("CentralSetpoint"), "InvalidSchedule", id="no setpoint"),
        pytest.param(
            1,
            mode("CentralSetpoint", setpoint=-5e3, dischargeLimit=-4e3),
            "InvalidSchedule",
            id="V2X.05 below dischargeLimit",
        ),
        pytest.param(
            1,
            mode("CentralSetpoint", setpoint=5e3, limit=4e3),
            "InvalidSchedule",
            id="V2X.05 above limit",
        ),
        pytest.param(
            1, mode("CentralSetpoint", setpoint=5.0, **CURVE), "InvalidSchedule", id="a curve"
        ),
        pytest.param(
            1, mode("CentralSetpoint", setpoint=5.0, setpoint_L2=5.0), "PhaseConflict", id="L2"
        ),
        pytest.param(
            1, mode("CentralFrequency", setpoint=5.0), "InvalidSchedule", id="not Dynamic"
        ),
        pytest.param(
            1,
            {**mode("CentralFrequency", setpoint=5.0), **DYNAMIC},
            "Accepted",
            id="Q07 Dynamic",
        ),
        pytest.param(1, mode("Idle"), "Accepted", id="idle"),
        pytest.param(1, mode("Idle", setpoint=0.0), "InvalidSchedule", id="idle with a setpoint"),
        pytest.param(1, mode("Idle", evseSleep=True), "InvalidSchedule", id="sleep unsupported"),
        pytest.param(
            1, mode("LocalFrequency", v2xBaseline=0.0, **CURVE), "InvalidOperationMode", id=".115"
        ),
        pytest.param(1, mode("LocalLoadBalancing"), "UnsupportedParam", id="Q09.FR.01"),
        pytest.param(
            0,
            {**mode("CentralSetpoint", setpoint=5.0), **MAX},
            "InvalidOperationMode",
            id="K01.FR.114",
        ),
        pytest.param(
            1, {"schedule": {"randomizedDelay": 60}}, "InvalidSchedule", id="randomizedDelay"
        ),
        pytest.param(1, {"schedule": {"useLocalTime": True}}, "InvalidSchedule", id="local time"),
        pytest.param(
            1,
            {"chargingProfilePurpose": "PriorityCharging", "schedule": {"duration": 60}},
            "InvalidSchedule",
            id="K01.FR.70",
        ),
        pytest.param(
            1, {"chargingProfilePurpose": "LocalGeneration"}, "UnsupportedPurpose", id=".120"
        ),
        pytest.param(1, {"dynUpdateInterval": 5}, "InvalidProfile", id=".122"),
        pytest.param(1, {**DYNAMIC, "periods": many(2)}, "InvalidSchedule", id="K28.FR.02"),
        pytest.param(1, mode(None, limit=5.0, numberPhases=3), "NoPhaseForDC", id="K01.FR.44"),
    ],
)
def test_2_1_refusals_of_a_v2x_station(evse: int, changes: dict[str, Any], expected: str) -> None:
    station = running(Protocol.V21, dc=V2G, rate_units=("W",))

    assert told(station, evse, profile2x(**{"unit": "W", **changes})) == expected


def test_a_2_1_station_that_cannot_discharge_knows_charging_only() -> None:
    station = running(Protocol.V21)

    request = profile2x(**mode("CentralSetpoint", setpoint=8.0))

    assert told(station, 1, request) == "InvalidOperationMode"
