"""Wrong profiles that the schemas let pass are refused by name before they are sent."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from gridbridge_ocpp.periods import CannotExpressError
from gridbridge_ocpp.schemas import Kind, problems
from gridbridge_ocpp.v16.rules import check as check_16
from gridbridge_ocpp.v21.der_rules import check_der
from gridbridge_ocpp.v21.rules import check as check_21
from gridbridge_ocpp.v201.rules import check as check_201
from gridbridge_ocpp.versions import OcppVersion

Json = dict[str, Any]
START = "2027-01-15T08:00:00Z"
CURVE = [{"frequency": 49.8, "power": -1e4}, {"frequency": 50.2, "power": 1e4}]


def good_2x(
    *periods: Json, evse: int = 1, schedule: Json | None = None, **profile: object
) -> Json:
    """A TxDefaultProfile that every station takes, changed; None takes a field away."""
    schedule = {
        "id": 1,
        "chargingRateUnit": "W",
        "startSchedule": START,
        "chargingSchedulePeriod": list(periods) or [{"startPeriod": 0, "limit": 6.0}],
    } | (schedule or {})
    body = {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [_without_none(schedule)],
    } | profile
    return {"evseId": evse, "chargingProfile": _without_none(body)}


def _without_none(fields: Json) -> Json:
    return {name: value for name, value in fields.items() if value is not None}


def first(**fields: object) -> Json:
    return {"startPeriod": 0, **fields}


def dynamic(*periods: Json) -> Json:
    return good_2x(*periods, schedule={"startSchedule": None}, chargingProfileKind="Dynamic")


TX: Json = {"chargingProfilePurpose": "TxProfile", "transactionId": "tx-1"}
MAX: Json = {"chargingProfilePurpose": "ChargingStationMaxProfile"}

WRONG_21 = {
    "CentralSetpoint without setpoint": (
        good_2x(first(operationMode="CentralSetpoint")),
        "setpoint_missing",
    ),
    "ChargingOnly without limit": (good_2x(first()), "limit_missing"),
    "unsorted periods": (
        good_2x(
            first(limit=1.0), {"startPeriod": 9, "limit": 1.0}, {"startPeriod": 5, "limit": 1.0}
        ),
        "periods_not_ascending",
    ),
    "first startPeriod not 0": (
        good_2x({"startPeriod": 60, "limit": 1.0}),
        "first_period_not_zero",
    ),
    "Absolute without startSchedule": (
        good_2x(schedule={"startSchedule": None}),
        "start_schedule_missing",
    ),
    "Relative with startSchedule": (
        good_2x(chargingProfileKind="Relative"),
        "start_schedule_on_relative",
    ),
    "duration on PriorityCharging": (
        good_2x(chargingProfilePurpose="PriorityCharging", schedule={"duration": 60}),
        "duration_on_priority_charging",
    ),
    "Dynamic with two periods": (
        dynamic(first(limit=1.0), {"startPeriod": 9, "limit": 2.0}),
        "dynamic_with_several_periods",
    ),
    "dynUpdateInterval on Absolute": (
        good_2x(dynUpdateInterval=60),
        "dynamic_fields_without_dynamic",
    ),
    "setpoint above the limit": (
        good_2x(first(operationMode="ExternalSetpoint", setpoint=9.0, limit=8.0)),
        "setpoint_outside_limits",
    ),
    "setpoint below the discharge limit": (
        good_2x(first(operationMode="CentralSetpoint", setpoint=-9.0, dischargeLimit=-8.0)),
        "setpoint_outside_limits",
    ),
    "limit beside CentralSetpoint": (
        good_2x(first(operationMode="CentralSetpoint", setpoint=5.0, limit=8.0)),
        "field_forbidden_by_mode",
    ),
    "negative limit": (good_2x(first(limit=-1.0)), "negative_limit"),
    "LocalFrequency in A": (
        good_2x(
            first(operationMode="LocalFrequency", v2xBaseline=0.0, v2xFreqWattCurve=CURVE),
            schedule={"chargingRateUnit": "A"},
        ),
        "local_frequency_in_amperes",
    ),
    "LocalFrequency with one point": (
        good_2x(
            first(operationMode="LocalFrequency", v2xBaseline=0.0, v2xFreqWattCurve=CURVE[:1])
        ),
        "too_few_curve_points",
    ),
    "LocalFrequency without baseline": (
        good_2x(first(operationMode="LocalFrequency", v2xFreqWattCurve=CURVE)),
        "v2xBaseline_missing",
    ),
    "phaseToUse with 3 phases": (
        good_2x(first(limit=1.0, phaseToUse=2, numberPhases=3)),
        "phase_to_use_with_phases",
    ),
    "TxProfile on evse 0": (good_2x(evse=0, **TX), "tx_profile_on_station"),
    "TxProfile without transactionId": (
        good_2x(chargingProfilePurpose="TxProfile"),
        "tx_profile_without_transaction",
    ),
    "transactionId on another purpose": (
        good_2x(transactionId="tx-1"),
        "transaction_without_tx_profile",
    ),
    "ExternalConstraints from a CSMS": (
        good_2x(chargingProfilePurpose="ChargingStationExternalConstraints"),
        "external_constraints_from_csms",
    ),
    "Max profile on evse 1": (good_2x(**MAX), "max_profile_on_evse"),
    "Max profile Relative": (
        good_2x(evse=0, schedule={"startSchedule": None}, chargingProfileKind="Relative", **MAX),
        "max_profile_relative",
    ),
    "Max profile with CentralSetpoint": (
        good_2x(first(operationMode="CentralSetpoint", setpoint=1.0), evse=0, **MAX),
        "mode_not_for_purpose",
    ),
    "limit_L2 without limit": (
        good_2x(first(operationMode="LocalLoadBalancing", limit_L2=1.0), **TX),
        "phase_value_without_base",
    ),
    "limit_L2 outside TxProfile": (
        good_2x(first(limit=1.0, limit_L2=1.0)),
        "phase_value_outside_tx_profile",
    ),
    "evseSleep in ChargingOnly": (
        good_2x(first(limit=1.0, evseSleep=True)),
        "sleep_outside_idle",
    ),
    "CentralFrequency that is not Dynamic": (
        good_2x(first(operationMode="CentralFrequency", setpoint=1.0)),
        "central_frequency_not_dynamic",
    ),
    "setpoint in Idle": (
        good_2x(first(operationMode="Idle", setpoint=0.0)),
        "field_forbidden_by_mode",
    ),
    "randomizedDelay on Max": (
        good_2x(evse=0, schedule={"randomizedDelay": 60}, **MAX),
        "randomized_delay_misplaced",
    ),
    "recurrencyKind without Recurring": (
        good_2x(recurrencyKind="Daily"),
        "recurrency_without_recurring",
    ),
}


@pytest.mark.parametrize(("payload", "reason"), WRONG_21.values(), ids=WRONG_21)
def test_a_wrong_2_1_profile_is_refused_by_name(payload: Json, reason: str) -> None:
    assert problems(OcppVersion.V21, "SetChargingProfile", Kind.REQUEST, payload) == ()

    with pytest.raises(CannotExpressError, match=reason):
        check_21(payload)


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(good_2x(), id="TxDefaultProfile"),
        pytest.param(good_2x(**TX), id="TxProfile"),
        pytest.param(good_2x(evse=0, **MAX), id="ChargingStationMaxProfile"),
        pytest.param(
            good_2x(first(operationMode="CentralSetpoint", setpoint=-5000.0)), id="CentralSetpoint"
        ),
        pytest.param(
            dynamic(first(operationMode="CentralFrequency", setpoint=1.0)), id="CentralFrequency"
        ),
        pytest.param(
            good_2x(
                first(operationMode="LocalFrequency", v2xBaseline=0.0, v2xFreqWattCurve=CURVE)
            ),
            id="LocalFrequency",
        ),
        pytest.param(good_2x(first(operationMode="Idle", evseSleep=True)), id="Idle"),
    ],
)
def test_a_right_2_1_profile_passes(payload: Json) -> None:
    check_21(payload)

    assert problems(OcppVersion.V21, "SetChargingProfile", Kind.REQUEST, payload) == ()


SAME_IN_201 = (
    "unsorted periods",
    "first startPeriod not 0",
    "Absolute without startSchedule",
    "Relative with startSchedule",
    "negative limit",
    "phaseToUse with 3 phases",
    "TxProfile on evse 0",
    "TxProfile without transactionId",
    "transactionId on another purpose",
    "ExternalConstraints from a CSMS",
    "Max profile on evse 1",
    "Max profile Relative",
    "recurrencyKind without Recurring",
)


@pytest.mark.parametrize("name", SAME_IN_201)
def test_a_wrong_2_0_1_profile_is_refused_by_name(name: str) -> None:
    payload, reason = WRONG_21[name]
    assert problems(OcppVersion.V201, "SetChargingProfile", Kind.REQUEST, payload) == ()

    with pytest.raises(CannotExpressError, match=reason):
        check_201(payload)


GOOD_16: Json = {
    "connectorId": 1,
    "csChargingProfiles": {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": {
            "chargingRateUnit": "A",
            "startSchedule": START,
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0}],
        },
    },
}


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        pytest.param((), {"connectorId": -1}, "connector_unknown", id="connector"),
        pytest.param(
            ("csChargingProfiles",),
            {"chargingProfilePurpose": "ChargePointMaxProfile"},
            "max_profile_on_connector",
            id="Max profile on connector 1",
        ),
        pytest.param(
            ("csChargingProfiles",),
            {"chargingProfilePurpose": "TxProfile"},
            "tx_profile_without_transaction",
            id="TxProfile without transaction",
        ),
        pytest.param(
            ("csChargingProfiles",),
            {"transactionId": 5},
            "transaction_without_tx_profile",
            id="transaction on TxDefaultProfile",
        ),
        pytest.param(
            ("csChargingProfiles",), {"stackLevel": -1}, "negative_stack_level", id="stack level"
        ),
        pytest.param(
            ("csChargingProfiles",),
            {"recurrencyKind": "Daily"},
            "recurrency_without_recurring",
            id="recurrencyKind",
        ),
        pytest.param(
            ("csChargingProfiles",),
            {"chargingProfileKind": "Relative"},
            "start_schedule_on_relative",
            id="Relative with startSchedule",
        ),
        pytest.param(
            ("csChargingProfiles", "chargingSchedule"),
            {"chargingSchedulePeriod": []},
            "no_period",
            id="no period",
        ),
        pytest.param(
            ("csChargingProfiles", "chargingSchedule"),
            {"chargingSchedulePeriod": [{"startPeriod": 1, "limit": 6.0}]},
            "first_period_not_zero",
            id="first startPeriod",
        ),
        pytest.param(
            ("csChargingProfiles", "chargingSchedule"),
            {"chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0}] * 2},
            "periods_not_ascending",
            id="the same start twice",
        ),
        pytest.param(
            ("csChargingProfiles", "chargingSchedule"),
            {"chargingSchedulePeriod": [{"startPeriod": 0, "limit": -6.0}]},
            "negative_limit",
            id="negative limit",
        ),
        pytest.param(
            ("csChargingProfiles", "chargingSchedule"),
            {"chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0, "numberPhases": 4}]},
            "phases_out_of_range",
            id="four phases",
        ),
        pytest.param(
            ("csChargingProfiles", "chargingSchedule"),
            {"duration": 0},
            "no_duration",
            id="duration",
        ),
    ],
)
def test_a_wrong_1_6_profile_is_refused_by_name(
    path: tuple[str, ...], value: Json, reason: str
) -> None:
    payload = deepcopy(GOOD_16)
    place = payload
    for key in path:
        place = place[key]
    place.update(value)
    check_16(GOOD_16)
    assert problems(OcppVersion.V16, "SetChargingProfile", Kind.REQUEST, payload) == ()

    with pytest.raises(CannotExpressError, match=reason):
        check_16(payload)


LIMIT: Json = {"limitMaxDischarge": {"priority": 0, "pctMaxDischargePower": 50.0}}
FIXED: Json = {"fixedVar": {"priority": 0, "setpoint": 0.0, "unit": "PctMaxVar"}}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({"limitMaxDischarge": None}, "no_control", id="no control"),
        pytest.param(FIXED, "several_controls", id="two controls"),
        pytest.param(FIXED | {"limitMaxDischarge": None}, "control_of_another_type", id="type"),
        pytest.param(
            {"limitMaxDischarge": {"priority": 0, "startTime": START}},
            "default_with_time",
            id="a default with startTime",
        ),
        pytest.param({"isDefault": False}, "scheduled_without_time", id="scheduled without"),
        pytest.param(
            {"limitMaxDischarge": {"priority": 0, "pctMaxDischargePower": 101.0}},
            "percent_out_of_range",
            id="more than all",
        ),
        pytest.param(
            {
                "isDefault": False,
                "controlType": "Gradients",
                "limitMaxDischarge": None,
                "gradient": {"priority": 0, "gradient": 1.0, "softGradient": 1.0},
            },
            "default_only_type",
            id="scheduled gradients",
        ),
    ],
)
def test_a_wrong_der_control_is_refused_by_name(change: Json, reason: str) -> None:
    good = {"isDefault": True, "controlId": "x", "controlType": "LimitMaxDischarge", **LIMIT}
    check_der(good)

    payload = _without_none(good | change)

    assert problems(OcppVersion.V21, "SetDERControl", Kind.REQUEST, payload) == ()
    with pytest.raises(CannotExpressError, match=reason):
        check_der(payload)
