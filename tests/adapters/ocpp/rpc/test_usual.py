"""A result that was read before, under another id, means what it would mean if read anew."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridbridge_ocpp.rpc.guard import FrameLimits
from gridbridge_ocpp.rpc.limits import RpcLimits
from gridbridge_ocpp.rpc.outcomes import Answered, CallOutcome, InvalidAnswer, Priority
from gridbridge_ocpp.versions import OcppVersion
from tests.adapters.ocpp.rpc.sessions import VERSIONS, at, make_session, sent

RESTS = [
    '{"status":"Accepted"}]',
    '{"status":"Rejected"}]',
    '{"status":"Nonsense","extra":1}]',
    '{"status":"Accepted","status":"Rejected"}]',
    '{"status":7}]',
    '{"status":1e400}]',
    '"ClearCache",{"status":"Accepted"}]',
    '{"status":"Accepted"}],[3,"ours-1",{}]',
    '{"status":"Accepted"}',
    '{"status":"Acc\\"epted"}]',
    '{"status":"Accepted","customData":{"vendorId":"' + "x" * 300 + '"}}]',
    "[" * 40 + "]" * 41,
    "{}]",
    "",
]
pieces = st.lists(
    st.sampled_from([*'{}[]":,\\', '"status"', '"Accepted"', "7", " ", '{"status":"Accepted"}'])
).map("".join)


def outcome(
    version: OcppVersion, head: str, rest: str, limits: RpcLimits | None = None
) -> tuple[CallOutcome, Counter[str]]:
    """What a call ends as, and what was counted, when it is answered by that text."""
    session = make_session(version, limits=limits)
    session.call("ClearCache", {}, priority=Priority.ROUTINE, deadline=at(60))
    sent(session)
    session.receive(f'{head}[3,"ours-1",{rest}', at(1))
    (event,) = (event for event in session.events() if isinstance(event, Answered))
    return event.outcome, session.counters


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("rest", RESTS)
def test_the_first_and_the_second_of_a_kind_are_read_alike(
    version: OcppVersion, rest: str
) -> None:
    # Text that begins with a blank is read as a whole.
    anew = outcome(version, " ", rest)

    assert outcome(version, "", rest) == anew
    assert outcome(version, "", rest) == anew


@given(st.sampled_from(VERSIONS), pieces)
def test_no_text_is_read_as_more_than_it_says(version: OcppVersion, rest: str) -> None:
    assert outcome(version, "", rest) == outcome(version, " ", rest)


def test_what_one_session_may_read_another_with_tighter_limits_may_not() -> None:
    rest = '{"status":"Accepted"}]'
    outcome(OcppVersion.V201, "", rest)
    tight = RpcLimits(frame=FrameLimits(max_bytes=30))

    found, _ = outcome(OcppVersion.V201, "", rest, tight)

    assert found == InvalidAnswer(problem="too_large")
