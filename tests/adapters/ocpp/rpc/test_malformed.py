"""Whatever a station sends, its session lives and the next Heartbeat is answered."""

from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridbridge_ocpp.rpc import frames
from gridbridge_ocpp.rpc.outcomes import CallReceived, Priority
from gridbridge_ocpp.versions import OcppVersion
from tests.adapters.ocpp.rpc.sessions import NOW, TIME, VERSIONS, assert_alive, at, make_session

FRAMEWORK_ERROR = {
    OcppVersion.V16: "FormationViolation",
    OcppVersion.V201: "RpcFrameworkError",
    OcppVersion.V21: "RpcFrameworkError",
}


def boot(model: str) -> str:
    """A BootNotification of 1.6 with a model that is put in as it is."""
    payload = f'{{"chargePointVendor":"v","chargePointModel":{model}}}'
    return f'[2,"a","BootNotification",{payload}]'


NOT_A_FRAME = [
    "{",
    "",
    "null",
    "1",
    '"x"',
    "{}",
    "[]",
    "[2]",
    '[9,"a","Heartbeat",{}]',
    '["2","a","Heartbeat",{}]',
    "[null]",
    '[[2],"a","b",{}]',
]
ACTION_AND_PAYLOAD = [
    '[2,"a",{"x":1},{}]',
    '[2,"a",["x"],{}]',
    '[2,"a",null,{}]',
    '[2,"a",5,{}]',
    '[2,"a","Nope",{}]',
    '[2,"a","Heartbeat",[]]',
    '[2,"a","Heartbeat",null]',
    '[2,"a","Heartbeat","x"]',
    '[2,"a","BootNotification",5]',
]
IDS_AND_FIELDS = [
    '[2,"a","Heartbeat",{},{},{}]',
    '[2,null,"Heartbeat",{}]',
    '[2,{},"Heartbeat",{}]',
    f'[2,"{"a" * 1_000_000}","Heartbeat",{{}}]',
    '[2,"a","Heartbeat",{"extra":1}]',
    '[2,"a","BootNotification",{}]',
    boot("1"),
    boot('"' + "m" * 1000 + '"'),
]
NUMBERS_AND_NESTING = [
    '[2,"a","MeterValues",{"connectorId":NaN,"meterValue":[]}]',
    '[2,"a","MeterValues",{"connectorId":1e999,"meterValue":[]}]',
    f'[2,"a","MeterValues",{{"connectorId":{"9" * 5000},"meterValue":[]}}]',
    "[" * 100_000,
    '[2,"a","MeterValues",' + '{"a":' * 5000 + "1" + "}" * 5000 + "]",
    boot('"m","chargePointModel":"n"'),
]
ENCODING: list[str | bytes] = [
    boot(r'"\ud800"'),
    boot(r'"\u0000"'),
    b'[2,"a","Heartbeat",{}]',
    b"\xff\xfe\x5b\x32\x5d",
    '\ufeff[2,"a","Heartbeat",{}]',
]
UNSOLICITED = [
    '[3,"zz",{}]',
    '[4,"zz","GenericError","",{}]',
    '[3,"zz",[]]',
    '[3,"zz"]',
    '[4,"zz"]',
    '[5,"zz","GenericError","",{}]',
    '[6,"zz","NotifyPeriodicEventStream",{}]',
]
READING = {"timestamp": TIME, "sampledValue": [{"value": "1"}] * 20_000}
VOLUME = [json.dumps([2, "a", "MeterValues", {"connectorId": 1, "meterValue": [READING]}])]
THE_48: list[str | bytes] = [
    *NOT_A_FRAME,
    *ACTION_AND_PAYLOAD,
    *IDS_AND_FIELDS,
    *NUMBERS_AND_NESTING,
    *ENCODING,
    *UNSOLICITED,
    *VOLUME,
]
FURTHER = [
    '[2,"1"]',
    '[4,"1"]',
    '[3,"1",{}]',
    '[2,1,"Heartbeat",{}]',
    '[[2],"1","Heartbeat",{}]',
    '[2,"1",{},{}]',
    '[2,"1","Heartbeat",{},5]',
    "1e999",
    f'[2,"{"i" * 37}","Heartbeat",{{}}]',
    '[2,"","Heartbeat",{}]',
    f'[2,"a","{"A" * 51}",{{}}]',
    "\ud800",
    '[2,"a","Heartbeat",{"\ud800":1}]',
    '[2.0,"a","Heartbeat",{}]',
    '[true,"a","Heartbeat",{}]',
    "]" * 1000,
    '"' * 60_000,
    '\\"' * 30_000,
    '["' + '\\"[' * 20_000,
    "[1e" + "9" * 60_000 + "]",
    '[2,"a","Heartbeat",' + "[" * 31 + "]" * 31 + "]",
    '[4,"a",5,"",{}]',
    '[3,"a","Heartbeat",{},1]',
]


def shown(raw: str | bytes) -> str:
    return repr(raw[:40])


def test_the_malformed_messages_are_48() -> None:
    assert len(THE_48) == 48


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("raw", [*THE_48, *FURTHER], ids=shown)
def test_the_session_survives_and_answers_the_next_heartbeat(
    raw: str | bytes, version: OcppVersion
) -> None:
    session = make_session(version)

    session.receive(raw, NOW)

    session.events()
    session.frames_to_send(NOW)
    assert_alive(session)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        pytest.param('[2,"a",{"x":1},{}]', "action", id="an action that is no string"),
        pytest.param('[2,"a","Heartbeat",{},{},{}]', "length", id="six elements"),
        pytest.param('[2,"a","Heartbeat",{},5]', "length", id="five elements"),
        pytest.param('[2,"a"]', "length", id="no action"),
        pytest.param('[2,"a","Heartbeat",{]', "not_json", id="no JSON, but a readable id"),
        pytest.param(boot(r'"\ud800"'), "not_json", id="half a character"),
        pytest.param(
            NUMBERS_AND_NESTING[2], "not_json", id="more digits than a double has room for"
        ),
        pytest.param('[2,"a","X",{"n":' + "9" * 19 + "}]", "huge_number", id="19 digits"),
        pytest.param('[2,"a","X",{"n":-1e30}]', "huge_number", id="the same with an exponent"),
        pytest.param(NUMBERS_AND_NESTING[4], "too_deep", id="nested too deep"),
        pytest.param(NUMBERS_AND_NESTING[5], "duplicate_key", id="a key twice"),
        pytest.param('[2,"a","X",{"k" :1,"k"\t:2}]', "duplicate_key", id="a key twice, spaced"),
        pytest.param(
            r'[2,"a","X",{"k":1,"\u006b":2}]', "duplicate_key", id="a key twice, escaped"
        ),
        pytest.param(VOLUME[0], "too_large", id="too large"),
    ],
)
def test_a_call_whose_id_can_be_read_gets_the_error_of_the_frame(
    raw: str, reason: str, version: OcppVersion
) -> None:
    frame = frames.decode(raw, version)

    assert isinstance(frame, frames.BadFrame)
    assert frame.reason == reason
    assert frame.reply is not None
    assert orjson.loads(frame.reply) == [4, "a", FRAMEWORK_ERROR[version], reason, {}]


@pytest.mark.parametrize(
    "raw",
    ["{", "", "null", "[]", "[null]", '[2,null,"Heartbeat",{}]', b"[]", "[" * 100_000, '[2,"'],
    ids=shown,
)
def test_an_unreadable_id_is_answered_with_minus_one_from_2_0_1_on(raw: str | bytes) -> None:
    replies = {version: frames.decode(raw, version).reply for version in VERSIONS}  # type: ignore[union-attr]  # each is a BadFrame

    unreadable = '[4,"-1","RpcFrameworkError","unreadable",{}]'
    assert replies == {
        OcppVersion.V16: None,
        OcppVersion.V201: unreadable,
        OcppVersion.V21: unreadable,
    }


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "raw",
    [
        *UNSOLICITED,
        '[9,"a","Heartbeat",{}]',
        "[3,null,{}]",
        '[3,"zz",{]',
        '[4,"zz","Code",NaN]',
        '[5,"zz"]',
    ],
    ids=shown,
)
def test_an_error_and_an_unknown_type_are_never_answered(raw: str, version: OcppVersion) -> None:
    session = make_session(version)

    session.receive(raw, NOW)

    assert session.frames_to_send(NOW) == []
    assert session.counters.total() == 1


def test_strings_that_look_like_brackets_numbers_and_keys_are_none() -> None:
    text = orjson.dumps("[{" * 9 + '":').decode()
    session = make_session()
    session.receive(boot(text), NOW)
    session.receive(boot('"89310410106543789301"').replace('"a"', '"b"'), NOW)

    assert [type(event) for event in session.events()] == [CallReceived, CallReceived]


def test_ten_thousand_unsolicited_answers_leave_nothing_behind() -> None:
    session = make_session()

    for number in range(10_000):
        session.receive(f'[3,"never-asked-{number}",{{}}]', NOW)

    assert len(session.events()) <= 256
    assert session.counters["unsolicited_answer"] == 10_000
    assert_alive(session)


def test_replies_to_garbage_are_bounded_where_nobody_takes_them() -> None:
    session = make_session(OcppVersion.V21)

    for _ in range(1000):
        session.receive("garbage", NOW)

    assert len(session.frames_to_send(NOW)) == 256


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
nearly_frames = st.tuples(
    st.sampled_from([2, 3, 4, 5, 6, 7]) | json_values,
    st.sampled_from(["a", "ours-1"]) | json_values,
    st.sampled_from(["Heartbeat", "BootNotification", "MeterValues"]) | json_values,
    json_values,
    json_values,
).flatmap(lambda parts: st.integers(0, 5).map(lambda size: list(parts[:size])))


@given(
    messages=st.lists(
        st.text() | st.binary() | nearly_frames.map(json.dumps) | st.sampled_from(THE_48),
        max_size=8,
    ),
    version=st.sampled_from(VERSIONS),
)
def test_no_message_raises_or_ends_a_session(
    messages: list[str | bytes], version: OcppVersion
) -> None:
    session = make_session(version)
    call = session.call("ClearCache", {}, priority=Priority.ROUTINE, deadline=at(10))
    answered = []

    for second, message in enumerate(messages):
        session.frames_to_send(at(second))
        session.receive(message, at(second))
        answered += [event for event in session.events() if getattr(event, "token", 0) == call]

    assert_alive(session, at(9))
    assert len(answered) <= 1
