"""What we call: one at a time, the most urgent first, each with exactly one end."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridbridge.domain.units import FOREVER, Seconds
from gridbridge_ocpp.rpc.limits import RpcLimits
from gridbridge_ocpp.rpc.outcomes import (
    Answered,
    CallOutcome,
    CallToken,
    FrameRefused,
    InvalidAnswer,
    LateAnswer,
    NotSent,
    Priority,
    Refused,
    Replied,
    Superseded,
    TimedOut,
    Uncertain,
)
from gridbridge_ocpp.rpc.prepared import prepare
from gridbridge_ocpp.rpc.session import RpcSession
from gridbridge_ocpp.schemas import WrongPayloadError
from gridbridge_ocpp.versions import OcppVersion
from tests.adapters.ocpp.rpc.sessions import NOW, VERSIONS, at, make_session, sent

V16, V201, V21 = VERSIONS
SAFETY, STOP, ROUTINE, PROBING = Priority


def key_call(
    session: RpcSession,
    name: str,
    priority: Priority = ROUTINE,
    *,
    deadline: float = 60.0,
    slot: str | None = None,
) -> CallToken:
    """Queue a 1.6 call that carries a name, to be told apart by."""
    payload = {"key": [name]}
    return session.call(
        "GetConfiguration", payload, priority=priority, deadline=at(deadline), slot=slot
    )


def names_sent(session: RpcSession, count: int) -> list[str]:
    """The names of the next calls, each answered at once."""
    names = []
    for _ in range(count):
        for _, message_id, _, payload in sent(session):
            names.append(payload["key"][0])
            session.receive(f'[3,"{message_id}",{{}}]', NOW)
    return names


def ends(session: RpcSession) -> dict[CallToken, CallOutcome]:
    return {
        event.token: event.outcome for event in session.events() if isinstance(event, Answered)
    }


def test_one_call_is_open_at_a_time() -> None:
    session = make_session()
    first = key_call(session, "a")
    key_call(session, "b")

    assert sent(session) == [[2, "ours-1", "GetConfiguration", {"key": ["a"]}]]
    assert sent(session) == []

    session.receive('[3,"ours-1",{"unknownKey":["a"]}]', at(1))
    assert ends(session) == {first: Replied(payload={"unknownKey": ["a"]})}
    assert sent(session, at(1)) == [[2, "ours-2", "GetConfiguration", {"key": ["b"]}]]


def test_the_most_urgent_goes_first_and_equals_keep_their_order() -> None:
    session = make_session()
    queued = [("p", PROBING), ("r1", ROUTINE), ("s1", SAFETY), ("r2", ROUTINE), ("t", STOP)]
    for name, priority in [*queued, ("s2", SAFETY)]:
        key_call(session, name, priority)

    assert names_sent(session, 6) == ["s1", "s2", "t", "r1", "r2", "p"]


def test_a_cap_is_the_next_call_while_a_slow_one_is_open_and_fifty_wait() -> None:
    session = make_session()
    slow = key_call(session, "slow")
    sent(session)
    for number in range(50):
        key_call(session, f"r{number}")
    caps = [key_call(session, f"cap{n}", SAFETY, slot="evse-1") for n in range(3)]

    session.receive('[3,"ours-1",{}]', at(29))

    assert sent(session, at(29))[0][3] == {"key": ["cap2"]}
    outcomes = ends(session)
    assert outcomes == {
        slow: Replied(payload={}),
        caps[0]: Superseded(by=caps[1]),
        caps[1]: Superseded(by=caps[2]),
    }


@pytest.mark.parametrize(
    ("calls", "order"),
    [
        pytest.param(
            [("a", ROUTINE, "x"), ("b", ROUTINE, None), ("c", ROUTINE, "x")],
            ["c", "b"],
            id="the newest of a slot takes the place in the queue",
        ),
        pytest.param(
            [("a", ROUTINE, "x"), ("b", ROUTINE, "y")], ["a", "b"], id="slots are strangers"
        ),
        pytest.param(
            [("a", SAFETY, "x"), ("b", STOP, None), ("c", ROUTINE, "x")],
            ["b", "c"],
            id="the newest goes by its own urgency",
        ),
        pytest.param(
            [("a", PROBING, "x"), ("b", STOP, None), ("c", SAFETY, "x")],
            ["c", "b"],
            id="a more urgent one moves up",
        ),
        pytest.param(
            [("a", ROUTINE, None), ("b", ROUTINE, None)], ["a", "b"], id="no slot, no coalescing"
        ),
    ],
)
def test_only_the_newest_call_of_a_slot_is_sent(
    calls: list[tuple[str, Priority, str | None]], order: list[str]
) -> None:
    session = make_session()
    for name, priority, slot in calls:
        key_call(session, name, priority, slot=slot)

    assert names_sent(session, len(calls)) == order


def test_an_open_call_is_not_superseded() -> None:
    session = make_session()
    first = key_call(session, "a", slot="x")
    sent(session)

    key_call(session, "b", slot="x")

    assert ends(session) == {}
    session.receive('[3,"ours-1",{}]', NOW)
    assert ends(session) == {first: Replied(payload={})}


def test_a_deadline_includes_the_wait_in_the_queue() -> None:
    session = make_session()
    slow, waiting = key_call(session, "slow"), key_call(session, "waiting", deadline=5)
    sent(session)

    assert session.next_wakeup() == at(5)
    assert sent(session, at(5)) == []
    assert ends(session) == {waiting: NotSent(reason="deadline")}
    assert session.next_wakeup() == at(30)
    assert slow


@pytest.mark.parametrize(
    ("deadline", "answer_by"),
    [
        pytest.param(12.0, 12.0, id="its own deadline"),
        pytest.param(600.0, 30.0, id="no call holds up the others for longer than 30 s"),
    ],
)
def test_a_call_that_is_not_answered_in_time_is_unknown_and_the_next_goes(
    deadline: float, answer_by: float
) -> None:
    session = make_session()
    first = key_call(session, "a", deadline=deadline)
    key_call(session, "b", PROBING, deadline=600)
    sent(session)

    assert session.next_wakeup() == at(answer_by)
    assert sent(session, at(answer_by - 0.1)) == []
    assert sent(session, at(answer_by)) == [[2, "ours-2", "GetConfiguration", {"key": ["b"]}]]
    assert ends(session) == {first: TimedOut(sent_at=NOW)}


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        pytest.param("[3,{id},{{}}]", Replied(payload={}), id="a result"),
        pytest.param(
            '[4,{id},"GenericError","no",{{}}]',
            Refused(code="GenericError", description="no"),
            id="an error",
        ),
        pytest.param(
            "[3,{id},[]]",
            InvalidAnswer(problem="/: type: object"),
            id="nonsense",
        ),
    ],
)
def test_a_late_answer_is_an_observation_and_completes_nothing(
    answer: str, outcome: CallOutcome
) -> None:
    session = make_session()
    late = key_call(session, "a", deadline=5)
    newer = key_call(session, "b")
    sent(session)
    sent(session, at(5))
    session.events()

    session.receive(answer.format(id='"ours-1"'), at(6))

    assert session.events() == [
        LateAnswer(token=late, action="GetConfiguration", outcome=outcome)  # type: ignore[arg-type]  # a late answer is one of these three
    ]
    session.receive('[3,"ours-1",{}]', at(7))
    assert [type(event) for event in session.events()] == [FrameRefused]
    session.receive('[3,"ours-2",{}]', at(8))
    assert ends(session) == {newer: Replied(payload={})}


def test_an_answer_after_the_deadline_is_late_even_if_nobody_looked_at_the_clock() -> None:
    session = make_session()
    token = key_call(session, "a", deadline=5)
    sent(session)

    session.receive('[3,"ours-1",{}]', at(5))

    assert session.events() == [
        Answered(token=token, action="GetConfiguration", outcome=TimedOut(sent_at=NOW)),
        LateAnswer(token=token, action="GetConfiguration", outcome=Replied(payload={})),
    ]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        pytest.param(
            '[4,"ours-1","VendorTrouble","\u00fc",{"a":1}]',
            Refused(code="VendorTrouble", description="\u00fc"),
            id="a code nobody knows",
        ),
        pytest.param(
            '[4,"ours-1","NotSupported"]',
            Refused(code="NotSupported", description=""),
            id="an error cut short",
        ),
        pytest.param(
            '[3,"ours-1","ClearCache",{"status":"Accepted"}]',
            Replied(payload={"status": "Accepted"}),
            id="a result that names its action",
        ),
        pytest.param('[3,"ours-1",{}]', InvalidAnswer(problem="/: required: status"), id="empty"),
        pytest.param('[3,"ours-1"]', InvalidAnswer(problem="length"), id="no payload"),
        pytest.param('[4,"ours-1"]', InvalidAnswer(problem="length"), id="no code"),
        pytest.param('[4,"ours-1",7,"",{}]', InvalidAnswer(problem="length"), id="odd code"),
        pytest.param('[3,"ours-1",{"status":]', InvalidAnswer(problem="not_json"), id="no JSON"),
        pytest.param(
            '[3,"ours-1",{"status":"Accepted","status":"Rejected"}]',
            InvalidAnswer(problem="duplicate_key"),
            id="two answers in one",
        ),
    ],
)
@pytest.mark.parametrize("version", VERSIONS)
def test_nothing_reads_as_success_but_a_valid_result(
    version: OcppVersion, answer: str, outcome: CallOutcome
) -> None:
    session = make_session(version)
    token = session.call("ClearCache", {}, priority=ROUTINE, deadline=at(60))
    sent(session)

    session.receive(answer, at(1))

    assert ends(session) == {token: outcome}


def test_a_tolerated_result_keeps_its_notes() -> None:
    session = make_session()
    session.call("ClearCache", {}, priority=ROUTINE, deadline=at(60))
    sent(session)

    session.receive('[3,"ours-1",{"status":"rejected","extra":1}]', at(1))

    (event,) = session.events()
    assert isinstance(event, Answered)
    assert isinstance(event.outcome, Replied)
    assert event.outcome.payload == {"status": "rejected", "extra": 1}
    assert len(event.outcome.problems) == 2


def test_only_2_1_disputes_an_invalid_result() -> None:
    replies = {}
    for version in VERSIONS:
        session = make_session(version)
        session.call("ClearCache", {}, priority=ROUTINE, deadline=at(60))
        sent(session)
        session.receive('[3,"ours-1",{}]', at(1))
        replies[version] = sent(session, at(1))

    code = "OccurrenceConstraintViolation"
    assert replies == {V16: [], V201: [], V21: [[5, "ours-1", code, "/: required: status", {}]]}


def test_when_the_socket_dies_the_open_call_is_uncertain_and_the_others_were_never_sent() -> None:
    session = make_session()
    opened, waiting = key_call(session, "a"), key_call(session, "b")
    sent(session, at(1))

    session.closed(at(2))
    after = key_call(session, "c")

    assert ends(session) == {
        opened: Uncertain(sent_at=at(1)),
        waiting: NotSent(reason="closed"),
        after: NotSent(reason="closed"),
    }
    assert session.frames_to_send(at(3)) == []
    assert session.next_wakeup() == FOREVER


def test_a_waiting_call_can_be_taken_back_and_a_sent_one_cannot() -> None:
    session = make_session()
    first, second = key_call(session, "a"), key_call(session, "b")
    sent(session)

    assert [session.cancel(first), session.cancel(second), session.cancel(second)] == [
        False,
        True,
        False,
    ]
    assert ends(session) == {second: NotSent(reason="cancelled")}


def test_a_full_queue_gives_up_the_last_of_the_least_urgent() -> None:
    session = make_session(limits=RpcLimits(queued_calls=3))
    tokens = {
        name: key_call(session, name, priority)
        for name, priority in [("p1", PROBING), ("p2", PROBING), ("r", ROUTINE), ("s", SAFETY)]
    }
    tokens["p3"] = key_call(session, "p3", PROBING)

    assert ends(session) == {
        tokens["p2"]: NotSent(reason="queue_full"),
        tokens["p3"]: NotSent(reason="queue_full"),
    }
    assert names_sent(session, 3) == ["s", "r", "p1"]


def test_ids_of_expired_calls_are_bounded() -> None:
    session = make_session(limits=RpcLimits(expired_calls=1, answer_within=Seconds(1)))
    for second in range(3):
        key_call(session, "a")
        sent(session, at(second))
    session.events()
    sent(session, at(3))

    session.receive('[3,"ours-1",{}]', at(3))

    assert session.counters == {"unsolicited_answer": 1}


def test_a_prepared_call_is_the_same_text_for_every_station() -> None:
    prepared = prepare(V16, "GetConfiguration", {"key": ["a"]})
    sessions = [make_session(), make_session()]
    for session in sessions:
        session.call_prepared(prepared, priority=ROUTINE, deadline=at(60))

    assert [session.frames_to_send(NOW) for session in sessions] == [
        ['[2,"ours-1","GetConfiguration",{"key":["a"]}]']
    ] * 2


def test_what_is_prepared_for_one_version_is_not_sent_in_another() -> None:
    prepared = prepare(V201, "ClearCache", {})

    with pytest.raises(WrongPayloadError, match=r"prepared for ocpp2\.0\.1, not for ocpp1\.6"):
        make_session(V16).call_prepared(prepared, priority=ROUTINE, deadline=at(60))


steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("call"),
            st.sampled_from(Priority),
            st.integers(1, 20),
            st.none() | st.sampled_from("xyz"),
        ),
        st.tuples(st.just("answer"), st.integers(1, 12)),
        st.tuples(st.just("refuse"), st.integers(1, 12)),
        st.tuples(st.just("cancel"), st.integers(1, 20)),
        st.tuples(st.just("wait"), st.integers(1, 8)),
        st.tuples(st.just("send")),
    ),
    max_size=60,
)


@given(script=steps)
def test_every_call_ends_exactly_once_and_never_two_are_open(
    script: list[tuple[object, ...]],
) -> None:
    session = make_session(limits=RpcLimits(queued_calls=4, answer_within=Seconds(6)))
    elapsed, sent_calls, sent_and_ended = 0, 0, 0
    tokens: list[CallToken] = []
    ended: Counter[CallToken] = Counter()

    for step in [*script, ("close",)]:
        match step:
            case ("call", Priority() as priority, int(within), (None | str()) as slot):
                deadline = elapsed + within
                tokens.append(key_call(session, "k", priority, deadline=deadline, slot=slot))
            case ("answer", int(number)):
                session.receive(f'[3,"ours-{number}",{{}}]', at(elapsed))
            case ("refuse", int(number)):
                session.receive(f'[4,"ours-{number}","No","",{{}}]', at(elapsed))
            case ("cancel", int(token)):
                session.cancel(CallToken(token))
            case ("wait", int(seconds)):
                elapsed += seconds
            case ("send",):
                sent_calls += len(session.frames_to_send(at(elapsed)))
            case _:
                session.closed(at(elapsed))
        for token, outcome in ends(session).items():
            ended[token] += 1
            sent_and_ended += not isinstance(outcome, NotSent | Superseded)
        assert 0 <= sent_calls - sent_and_ended <= 1

    assert ended == Counter(tokens)
