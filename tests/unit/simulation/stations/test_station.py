"""One station in virtual time, in every version: what it says, obeys, keeps and forgets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gridbridge.simulation.spec import Behaviour, Car, Dc, Evse, Protocol, Station
from gridbridge.simulation.stations import station as sim
from gridbridge.simulation.stations.build import simulated_station
from gridbridge.simulation.stations.samples import MainReading, rfc3339

Json = Any  # what a JSON value may be
T0 = 1_800_000_000.0
VOLTS = (230.0, 230.0, 230.0)
CAR = Car(name="c", battery_kwh=60, soc=0.5, max_dc_w=50_000, max_discharge_w=10_000)
V2G = Dc(max_w=22_000, max_discharge_w=10_000, efficiency=0.95, standby_w=100)
ALL = [Protocol.V16, Protocol.V201, Protocol.V21]
Talk = Any


def built(protocol: Protocol, *, dc: Dc | None = None, **behaviour: Json) -> sim.Station:
    spec = Station(
        id="S",
        protocol=protocol,
        node="n",
        evses=(Evse(dc=dc),),
        behaviour=Behaviour(**{"settle_s": 4.0, **behaviour}),
    )
    return simulated_station(spec)


def charging(protocol: Protocol, talk: Talk, **kw: Json) -> sim.Station:
    """Connected, booted, with a car that charges at T0."""
    station = built(protocol, **kw)
    station.connected(T0)
    talk(station, T0)
    station.plug_in(1, CAR, T0)
    talk(station, T0)
    station.step(T0, 0.0, VOLTS)
    talk(station, T0)
    return station


def profile(
    protocol: Protocol, limit: float, *, start: float = T0, **period: Json
) -> dict[str, Any]:
    """A default for EVSE 1; with `period` fields instead of a limit where they are given."""
    schedule: dict[str, Any] = {
        "chargingRateUnit": "W" if period else "A",
        "startSchedule": rfc3339(start),
        "chargingSchedulePeriod": [{"startPeriod": 0, **(period or {"limit": limit})}],
    }
    body: dict[str, Any] = {
        "stackLevel": 1,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
    }
    if protocol is Protocol.V16:
        body |= {"chargingProfileId": 1, "chargingSchedule": schedule}
        return {"connectorId": 1, "csChargingProfiles": body}
    body |= {"id": 1, "chargingSchedule": [{"id": 1, **schedule}]}
    return {"evseId": 1, "chargingProfile": body}


def amps(station: sim.Station) -> float:
    return station.hardware.outlets[1].draw.amps[0]


def run(station: sim.Station, start: float, end: float, step: float = 0.5) -> None:
    at = start
    while at < end:
        at = min(at + step, end)
        station.step(at, step, VOLTS)


@pytest.mark.parametrize("protocol", ALL)
def test_a_station_boots_authorises_and_begins(protocol: Protocol, talk: Talk) -> None:
    station = charging(protocol, talk)

    said = [action for action, _ in talk.calls]
    begun = "StartTransaction" if protocol is Protocol.V16 else "TransactionEvent"
    assert said[0] == "BootNotification"
    assert said.index("Authorize") < said.index(begun)
    assert amps(station) == 32.0
    assert station.faults == []


@pytest.mark.parametrize("protocol", ALL)
def test_an_accepted_limit_is_obeyed_after_the_settle_time(protocol: Protocol, talk: Talk) -> None:
    station = charging(protocol, talk)

    answer = station.receive("SetChargingProfile", profile(protocol, 10.0), T0)
    station.step(T0 + 0.5, 0.5, VOLTS)
    before = amps(station)
    run(station, T0 + 0.5, T0 + 4.5)

    assert answer == {"status": "Accepted"}
    assert before == 32.0
    assert amps(station) == 10.0


@pytest.mark.parametrize("protocol", ALL)
def test_a_liar_accepts_and_does_not_obey(protocol: Protocol, talk: Talk) -> None:
    station = charging(protocol, talk, lies=True)

    answer = station.receive("SetChargingProfile", profile(protocol, 10.0), T0)
    run(station, T0, T0 + 10)

    assert answer == {"status": "Accepted"}
    assert amps(station) == 32.0


@pytest.mark.parametrize("forgets", [True, False])
def test_profiles_outlive_a_reconnect_unless_the_model_forgets(
    talk: Talk, *, forgets: bool
) -> None:
    station = charging(Protocol.V16, talk, forgets_on_reconnect=forgets)
    station.receive("SetChargingProfile", profile(Protocol.V16, 10.0), T0)
    run(station, T0, T0 + 5)

    station.disconnected(T0 + 5)
    run(station, T0 + 5, T0 + 10)
    offline = amps(station)
    station.connected(T0 + 10)
    run(station, T0 + 10, T0 + 15)

    assert offline == 10.0
    assert amps(station) == (32.0 if forgets else 10.0)


@pytest.mark.parametrize("protocol", ALL)
@pytest.mark.parametrize("forgets", [True, False])
def test_profiles_outlive_a_reboot_unless_the_model_forgets(
    protocol: Protocol, talk: Talk, *, forgets: bool
) -> None:
    station = charging(protocol, talk, forgets_on_reboot=forgets)
    station.receive("SetChargingProfile", profile(protocol, 10.0), T0)
    station.disconnected(T0 + 5)
    station.rebooted(T0 + 5)
    talk.calls.clear()

    station.connected(T0 + 10)
    talk(station, T0 + 10)
    run(station, T0 + 10, T0 + 15)

    assert talk.calls[0][0] == "BootNotification"
    assert amps(station) == (32.0 if forgets else 10.0)


@pytest.mark.parametrize("protocol", ALL)
def test_a_mere_reconnect_is_no_boot(protocol: Protocol, talk: Talk) -> None:
    station = charging(protocol, talk)
    station.disconnected(T0 + 5)
    talk.calls.clear()

    station.connected(T0 + 10)
    talk(station, T0 + 10)

    assert {action for action, _ in talk.calls} == {"StatusNotification"}


@pytest.mark.parametrize("protocol", ALL)
def test_what_a_transaction_says_offline_is_said_later_and_meter_values_are_not(
    protocol: Protocol, talk: Talk
) -> None:
    station = charging(protocol, talk)
    talk.calls.clear()
    station.disconnected(T0 + 5)
    run(station, T0 + 5, T0 + 10)
    station.unplug(1, T0 + 10)

    station.connected(T0 + 20)
    talk(station, T0 + 20)

    said = [action for action, _ in talk.calls]
    assert "MeterValues" not in said
    if protocol is Protocol.V16:
        assert talk.all("StopTransaction")[0]["transactionId"] == 77
    else:
        (event,) = talk.all("TransactionEvent")
        assert event["eventType"] == "Ended"


def test_a_1_6_stop_waits_for_the_id_of_its_transaction(talk: Talk) -> None:
    station = built(Protocol.V16)
    station.connected(T0)
    talk(station, T0)
    station.disconnected(T0 + 1)
    station.plug_in(1, CAR, T0 + 2)
    run(station, T0 + 2, T0 + 5)
    station.unplug(1, T0 + 5)

    station.connected(T0 + 10)
    talk(station, T0 + 10)

    assert talk.all("StopTransaction")[0]["transactionId"] == 77


@pytest.mark.parametrize("protocol", ALL)
def test_meter_values_tell_power_currents_voltages_and_energy(
    protocol: Protocol, talk: Talk
) -> None:
    station = charging(protocol, talk)
    for second in (1, 2, 3):
        station.step(T0 + second, 1.0, VOLTS)
        talk(station, T0 + second)

    if protocol is Protocol.V16:
        values = talk.all("MeterValues")[-1]["meterValue"][0]["sampledValue"]
        found = {(v["measurand"], v.get("phase")): float(v["value"]) for v in values}
    else:
        values = talk.all("TransactionEvent")[-1]["meterValue"][0]["sampledValue"]
        found = {(v["measurand"], v.get("phase")): v["value"] for v in values}
    assert found["Power.Active.Import", None] == pytest.approx(32 * 3 * 230)
    assert found["Current.Import", "L2"] == 32.0
    assert found["Voltage", "L3-N"] == 230.0
    assert found["Energy.Active.Import.Register", None] == pytest.approx(
        32 * 3 * 230 * 3 / 3600, abs=0.1
    )


@pytest.mark.parametrize("protocol", ALL)
def test_a_main_meter_speaks_as_evse_0(protocol: Protocol, talk: Talk) -> None:
    station = charging(protocol, talk)
    station.main = MainReading(
        watts=-500.0, amps=(-1.0, 2.0, 3.0), volts=VOLTS, imported_wh=7.0, exported_wh=1.0
    )
    station.step(T0 + 1, 1.0, VOLTS)
    talk(station, T0 + 1)

    key = "connectorId" if protocol is Protocol.V16 else "evseId"
    said = [payload for payload in talk.all("MeterValues") if payload[key] == 0]
    values = said[-1]["meterValue"][0]["sampledValue"]
    found = {(v["measurand"], v.get("phase")): float(v["value"]) for v in values}
    assert found["Power.Active.Import", None] == 0.0
    assert found["Power.Active.Export", None] == 500.0
    assert found["Current.Export", "L1"] == 1.0
    assert found["Current.Import", "L3"] == 3.0


def discharging(talk: Talk) -> sim.Station:
    station = charging(Protocol.V21, talk, dc=V2G, rate_units=("W",))
    request = profile(Protocol.V21, 0.0, operationMode="CentralSetpoint", setpoint=-8_000.0)
    assert station.receive("SetChargingProfile", request, T0) == {"status": "Accepted"}
    run(station, T0, T0 + 5)
    talk(station, T0 + 5)
    return station


def test_a_negative_setpoint_discharges_and_is_told(talk: Talk) -> None:
    station = discharging(talk)

    draw = station.hardware.outlets[1].draw
    assert draw.plug_w == -8_000
    assert draw.grid_w == pytest.approx(-8_000 * 0.95 + 100)
    told = talk.all("TransactionEvent")
    assert "OperationModeChanged" in [event["triggerReason"] for event in told]
    assert told[-1]["transactionInfo"]["operationMode"] == "CentralSetpoint"
    values = {v["measurand"]: v["value"] for v in told[-1]["meterValue"][0]["sampledValue"]}
    assert values["Power.Active.Export"] == 8_000
    assert values["Power.Active.Import"] == 0
    assert values["SoC"] == pytest.approx(50, abs=0.1)


def test_charging_needs_name_what_the_car_can_give_back(talk: Talk) -> None:
    charging(Protocol.V21, talk, dc=V2G, rate_units=("W",))

    (needs,) = talk.all("NotifyEVChargingNeeds")
    assert needs["chargingNeeds"]["requestedEnergyTransfer"] == "DC_BPT"
    assert needs["chargingNeeds"]["v2xChargingParameters"]["maxDischargePower"] == 10_000


def test_a_der_control_bounds_the_discharge(talk: Talk) -> None:
    station = discharging(talk)

    answer = station.receive(
        "SetDERControl",
        {
            "isDefault": True,
            "controlId": "x",
            "controlType": "LimitMaxDischarge",
            "limitMaxDischarge": {"priority": 0, "pctMaxDischargePower": 30.0},
        },
        T0 + 5,
    )
    run(station, T0 + 5, T0 + 10)

    assert answer == {"status": "Accepted"}
    assert station.hardware.outlets[1].draw.plug_w == -3_000


def test_a_station_without_v2x_has_no_der_control(talk: Talk) -> None:
    station = charging(Protocol.V21, talk)

    answer = station.receive("ClearDERControl", {"isDefault": True}, T0)

    assert answer == {"status": "NotSupported"}


@pytest.mark.parametrize("protocol", ALL)
def test_the_composite_schedule_tells_what_will_bind(protocol: Protocol, talk: Talk) -> None:
    station = charging(protocol, talk)
    station.receive("SetChargingProfile", profile(protocol, 10.0, start=T0 + 60), T0)
    key = "connectorId" if protocol is Protocol.V16 else "evseId"

    answer = station.receive("GetCompositeSchedule", {key: 1, "duration": 120}, T0)

    assert isinstance(answer, dict)
    schedule = answer["chargingSchedule" if protocol is Protocol.V16 else "schedule"]
    assert schedule["chargingSchedulePeriod"] == [
        {"startPeriod": 0, "limit": 32.0},
        {"startPeriod": 60, "limit": 10.0},
    ]


@pytest.mark.parametrize(
    ("protocol", "action", "payload", "code"),
    [
        pytest.param(Protocol.V16, "NotAnAction", {}, "NotImplemented", id="no such action"),
        pytest.param(
            Protocol.V201, "UpdateDynamicSchedule", {}, "NotImplemented", id="of a later version"
        ),
        pytest.param(
            Protocol.V201, "ClearCache", {}, "NotSupported", id="known, but not supported"
        ),
        pytest.param(
            Protocol.V16, "Reset", {}, "OccurrenceConstraintViolation", id="a field is missing"
        ),
        pytest.param(
            Protocol.V16,
            "Reset",
            {"type": "Maybe"},
            "PropertyConstraintViolation",
            id="a wrong word",
        ),
    ],
)
def test_what_cannot_be_answered_is_a_callerror(
    protocol: Protocol, action: str, payload: dict[str, Any], code: str, talk: Talk
) -> None:
    answer = charging(protocol, talk).receive(action, payload, T0)

    assert getattr(answer, "code", None) == code


def test_a_2_x_station_reports_its_profiles(talk: Talk) -> None:
    station = charging(Protocol.V201, talk)
    station.receive("SetChargingProfile", profile(Protocol.V201, 10.0), T0)

    answer = station.receive(
        "GetChargingProfiles",
        {"requestId": 4, "chargingProfile": {"chargingProfilePurpose": "TxDefaultProfile"}},
        T0,
    )
    talk(station, T0)

    assert answer == {"status": "Accepted"}
    (report,) = talk.all("ReportChargingProfiles")
    assert [each["id"] for each in report["chargingProfile"]] == [1]


@pytest.mark.parametrize("protocol", [Protocol.V201, Protocol.V21])
def test_a_2_x_station_reports_its_variables(protocol: Protocol, talk: Talk) -> None:
    station = charging(protocol, talk, dc=V2G)
    wanted = {
        "component": {"name": "SmartChargingCtrlr"},
        "variable": {"name": "PeriodsPerSchedule"},
    }

    answer = station.receive("GetVariables", {"getVariableData": [wanted]}, T0)
    station.receive("GetBaseReport", {"requestId": 3, "reportBase": "FullInventory"}, T0)
    talk(station, T0)

    assert isinstance(answer, dict)
    assert answer["getVariableResult"][0]["attributeValue"] == "24"
    (report,) = talk.all("NotifyReport")
    names = {each["component"]["name"] for each in report["reportData"]}
    assert ("DCDERCtrlr" in names) is (protocol is Protocol.V21)


@pytest.mark.parametrize("protocol", ALL)
def test_a_stop_from_afar_ends_the_transaction(protocol: Protocol, talk: Talk) -> None:
    station = charging(protocol, talk)
    action = "RemoteStopTransaction" if protocol is Protocol.V16 else "RequestStopTransaction"

    answer = station.receive(action, {"transactionId": station.sessions[1].transaction}, T0)
    station.step(T0 + 1, 1.0, VOLTS)

    assert answer == {"status": "Accepted"}
    assert amps(station) == 0.0


def test_priority_charging_is_told_and_obeyed(talk: Talk) -> None:
    station = charging(Protocol.V21, talk)
    station.receive("SetChargingProfile", profile(Protocol.V21, 8.0), T0)
    fast = profile(Protocol.V21, 24.0)
    fast["chargingProfile"] |= {"id": 2, "chargingProfilePurpose": "PriorityCharging"}
    use = {"transactionId": "S-1", "activate": True}

    refused = station.receive("UsePriorityCharging", use, T0)
    station.receive("SetChargingProfile", fast, T0)
    answer = station.receive("UsePriorityCharging", use, T0)
    run(station, T0, T0 + 5)
    talk(station, T0 + 5)

    assert isinstance(refused, dict)
    assert refused["status"] == "NoProfile"
    assert answer == {"status": "Accepted"}
    assert amps(station) == 24.0
    assert talk.all("NotifyPriorityCharging") == [{"transactionId": "S-1", "activated": True}]


def test_a_rejected_boot_is_repeated(talk: Talk) -> None:
    station = built(Protocol.V16)
    station.connected(T0)
    call = station.next_call(T0)
    assert call is not None
    assert call.on_answer is not None

    call.on_answer({"status": "Rejected", "currentTime": rfc3339(T0), "interval": 9}, T0)

    assert station.next_call(T0 + 1) is None
    talk(station, T0 + 6)
    assert station.booted


def test_a_refused_driver_gets_nothing(talk: Talk) -> None:
    station = built(Protocol.V16)
    station.connected(T0)
    talk(station, T0)
    station.plug_in(1, replace(CAR, phases=1), T0)
    while (call := station.next_call(T0)) is not None:
        if call.action == "Authorize" and call.on_answer is not None:
            call.on_answer({"idTagInfo": {"status": "Invalid"}}, T0)
    run(station, T0, T0 + 2)

    assert amps(station) == 0.0
    assert not station.sessions


def test_a_changed_metering_interval_is_kept(talk: Talk) -> None:
    station = charging(Protocol.V16, talk)
    change: Callable[[str], Any] = lambda value: station.receive(  # noqa: E731 - said twice below
        "ChangeConfiguration", {"key": "MeterValueSampleInterval", "value": value}, T0
    )

    assert change("never") == {"status": "Rejected"}
    assert change("30") == {"status": "Accepted"}
    assert station.spec.behaviour.meter_every_s == 30.0
