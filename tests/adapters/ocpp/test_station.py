"""What a station is told and when: desired against held, over time, refusals and reconnects."""

from __future__ import annotations

import pytest

from gridbridge.domain.commands import Outcome
from gridbridge.domain.facts import SessionEnded, SessionStarted, StationBooted
from gridbridge.domain.slots import Slot
from gridbridge.domain.units import Amperes
from gridbridge_ocpp.rungs import RateUnit, Rung
from gridbridge_ocpp.versions import OcppVersion
from tests.adapters.ocpp.stations import (
    NOW,
    SITE,
    STATION,
    TWO,
    Station,
    evse,
    limits_of,
    profile_of,
    schedule,
    setpoints,
)

BOOT = {"chargePointVendor": "ACME", "chargePointModel": "One"}
BOOT_2X = {"reason": "PowerUp", "chargingStation": {"vendorName": "ACME", "model": "One"}}
PLAN = schedule((0, 16), (600, 10))
VERSIONS = list(OcppVersion)


def ready(version: OcppVersion = OcppVersion.V16, **changes: object) -> Station:
    """A station that has said a first word, so that it may be commanded."""
    station = Station(version, **changes)  # type: ignore[arg-type]  # keywords of its entry
    station.hear("Heartbeat", {})
    station.sent()
    return station


def holding(version: OcppVersion = OcppVersion.V16, **changes: object) -> Station:
    """A station that holds the standing profile and PLAN, as version 1."""
    station = ready(version, **changes)
    station.desire(evse(plan=PLAN))
    assert len(station.accept_all()) == 2
    return station


# What is sent.


@pytest.mark.parametrize("version", VERSIONS)
def test_the_standing_profile_goes_first_then_the_plan(version: OcppVersion) -> None:
    station = ready(version)
    station.desire(evse(plan=PLAN))

    standing, plan = station.accept_all()

    assert limits_of(standing) == [6.0]
    assert limits_of(plan) == [16.0, 10.0]
    assert profile_of(standing)["stackLevel"] < profile_of(plan)["stackLevel"]
    assert "validTo" not in profile_of(standing)
    assert profile_of(plan)["validTo"] == "2027-01-15T10:00:00Z"
    assert station.told() == [
        (1, Slot.STANDING, 1, Outcome.ACCEPTED),
        (1, Slot.PLAN, 1, Outcome.ACCEPTED),
    ]


def test_nothing_is_commanded_before_the_station_has_spoken() -> None:
    station = Station()
    station.desire(evse(plan=PLAN))

    before = station.sent()
    station.hear(
        "StatusNotification", {"connectorId": 0, "errorCode": "NoError", "status": "Available"}
    )

    assert before == []
    assert len(station.sent()) == 1


def test_a_socket_that_stays_silent_is_a_mere_reconnect() -> None:
    station = Station()
    station.desire(evse(plan=PLAN))
    station.wait(station.session.next_wakeup(station.now) - station.now)

    assert len(station.sent()) == 1


def test_the_boot_is_answered_before_the_first_command() -> None:
    station = Station()
    station.desire(evse(plan=PLAN))
    boot = station.hear("BootNotification", BOOT)

    frames = station.session.frames_to_send(station.now)

    assert f'"{boot}"' in frames[0]
    assert "SetChargingProfile" in frames[1]


def test_one_call_is_open_at_a_time() -> None:
    station = ready()
    station.desire(evse(plan=PLAN))

    first, again = station.sent(), station.sent()

    assert len(first) == 1
    assert again == []


def test_a_cut_overtakes_raises_and_what_it_replaced_is_never_sent() -> None:
    station = ready(evses=TWO)
    station.desire(evse(1, PLAN), evse(2, PLAN))
    station.accept_all()
    station.desire(evse(1, schedule((0, 20))), evse(2, schedule((0, 20))), version=2)
    open_raise = station.sent()
    station.desire(evse(1, schedule((0, 25))), evse(2, schedule((0, 8))), version=3)
    station.answer()

    rest = station.accept_all()

    assert [limits_of(call) for call in open_raise] == [[20.0]]
    assert [limits_of(call) for call in rest] == [[8.0], [25.0]]


def test_an_older_desire_is_ignored() -> None:
    station = ready()
    station.desire(evse(plan=schedule((0, 8))), version=5)
    station.desire(evse(plan=PLAN), version=4)

    assert [limits_of(call) for call in station.accept_all()] == [[6.0], [8.0]]


def test_of_two_desires_with_one_version_the_later_counts() -> None:
    station = holding()
    before = len(station.told())
    station.desire(evse(plan=schedule((0, 8))), version=1)

    assert [limits_of(call) for call in station.accept_all()] == [[8.0]]
    # The engine heard of that version, and what it says bounds this as well.
    assert station.told()[before:] == []


@pytest.mark.parametrize("version", VERSIONS)
def test_the_same_slot_keeps_its_id(version: OcppVersion) -> None:
    station = holding(version)
    station.desire(evse(plan=schedule((0, 8))), version=2)

    (replaced,) = station.accept_all()

    ids = {
        profile_of(call).get("chargingProfileId", profile_of(call).get("id"))
        for call in [replaced]
    }
    assert ids == {1_000_010}


def test_a_plan_that_is_no_longer_wanted_is_taken_away() -> None:
    station = holding(OcppVersion.V201)
    station.desire(evse(), version=2)

    assert station.accept_all() == [("ClearChargingProfile", {"chargingProfileId": 1_000_010})]
    assert station.told()[-1] == (1, Slot.PLAN, 2, Outcome.ACCEPTED)


def test_a_plan_that_ended_by_itself_is_left_alone() -> None:
    station = holding()
    station.wait(8000)
    station.desire(evse(plan=PLAN), version=2)

    assert station.accept_all() == []


# What holds already.


def test_the_same_schedule_again_is_not_sent_but_told_for_the_new_version() -> None:
    station = holding()
    before = station.told()
    station.desire(evse(plan=PLAN), version=2)

    assert station.sent() == []
    assert station.told() == [*before, (1, Slot.PLAN, 2, Outcome.ACCEPTED)]


def test_a_standing_profile_is_told_of_when_it_is_sent_and_not_in_every_version() -> None:
    station = holding()
    before = station.told()
    station.desire(evse(plan=PLAN, standing_amps=Amperes(8.0)), version=2)
    station.accept_all()
    station.desire(evse(plan=PLAN, standing_amps=Amperes(8.0)), version=3)
    station.sent()

    standing = [told for told in station.told()[len(before) :] if told[1] is Slot.STANDING]
    assert standing == [(1, Slot.STANDING, 2, Outcome.ACCEPTED)]


def test_after_a_boot_the_standing_profile_is_told_of_again() -> None:
    station = holding()
    before = station.told()
    station.hear("BootNotification", BOOT)
    station.accept_all()

    assert (1, Slot.STANDING, 1, Outcome.ACCEPTED) in station.told()[len(before) :]


def test_a_standing_profile_whose_fact_was_not_stored_is_told_of_again() -> None:
    station = ready()
    station.sink_down = True
    station.desire(evse(plan=PLAN))
    station.accept_all()
    station.sink_down = False
    station.desire(evse(plan=PLAN), version=2)
    station.accept_all()

    assert (1, Slot.STANDING, 2, Outcome.ACCEPTED) in station.told()


def test_a_schedule_without_its_past_is_the_same() -> None:
    station = holding()
    station.wait(700)
    station.desire(evse(plan=schedule((600, 10))), version=2)

    assert station.sent() == []


def test_a_schedule_that_starts_its_last_step_earlier_is_another() -> None:
    station = holding()
    station.wait(60)
    station.desire(evse(plan=schedule((0, 10))), version=2)

    assert [limits_of(call) for call in station.sent()] == [[10.0]]


def test_after_a_reconnect_or_restart_nothing_is_sent_again() -> None:
    before = holding()

    station = ready(stored=before.stored, now=NOW)
    station.desire(evse(plan=PLAN))

    assert station.sent() == []
    assert station.told() == [
        (1, Slot.STANDING, 1, Outcome.ACCEPTED),
        (1, Slot.PLAN, 1, Outcome.ACCEPTED),
    ]


def test_a_model_that_forgets_on_reconnect_is_told_again() -> None:
    before = holding()

    station = ready(stored=before.stored, forgets_on_reconnect=True)
    station.desire(evse(plan=PLAN))

    assert len(station.accept_all()) == 2


@pytest.mark.parametrize("forgets", [True, False])
def test_after_a_boot_all_is_sent_again(forgets: bool) -> None:  # noqa: FBT001  # a table of two
    before = holding()
    station = Station(stored=before.stored, forgets_on_reboot=forgets)
    station.desire(evse(plan=PLAN))
    station.hear("BootNotification", BOOT)

    kept = dict(station.stored)

    assert bool(kept) is not forgets
    assert len(station.accept_all()) == 2
    assert len(station.stored) == 2


def test_the_record_is_struck_out_before_the_change_is_sent() -> None:
    station = holding()
    station.desire(evse(plan=schedule((0, 8))), version=2)

    held_before_send = station.session.frames_to_send(station.now)
    to_strike = station.session.to_strike_out(station.now)

    assert held_before_send == []
    assert to_strike == [(1, Slot.PLAN)]


def test_a_wish_that_goes_back_before_it_was_sent_costs_nothing() -> None:
    station = holding()
    station.desire(evse(plan=schedule((0, 8))), version=2)
    station.desire(evse(plan=PLAN), version=3)

    assert station.sent() == []


def test_what_was_struck_out_and_is_not_replaced_after_all_is_recorded_again() -> None:
    station = holding()
    other = evse(plan=schedule((0, 8)), standing_amps=Amperes(7.0))
    for version, wish in enumerate((other, evse(plan=PLAN)), start=2):
        station.desire(wish, version=version)
        station.accept_all()
    before = dict(station.stored)
    station.desire(other, version=4)
    station.strike_out()
    struck_out = dict(station.stored)
    station.desire(evse(plan=PLAN), version=5)

    assert station.sent() == []
    assert struck_out == {}
    assert station.stored == before


# Answers.


def test_a_refusal_in_amperes_is_tried_in_watts_and_the_unit_remembered() -> None:
    station = ready()
    station.desire(evse(plan=PLAN))
    station.sent()
    station.answer("Rejected")

    rest = station.accept_all()

    units = [profile_of(call)["chargingSchedule"]["chargingRateUnit"] for call in rest]
    assert units == ["W", "W"]
    assert limits_of(rest[0]) == [4140.0]
    again = ready(stored=station.stored)
    again.desire(evse(plan=PLAN))
    assert again.sent() == []
    again.desire(evse(plan=schedule((0, 8))), version=2)
    assert limits_of(again.sent()[0]) == [5520.0]


def test_refused_in_both_units_the_next_rung_is_tried_with_all_slots() -> None:
    station = ready()
    station.desire(evse(plan=PLAN))
    for _ in range(2):
        station.sent()
        station.answer("Rejected")

    rest = station.accept_all()

    assert [profile_of(call)["chargingProfilePurpose"] for call in rest] == [
        "TxDefaultProfile"
    ] * 2
    assert station.told()[-1] == (1, Slot.PLAN, 1, Outcome.ACCEPTED)


def test_what_is_refused_in_every_way_is_told_once_and_not_repeated() -> None:
    station = ready()
    station.desire(evse(plan=PLAN))
    sent = []
    while now := station.sent():
        sent += now
        station.answer("Rejected")
    station.wait(3600)
    station.desire(evse(plan=PLAN))

    assert len(sent) == len({str(call) for call in sent}) == 6
    assert station.sent() == []
    assert station.told() == [
        (1, Slot.STANDING, 1, Outcome.REFUSED),
        (1, Slot.PLAN, 1, Outcome.REFUSED),
    ]


def test_the_only_unit_and_rung_of_an_entry_are_not_left() -> None:
    station = ready(rate_unit=RateUnit.WATTS, rung=Rung.PER_CONNECTOR)
    station.desire(evse(plan=PLAN))
    station.sent()
    station.answer("Rejected")
    station.accept_all()

    assert station.told()[0] == (1, Slot.STANDING, 1, Outcome.REFUSED)


def test_a_station_without_smart_charging_is_asked_once() -> None:
    station = ready()
    station.desire(evse(plan=PLAN))
    station.sent()
    station.fail("NotSupported")

    assert station.sent() == []
    assert [told[3] for told in station.told()] == [Outcome.REFUSED] * 2


def test_what_cannot_be_held_at_all_is_told_of_in_every_version() -> None:
    station = ready(evses=TWO)
    for version in (1, 2):
        station.desire(evse(1, plan=PLAN), evse(2, plan=PLAN), version=version)
        if station.sent():
            station.fail("NotSupported")

    assert sorted(station.told()) == [
        (number, slot, version, Outcome.REFUSED)
        for number in (1, 2)
        for slot in (Slot.PLAN, Slot.STANDING)
        for version in (1, 2)
    ]


def test_a_refusal_of_what_is_not_wished_for_any_more_is_taken() -> None:
    station = ready(evses=TWO)
    station.desire(evse(1, plan=PLAN))
    station.sent()
    station.desire(evse(2, plan=PLAN), version=2)

    station.answer("Rejected")

    assert len(station.accept_all()) == 2


@pytest.mark.parametrize("code", ["PropertyConstraintViolation", "FormationViolation"])
def test_an_error_about_the_payload_is_a_refusal(code: str) -> None:
    station = ready()
    station.desire(evse())
    station.sent()
    station.fail(code)

    (again,) = station.sent()

    assert profile_of(again)["chargingSchedule"]["chargingRateUnit"] == "W"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda station: station.wait(31), id="no answer"),
        pytest.param(lambda station: station.fail("InternalError"), id="InternalError"),
        pytest.param(lambda station: station.fail("VendorHiccup"), id="a vendor's code"),
        pytest.param(lambda station: station.answer({}), id="no status"),
        pytest.param(lambda station: station.answer("Whatever"), id="an unknown status"),
    ],
)
def test_what_is_not_clear_is_unknown_and_sent_again_with_growing_pauses(answer) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001  # a lambda of the table
    station = ready()
    station.desire(evse())
    first = station.sent()
    answer(station)

    early = station.sent()
    station.wait(2.1)
    second = station.sent()
    station.answer()

    assert early == []
    assert second == first
    assert [told[3] for told in station.told()] == [Outcome.UNKNOWN, Outcome.ACCEPTED]


def test_an_accept_is_read_in_any_case() -> None:
    station = ready()
    station.desire(evse())
    station.sent()
    station.answer("accepted")

    assert station.told() == [(1, Slot.STANDING, 1, Outcome.ACCEPTED)]


def test_a_late_answer_completes_nothing() -> None:
    station = ready()
    station.desire(evse())
    station.sent()
    station.wait(31)
    station.sent()
    station.answer("Accepted")

    assert [told[3] for told in station.told()] == [Outcome.UNKNOWN]
    assert station.stored == {}


def test_a_rate_limit_is_waited_for_and_then_the_same_is_sent() -> None:
    station = ready(OcppVersion.V21)
    station.desire(evse())
    first = station.sent()
    info = {"reasonCode": "RateLimitExceeded", "additionalInfo": "40 seconds before retry"}
    station.answer({"status": "Rejected", "statusInfo": info})

    station.wait(39)
    early = station.sent()
    station.wait(2)

    assert early == []
    assert station.sent() == first


def test_the_socket_dying_leaves_the_open_call_unknown_and_unrecorded() -> None:
    station = holding()
    station.desire(evse(plan=schedule((0, 8))), version=2)
    station.sent()

    station.close()

    assert station.told()[-1] == (1, Slot.PLAN, 2, Outcome.UNKNOWN)
    assert (1, Slot.PLAN) not in station.stored


def test_a_new_cut_does_not_wait_for_the_pause_of_the_old_one() -> None:
    station = holding()
    station.desire(evse(plan=schedule((0, 8))), version=2)
    station.sent()
    station.fail("InternalError")
    station.desire(evse(plan=schedule((0, 7))), version=3)

    assert [limits_of(call) for call in station.sent()] == [[7.0]]


def test_an_answer_that_could_not_be_stored_is_told_again() -> None:
    station = ready()
    station.desire(evse())
    station.sent()
    station.sink_down = True
    station.answer()
    station.sink_down = False
    station.desire(evse())

    assert station.sent() == []
    assert station.told() == [(1, Slot.STANDING, 1, Outcome.ACCEPTED)]
    assert (1, Slot.STANDING) in station.stored


# Transactions.

START = {
    "connectorId": 1,
    "idTag": "04AB",
    "timestamp": "2027-01-15T08:00:00Z",
    "meterStart": 100,
}


def test_a_transaction_gets_the_plan_as_its_own_profile_without_writing_the_default_again() -> (
    None
):
    station = ready(evses=TWO)
    station.desire(evse(1, PLAN), evse(2, PLAN))
    station.accept_all()
    message = station.hear("StartTransaction", START)
    at_once = station.sent()
    station.wait(1)

    (bound,) = station.accept_all()

    transaction = station.replies[message]["transactionId"]
    assert at_once == []
    assert profile_of(bound)["chargingProfilePurpose"] == "TxProfile"
    assert profile_of(bound)["transactionId"] == transaction
    assert limits_of(bound) == [16.0, 10.0]


def test_after_the_transaction_nothing_is_sent() -> None:
    station = ready(evses=TWO)
    message = station.hear("StartTransaction", START)
    station.wait(1)
    station.desire(evse(1, PLAN), evse(2, PLAN))
    station.accept_all()
    transaction = station.replies[message]["transactionId"]
    stop = {"transactionId": transaction, "meterStop": 4100, "timestamp": "2027-01-15T09:00:00Z"}
    station.hear("StopTransaction", stop)

    ended = [fact for fact in station.facts if isinstance(fact, SessionEnded)]

    assert station.sent() == []
    assert [(fact.evse, fact.energy) for fact in ended] == [(1, 4000.0)]


def test_after_a_restart_the_running_transaction_is_known_from_what_is_held() -> None:
    before = ready(evses=TWO)
    before.hear("StartTransaction", START)
    before.wait(1)
    before.desire(evse(1, PLAN), evse(2, PLAN))
    before.accept_all()

    station = ready(stored=before.stored, evses=TWO)
    station.desire(evse(1, PLAN), evse(2, PLAN))

    assert station.sent() == []


def test_a_transaction_seen_only_in_meter_values_is_bound() -> None:
    before = ready(evses=TWO)
    message = before.hear("StartTransaction", START)
    before.sent()
    station = ready(evses=TWO)
    station.desire(evse(1, PLAN), evse(2, PLAN))
    station.accept_all()
    transaction = before.replies[message]["transactionId"]
    values = [{"timestamp": "2027-01-15T08:00:00Z", "sampledValue": [{"value": "1"}]}]
    station.hear(
        "MeterValues", {"connectorId": 1, "transactionId": transaction, "meterValue": values}
    )
    station.wait(1)

    (bound,) = station.accept_all()

    assert profile_of(bound)["transactionId"] == transaction


def test_a_refused_transaction_profile_does_not_keep_the_default_from_being_sent() -> None:
    station = ready(evses=TWO)
    station.hear("StartTransaction", START)
    station.wait(1)
    station.desire(evse(1, PLAN), evse(2))
    for _ in range(2):
        station.sent()
        station.answer()
    sent = []
    while now := station.sent():
        sent += now
        is_tx = profile_of(now[0])["chargingProfilePurpose"] == "TxProfile"
        station.answer("Rejected" if is_tx else "Accepted")

    assert [profile_of(call)["chargingProfilePurpose"] for call in sent] == [
        "TxProfile",
        "TxProfile",
        "TxDefaultProfile",
    ]
    assert station.told()[-1] == (1, Slot.PLAN, 1, Outcome.REFUSED)


# Setpoints and DER.


def test_a_v2x_station_gets_setpoints_in_watts_under_a_limit_of_the_same_purpose() -> None:
    station = ready(OcppVersion.V21, v2x=True)
    wish = evse(
        plan=setpoints((0, None), (600, -5000.0), (1200, None)), dc=True, max_discharge_pct=50.0
    )
    station.desire(wish)

    standing, plan, der = station.accept_all()

    periods = profile_of(plan)["chargingSchedule"][0]["chargingSchedulePeriod"]
    assert profile_of(standing)["chargingProfilePurpose"] == "TxDefaultProfile"
    assert profile_of(plan)["chargingProfilePurpose"] == "TxDefaultProfile"
    assert [(p.get("operationMode"), p.get("limit"), p.get("setpoint")) for p in periods] == [
        ("ChargingOnly", 11_040.0, None),
        ("CentralSetpoint", None, -5000.0),
        ("ChargingOnly", 11_040.0, None),
    ]
    assert der == (
        "SetDERControl",
        {
            "isDefault": True,
            "controlId": "gridbridge-max-discharge",
            "controlType": "LimitMaxDischarge",
            "limitMaxDischarge": {"priority": 0, "pctMaxDischargePower": 50.0},
        },
    )
    assert station.told()[-1] == (1, Slot.DER, 1, Outcome.ACCEPTED)


def test_a_running_transaction_of_a_v2x_station_gets_the_setpoints_itself() -> None:
    station = ready(OcppVersion.V21, v2x=True)
    station.hear(
        "TransactionEvent",
        {
            "eventType": "Started",
            "timestamp": "2027-01-15T08:00:00Z",
            "triggerReason": "CablePluggedIn",
            "seqNo": 0,
            "transactionInfo": {"transactionId": "tx-1"},
            "evse": {"id": 1},
        },
    )
    station.wait(1)
    station.desire(evse(plan=setpoints((0, -5000.0)), dc=True))

    _, bound, default = station.accept_all()

    assert profile_of(bound)["chargingProfilePurpose"] == "TxProfile"
    assert profile_of(bound)["transactionId"] == "tx-1"
    assert profile_of(default)["chargingProfilePurpose"] == "TxDefaultProfile"


def test_a_discharge_limit_superseded_from_birth_is_refused() -> None:
    station = ready(OcppVersion.V21, v2x=True)
    station.desire(evse(max_discharge_pct=50.0, dc=True))
    station.sent()
    station.answer()
    station.sent()
    station.answer({"status": "Accepted", "supersededIds": ["gridbridge-max-discharge"]})

    assert station.told()[-1] == (1, Slot.DER, 1, Outcome.REFUSED)


@pytest.mark.parametrize("version", [OcppVersion.V16, OcppVersion.V201])
def test_what_a_version_cannot_say_is_refused_by_name_and_nothing_is_sent(
    version: OcppVersion,
) -> None:
    station = ready(version, v2x=True)
    station.desire(evse(plan=setpoints((0, -5000.0)), max_discharge_pct=50.0))

    sent = station.accept_all()

    refused = {
        fact.slot: fact.detail
        for fact in station.facts
        if getattr(fact, "outcome", None) is Outcome.REFUSED
        and hasattr(fact, "detail")
        and hasattr(fact, "slot")
    }
    assert len(sent) == 1
    assert refused == {
        Slot.PLAN: "setpoint_needs_ocpp_2_1",
        Slot.DER: "der_needs_ocpp_2_1",
    }


# What is stored before it is answered.


@pytest.mark.parametrize(
    ("version", "action", "payload"),
    [
        pytest.param(OcppVersion.V16, "BootNotification", BOOT, id="1.6 boot"),
        pytest.param(OcppVersion.V16, "StartTransaction", START, id="1.6 start"),
        pytest.param(OcppVersion.V201, "BootNotification", BOOT_2X, id="2.0.1 boot"),
        pytest.param(OcppVersion.V21, "BootNotification", BOOT_2X, id="2.1 boot"),
    ],
)
def test_what_could_not_be_stored_is_answered_with_an_error_so_that_it_comes_again(
    version: OcppVersion, action: str, payload: dict[str, object]
) -> None:
    station = Station(version)
    station.sink_down = True
    first = station.hear(action, payload)
    station.sent()
    station.sink_down = False
    second = station.hear(action, payload)
    station.sent()

    assert station.errors == {first: "InternalError"}
    assert second in station.replies
    assert len(station.facts) == 1


def test_a_boot_is_told_with_its_epoch() -> None:
    station = Station()
    station.hear("BootNotification", {**BOOT, "firmwareVersion": "1.2"})

    assert station.facts == [
        StationBooted(
            site=SITE, station=STATION, epoch=7, vendor="ACME", model="One", firmware="1.2"
        )
    ]


def test_a_token_is_never_a_fact() -> None:
    station = ready()
    station.hear("StartTransaction", START)

    (started,) = [fact for fact in station.facts if isinstance(fact, SessionStarted)]

    assert started.token is not None
    assert "04AB" not in str(station.facts)


def test_a_start_that_is_repeated_gets_the_same_transaction() -> None:
    station, other = ready(), ready()

    one, two = station.hear("StartTransaction", START), other.hear("StartTransaction", START)
    station.sent()
    other.sent()

    assert station.replies[one] == other.replies[two]


def test_a_station_that_turns_out_to_give_back_moves_all_its_slots_in_place() -> None:
    station = holding(OcppVersion.V21)
    station.desire(evse(plan=setpoints((0, -5000.0))), version=2)

    moved = [profile_of(call) for call in station.accept_all()]

    assert {each["chargingProfilePurpose"] for each in moved} == {"TxDefaultProfile"}
    assert sorted(each["id"] for each in moved) == [1_000_009, 1_000_010]


def test_a_transaction_that_is_mentioned_often_is_bound_all_the_same() -> None:
    station = ready(evses=TWO)
    message = station.hear("StartTransaction", START)
    station.desire(evse(1, PLAN), evse(2))
    station.accept_all()
    values = [{"timestamp": "2027-01-15T08:00:00Z", "sampledValue": [{"value": "1"}]}]
    transaction = station.replies[message]["transactionId"]
    meter = {"connectorId": 1, "transactionId": transaction, "meterValue": values}
    sent = []
    for _ in range(4):
        station.wait(0.4)
        station.hear("MeterValues", meter)
        sent += station.accept_all()

    assert [profile_of(call).get("transactionId") for call in sent] == [transaction]


def test_what_waited_to_be_sent_when_a_station_started_anew_is_never_sent() -> None:
    station = ready()
    station.desire(evse(plan=schedule((0, 16))))
    (unanswered,) = station.sent()
    station.hear("BootNotification", BOOT)
    behind_it = station.sent()
    station.desire(evse(plan=schedule((0, 8)), standing_amps=Amperes(7.0)), version=2)
    station.hear("BootNotification", BOOT)
    station.wait(31)

    assert limits_of(unanswered) == [6.0]
    assert behind_it == []
    assert [limits_of(call) for call in station.accept_all()] == [[7.0], [8.0]]


def test_what_is_sent_after_a_new_start_is_decided_when_the_call_before_it_ended() -> None:
    station = ready()
    station.desire(evse(plan=schedule((0, 16))))
    station.sent()
    station.hear("BootNotification", BOOT)
    behind_it = station.sent()
    station.desire(evse(plan=schedule((0, 8)), standing_amps=Amperes(7.0)), version=2)
    station.wait(31)
    (first,) = station.sent()
    station.wait(29)

    assert behind_it == []
    assert limits_of(first) == [7.0]
    assert station.sent() == []
    station.answer()
    assert [limits_of(call) for call in station.accept_all()] == [[8.0]]
