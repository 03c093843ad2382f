"""What the station calls: handled once, and answered exactly once."""

from __future__ import annotations

from typing import Any

import pytest

from gridbridge.domain.units import FOREVER, Seconds
from gridbridge_ocpp.rpc.codes import ErrorCode
from gridbridge_ocpp.rpc.limits import RpcLimits
from gridbridge_ocpp.rpc.outcomes import (
    CallReceived,
    FrameRefused,
    ReplyDisputed,
    ReplyFailed,
    SendReceived,
)
from gridbridge_ocpp.rpc.session import RpcSession
from gridbridge_ocpp.schemas import Violation, actions
from gridbridge_ocpp.versions import OcppVersion
from tests.adapters.ocpp.rpc.sessions import (
    NOW,
    SUPPORTED,
    TIME,
    VERSIONS,
    assert_alive,
    at,
    make_session,
    sent,
)

V16, V201, V21 = VERSIONS
BOOT_16 = '[2,"b","BootNotification",{"chargePointVendor":"v","chargePointModel":"m"}]'
BOOTED = {"currentTime": TIME, "interval": 300, "status": "Accepted"}


def test_a_call_becomes_an_event_and_its_reply_goes_out_first() -> None:
    session = make_session()

    session.receive(BOOT_16, NOW)

    payload = {"chargePointVendor": "v", "chargePointModel": "m"}
    assert session.events() == [
        CallReceived(message_id="b", action="BootNotification", payload=payload, problems=())
    ]
    session.reply("b", BOOTED)
    assert sent(session) == [[3, "b", BOOTED]]


@pytest.mark.parametrize(
    ("version", "text", "code"),
    [
        pytest.param(V16, '"Nope",{}', "NotImplemented", id="1.6: unknown action"),
        pytest.param(V201, '"Nope",{}', "NotImplemented", id="2.0.1: unknown action"),
        pytest.param(V21, '"Nope",{}', "NotImplemented", id="2.1: unknown action"),
        pytest.param(V201, '"BatterySwap",{}', "NotImplemented", id="an action of 2.1 in 2.0.1"),
        pytest.param(V16, '"heartbeat",{}', "NotImplemented", id="actions have their case"),
        pytest.param(V16, '"Reset",{}', "NotSupported", id="1.6: known, not ours"),
        pytest.param(V21, '"BatterySwap",{}', "NotSupported", id="2.1: known, not ours"),
        pytest.param(
            V21, '"NotifyPeriodicEventStream",{}', "NotSupported", id="2.1: a SEND as a CALL"
        ),
        pytest.param(V16, '"Heartbeat",[]', "FormationViolation", id="1.6: no object"),
        pytest.param(V201, '"Heartbeat",[]', "FormatViolation", id="2.0.1: no object"),
        pytest.param(V21, '"Heartbeat"', "FormatViolation", id="2.1: no payload"),
        pytest.param(
            V16, '"BootNotification",{}', "OccurenceConstraintViolation", id="1.6: missing field"
        ),
        pytest.param(
            V21, '"BootNotification",{}', "OccurrenceConstraintViolation", id="2.1: missing field"
        ),
        pytest.param(
            V16,
            '"StatusNotification",{"connectorId":"1","errorCode":"NoError","status":"Faulted"}',
            "TypeConstraintViolation",
            id="1.6: wrong type",
        ),
        pytest.param(
            V16,
            '"BootNotification",{"chargePointVendor":"v","chargePointModel":"' + "m" * 21 + '"}',
            "PropertyConstraintViolation",
            id="1.6: too long",
        ),
    ],
)
def test_a_call_that_no_handler_can_serve_gets_the_code_of_its_version(
    version: OcppVersion, text: str, code: str
) -> None:
    session = make_session(version)

    session.receive(f'[2,"a",{text}]', NOW)

    ((kind, message_id, sent_code, description, details),) = sent(session)
    assert (kind, message_id, sent_code, details) == (4, "a", code, {})
    assert len(description) <= 255
    (event,) = session.events()
    assert isinstance(event, FrameRefused)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_action_of_the_version_that_is_not_supported_is_called_so(
    version: OcppVersion,
) -> None:
    for action in sorted(actions(version) - SUPPORTED):
        session = make_session(version)

        session.receive(f'[2,"a","{action}",{{}}]', NOW)

        assert sent(session) == [[4, "a", "NotSupported", "", {}]]


def test_an_error_echoes_nothing_of_the_call() -> None:
    session = make_session()

    session.receive('[2,"a","StatusNotification",{"connectorId":"s3cret"}]', NOW)
    session.receive('[2,"b","S3cret",{"s3cret":1}]', NOW)

    assert "3cret" not in "".join(session.frames_to_send(NOW))
    assert "3cret" not in repr(session.events())


def test_what_is_tolerated_reaches_the_handler_with_a_note() -> None:
    session = make_session()
    text = '{"connectorId":1,"errorCode":"NoError","status":"available","vendor":{"x":1}}'

    session.receive(f'[2,"a","StatusNotification",{text}]', NOW)

    (event,) = session.events()
    assert isinstance(event, CallReceived)
    assert {problem.violation for problem in event.problems} == {
        Violation.UNKNOWN_FIELD,
        Violation.UNKNOWN_VALUE,
    }
    assert session.counters["tolerated"] == 2


def test_a_reply_that_breaks_its_schema_becomes_internal_error() -> None:
    session = make_session()
    session.receive(BOOT_16, NOW)
    session.events()

    session.reply("b", {"status": "Fine"})

    assert sent(session) == [[4, "b", "InternalError", "", {}]]
    (event,) = session.events()
    assert isinstance(event, ReplyFailed)
    assert (event.message_id, event.action) == ("b", "BootNotification")
    assert_alive(session)


def test_a_reply_that_is_no_json_becomes_internal_error() -> None:
    session = make_session(supported=frozenset({"DataTransfer", "Heartbeat"}))
    session.receive('[2,"d","DataTransfer",{"vendorId":"v"}]', NOW)

    session.reply("d", {"status": "Accepted", "data": "\ud800"})

    assert sent(session) == [[4, "d", "InternalError", "", {}]]
    session.events()
    assert_alive(session)


def test_a_call_that_nobody_answers_gets_internal_error_in_the_end() -> None:
    session = make_session(limits=RpcLimits(reply_within=Seconds(20)))
    session.receive(BOOT_16, NOW)
    session.events()

    assert session.next_wakeup() == at(20)
    assert sent(session, at(19.9)) == []
    assert sent(session, at(20)) == [[4, "b", "InternalError", "", {}]]
    assert [type(event) for event in session.events()] == [ReplyFailed]
    assert session.next_wakeup() == FOREVER

    session.reply("b", BOOTED)

    assert sent(session, at(21)) == []


def test_a_refusal_is_spelt_as_the_version_spells_it() -> None:
    session = make_session()
    session.receive(BOOT_16, NOW)

    session.refuse("b", ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION, "d" * 300)
    session.refuse("b", ErrorCode.GENERIC_ERROR)

    assert sent(session) == [[4, "b", "OccurenceConstraintViolation", "d" * 255, {}]]


def test_a_repeated_call_gets_the_same_reply_and_no_second_handling() -> None:
    session = make_session()
    session.receive(BOOT_16, NOW)
    session.receive(BOOT_16, at(1))
    assert len(session.events()[:1]) == 1
    session.reply("b", BOOTED)
    (first,) = session.frames_to_send(at(1))

    session.receive(BOOT_16, at(2))

    assert session.events() == []
    assert session.frames_to_send(at(2)) == [first]
    assert session.counters == {"duplicate_call": 1, "repeated_call": 1}


def test_a_repeated_call_is_known_on_the_next_socket_too() -> None:
    former = make_session()
    former.receive(BOOT_16, NOW)
    former.reply("b", BOOTED)
    former.closed(at(1))
    session = make_session(replies=former.replies)

    session.receive(BOOT_16, at(2))

    assert session.events() == []
    assert sent(session, at(2)) == [[3, "b", BOOTED]]


def test_the_same_id_with_another_text_is_another_call() -> None:
    session = make_session()
    session.receive(BOOT_16, NOW)
    session.reply("b", BOOTED)
    session.events()

    session.receive(BOOT_16.replace('"m"', '"n"'), at(1))

    (event,) = session.events()
    assert isinstance(event, CallReceived)


def test_a_repeated_heartbeat_gets_the_time_of_now() -> None:
    session = make_session()

    for _ in range(3):
        assert_alive(session)


def test_only_the_last_replies_are_remembered() -> None:
    session = make_session()
    for number in range(17):
        session.receive(BOOT_16.replace('"b"', f'"b{number}"'), NOW)
        session.events()
        session.reply(f"b{number}", BOOTED)

    session.receive(BOOT_16.replace('"b"', '"b1"'), NOW)
    assert session.events() == []
    session.receive(BOOT_16.replace('"b"', '"b0"'), NOW)
    assert [type(event) for event in session.events()] == [CallReceived]


def test_open_calls_are_bounded() -> None:
    session = make_session(limits=RpcLimits(open_calls=2))

    for number in range(3):
        session.receive(f'[2,"{number}","Heartbeat",{{}}]', NOW)

    assert sent(session) == [[4, "2", "GenericError", "too many open calls", {}]]
    assert [type(event) for event in session.events()] == [
        CallReceived,
        CallReceived,
        FrameRefused,
    ]


STREAM = {"id": 1, "pending": 0, "basetime": TIME, "data": [{"t": 0.5, "v": "1"}]}


def streaming() -> RpcSession:
    return make_session(V21, supported=frozenset({"NotifyPeriodicEventStream", "Heartbeat"}))


def test_a_send_of_2_1_is_read_and_never_answered() -> None:
    session = streaming()
    text = f'{{"id":1,"pending":0,"basetime":"{TIME}","data":[{{"t":0.5,"v":"1"}}]}}'

    session.receive(f'[6,"s","NotifyPeriodicEventStream",{text}]', NOW)

    assert session.events() == [
        SendReceived(
            message_id="s", action="NotifyPeriodicEventStream", payload=STREAM, problems=()
        )
    ]
    assert sent(session) == []


@pytest.mark.parametrize(
    "text",
    ['"NotifyPeriodicEventStream",{}', '"Heartbeat",{}', '"Nope",{}', "5,{}", '"Heartbeat"'],
)
def test_a_send_that_cannot_be_read_is_dropped_without_an_answer(text: str) -> None:
    session = streaming()

    session.receive(f'[6,"s",{text}]', NOW)

    assert [type(event) for event in session.events()] == [FrameRefused]
    assert sent(session) == []


def test_a_reply_that_the_station_disputes_is_told() -> None:
    session = make_session(V21)

    session.receive('[5,"b","FormatViolation","no interval",{}]', NOW)

    assert session.events() == [
        ReplyDisputed(message_id="b", code="FormatViolation", description="no interval")
    ]
    assert sent(session) == []


def test_supported_actions_must_exist_in_the_version() -> None:
    with pytest.raises(ValueError, match="has no action BatterySwap"):
        make_session(V201, supported=frozenset({"BatterySwap"}))


def test_a_closed_session_hears_and_says_nothing() -> None:
    session = make_session()
    session.receive(BOOT_16, NOW)
    session.events()

    session.closed(at(1))

    session.receive('[2,"h","Heartbeat",{}]', at(2))
    session.reply("b", BOOTED)
    said: list[Any] = [session.events(), session.frames_to_send(at(60)), session.next_wakeup()]
    assert said == [[], [], FOREVER]
