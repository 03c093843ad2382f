"""The session's conversation, in virtual time, against a scripted VTN."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from gridbridge.domain.events import EventStatus, RefusalReason
from gridbridge.domain.facts import (
    AnswerDelivered,
    Distributed,
    Recorded,
    Registered,
    RegistrationLost,
    ReportCancelled,
    ReportDelivered,
    ReportRequested,
    VtnHeard,
)
from gridbridge.domain.ids import ProgramName
from gridbridge.domain.limits import Authority
from gridbridge.domain.programs import Basis, LevelRule, Program
from gridbridge.domain.units import Instant
from gridbridge.engine.ven.engine import VenEngine
from gridbridge_openadr.exchange import NoReply, Reply, Request
from tests.adapters.openadr.bench import (
    NOW,
    OK,
    REGISTERED,
    VEN,
    Ledger,
    Override,
    Script,
    Talk,
    create_report,
    distribute,
    event,
    registration,
    response,
    say,
    texts,
    update,
    want,
    without_zone,
)

if TYPE_CHECKING:
    from gridbridge.domain.events import Answer
    from gridbridge.domain.facts import VenFact


def test_a_new_ven_registers_tells_its_reports_asks_for_events_and_polls() -> None:
    talk = Talk(resume=None).run(1)

    assert talk.script.kinds() == [
        "oadrQueryRegistration",
        "oadrCreatePartyRegistration",
        "oadrRegisterReport",
        "oadrRequestEvent",
        "oadrPoll",
    ]
    (registered,) = talk.sink.of(Registered)
    assert (registered.ven_id, registered.registration, registered.poll) == ("V", "R", 10.0)


def test_a_stored_registration_is_resumed_with_one_sync() -> None:
    talk = Talk().run(25)

    assert talk.script.kinds() == ["oadrRequestEvent", "oadrPoll", "oadrPoll", "oadrPoll"]


ODD: list[object] = [
    pytest.param(NoReply(why="ClientConnectorError"), id="nothing listens"),
    pytest.param(NoReply(why="timeout"), id="timeout"),
    pytest.param(Reply(status=503, body=b""), id="503"),
    pytest.param(Reply(status=404, body=b"no"), id="404"),
    pytest.param(b"", id="empty"),
    pytest.param(b"<html><p>busy</html>", id="not XML"),
    pytest.param(b"<html/>", id="not OpenADR"),
    pytest.param(say("oadrPoll", ven_id="V"), id="a message for VTNs"),
    pytest.param(response(469, "no"), id="an error code"),
]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("resume", [True, False], ids=["mid-run", "at start"])
def test_no_answer_however_odd_ends_the_session(odd: Override, *, resume: bool) -> None:
    talk = Talk(Script(everything=odd)) if resume else Talk(Script(everything=odd), resume=None)
    talk.run(600)
    tried = len(talk.script.log)
    talk.script.everything = None
    talk.run(60 + 11)

    assert 8 <= tried <= 150
    assert talk.session.registered is not None
    assert "oadrPoll" in talk.script.kinds()[tried:]


def test_failures_back_off_to_the_cap_and_spread() -> None:
    talk = Talk(Script(everything=NoReply(why="x")), resume=None, backoff_cap=30).run(3600)

    times = talk.script.times("oadrQueryRegistration")
    gaps = [b - a for a, b in pairwise(times)]
    assert max(gaps) <= 30.0
    assert max(gaps[:3]) <= 4.0
    assert len({round(gap, 6) for gap in gaps}) == len(gaps)


def test_an_event_is_stored_then_answered_and_the_answer_confirmed() -> None:
    talk = Talk(Script(polls=[distribute(event("E1"), request="Q7")])).run(5)

    (created,) = talk.script.sent("oadrCreatedEvent")
    assert texts(created, "eventID") == ["E1"]
    assert texts(created, "optType") == ["optIn"]
    assert texts(created, "requestID") == ["", "Q7"]
    kinds = [type(fact) for fact in talk.sink.facts]
    assert kinds.index(Distributed) < kinds.index(AnswerDelivered)


class Deciding(Ledger):
    """A VenSink that answers as the engine of the VEN does."""

    def __init__(self) -> None:
        super().__init__()
        peak = Program(
            name=ProgramName("peak"),
            ven=VEN,
            market="http://market",
            authority=Authority.VOLUNTARY,
            simple={1: LevelRule(basis=Basis.PAUSE)},
        )
        self.engine = VenEngine(VEN, [peak], [])

    def take(self, fact: VenFact) -> None:
        self.facts.append(fact)
        recorded = Recorded(at=NOW, writer="w", seq=len(self.facts), fact=fact)
        self.engine.receive(recorded, entry=str(len(self.facts)))
        self.engine.decide(NOW)

    def owed(self) -> tuple[str | None, tuple[Answer, ...]]:
        return self.engine.owed()


def test_a_cancellation_that_keeps_the_modification_number_is_answered_once() -> None:
    standing, cancelled = (event("E1", version=7, status=it) for it in ("far", "cancelled"))
    polls = [distribute(standing), response(), distribute(cancelled), response()]
    talk = Talk(Script(polls=polls))
    talk.sink = Deciding()

    talk.run(60)

    first, second = talk.script.sent("oadrCreatedEvent")
    assert first.body != second.body
    for sent in (first, second):
        assert texts(sent, "modificationNumber") == ["7"]
        assert texts(sent, "optType") == ["optIn"]
    (said, over) = (it.distribution.events[0].status for it in talk.sink.of(Distributed))
    assert (said, over) == (EventStatus.STANDING, EventStatus.CANCELLED)


def test_an_answer_goes_out_before_the_next_poll() -> None:
    talk = Talk(Script(polls=[distribute(event("E1")), response()])).run(5)

    assert talk.script.kinds()[1:4] == ["oadrPoll", "oadrCreatedEvent", "oadrPoll"]


def test_one_bad_event_among_three_spoils_no_other() -> None:
    message = without_zone(distribute(event("A"), event("B"), event("C")), nth=1)
    talk = Talk(Script(polls=[message])).run(5)

    (created,) = talk.script.sent("oadrCreatedEvent")
    assert texts(created, "eventID") == ["B", "C", "A"]
    assert texts(created, "responseCode") == ["200", "200", "200", "454"]
    assert texts(created, "optType") == ["optIn", "optIn", "optOut"]
    (distributed,) = talk.sink.of(Distributed)
    assert [one.id for one in distributed.distribution.events] == ["B", "C"]
    assert distributed.distribution.refusals[0].reason is RefusalReason.INVALID_DATA


@pytest.mark.parametrize("identity", ["0042", "true", "-5", "1.2.3", "A&B", "<x>", "a  b", "é☃"])
def test_ids_come_back_byte_for_byte(identity: str) -> None:
    message = distribute(event("MARK"), request="MARK-Q").replace(
        b"MARK", identity.replace("&", "&amp;").replace("<", "&lt;").encode()
    )
    talk = Talk(Script(polls=[message])).run(5)

    (created,) = talk.script.sent("oadrCreatedEvent")
    assert texts(created, "eventID") == [identity]
    assert texts(created, "requestID")[1] == f"{identity}-Q"


def test_the_ven_id_the_vtn_gives_is_kept_byte_for_byte() -> None:
    talk = Talk(Script(override={"oadrCreatePartyRegistration": registration(ven="0042")}))
    talk = Talk(talk.script, resume=None).run(1)

    assert texts(talk.script.sent("oadrPoll")[0], "venID") == ["0042"]


def test_answers_are_repeated_until_they_are_confirmed() -> None:
    script = Script(polls=[distribute(event("E1"))], override={"oadrCreatedEvent": b""})
    talk = Talk(script).run(30)
    before = len(talk.script.sent("oadrCreatedEvent"))
    del script.override["oadrCreatedEvent"]
    talk.run(120)

    assert before >= 3
    assert len(talk.sink.of(AnswerDelivered)) == 1
    assert talk.script.kinds()[-1] == "oadrPoll"
    assert len(talk.script.sent("oadrCreatedEvent")) == before + 1


def test_unanswered_answers_hold_up_no_poll() -> None:
    script = Script(
        polls=[distribute(event("E1"))], override={"oadrCreatedEvent": NoReply(why="timeout")}
    )
    talk = Talk(script).run(100)

    assert len(script.sent("oadrPoll")) >= 9
    assert talk.session.registered is not None


def test_twenty_queued_messages_are_fetched_in_one_cycle() -> None:
    queued = [distribute(event(f"E{i}")) for i in range(20)]
    talk = Talk(Script(polls=queued)).run(1)

    assert len(talk.sink.of(Distributed)) == 20
    assert set(talk.script.times("oadrPoll")) == {0.0}


def test_a_vtn_that_repeats_itself_in_every_poll_is_not_hammered() -> None:
    script = Script(override={"oadrPoll": distribute(event("E1"))})
    Talk(script).run(95)

    assert 16 <= len(script.sent("oadrPoll")) <= 20


def test_a_vtn_that_never_runs_dry_is_polled_again_after_the_period() -> None:
    script = Script(override={"oadrPoll": say("oadrRegisterReport", request_id="q", reports=[])})
    Talk(script).run(25)

    assert len(script.sent("oadrPoll")) == 3 * 64


@pytest.mark.parametrize(
    ("ours", "theirs", "period"),
    [
        pytest.param(None, 30, 30.0, id="the VTN's"),
        pytest.param(60.0, 30, 60.0, id="ours, slower"),
        pytest.param(5.0, 30, 30.0, id="never faster than the VTN asked for"),
    ],
)
def test_polls_keep_their_period_with_jitter_upwards(
    ours: float | None, theirs: int, period: float
) -> None:
    script = Script(poll_s=theirs)
    Talk(script, resume=None, poll=ours).run(50 * period)

    times = script.times("oadrPoll")
    gaps = [b - a for a, b in pairwise(times)]
    assert min(gaps) >= period
    assert max(gaps) <= 1.1 * period
    assert len(set(gaps)) > 10


@pytest.mark.parametrize("code", [463, 452])
def test_a_poll_that_finds_us_unknown_registers_anew(code: int) -> None:
    talk = Talk(Script(polls=[response(code)])).run(5)

    assert talk.script.kinds()[1:5] == [
        "oadrPoll",
        "oadrQueryRegistration",
        "oadrCreatePartyRegistration",
        "oadrRegisterReport",
    ]
    kinds = [type(fact) for fact in talk.sink.facts]
    assert kinds.index(RegistrationLost) < kinds.index(Registered)


def test_a_vtn_that_forgets_every_registration_is_not_hammered() -> None:
    script = Script(override={"oadrPoll": response(463), "oadrRequestEvent": response(463)})
    Talk(script).run(3600)

    assert 20 <= len(script.sent("oadrCreatePartyRegistration")) <= 200


def test_a_requested_reregistration_names_the_old_one_and_takes_the_new_period() -> None:
    script = Script(polls=[say("oadrRequestReregistration", ven_id="V")], poll_s=60)
    talk = Talk(script).run(200)

    (create,) = script.sent("oadrCreatePartyRegistration")
    assert (texts(create, "registrationID"), texts(create, "venID")) == (["R"], ["V"])
    assert not talk.sink.of(RegistrationLost)
    assert len(script.sent("oadrPoll")) <= 6


def test_a_renewal_that_is_turned_away_starts_over() -> None:
    script = Script(
        polls=[say("oadrRequestReregistration", ven_id="V")],
        override={"oadrCreatePartyRegistration": registration(ven=None, code=463)},
    )
    talk = Talk(script).run(5)
    assert talk.session.registered is None
    assert talk.sink.of(RegistrationLost)

    script.override.clear()
    talk.run(120)

    assert talk.session.registered is not None
    assert texts(script.sent("oadrCreatePartyRegistration")[-1], "registrationID") == []


def test_a_cancelled_registration_is_confirmed_and_asked_for_again_later() -> None:
    cancel = say("oadrCancelPartyRegistration", request_id="C", registration_id="R", ven_id="V")
    script = Script(polls=[cancel])
    talk = Talk(script).run(59)

    assert script.kinds()[1:] == ["oadrPoll", "oadrCanceledPartyRegistration"]
    assert talk.session.registered is None
    assert talk.sink.of(RegistrationLost)

    talk.run(10)

    assert talk.session.registered is not None


def test_cancelling_a_foreign_registration_is_refused() -> None:
    cancel = say(
        "oadrCancelPartyRegistration", request_id="C", registration_id="other", ven_id="V"
    )
    talk = Talk(Script(polls=[cancel])).run(5)

    (canceled,) = talk.script.sent("oadrCanceledPartyRegistration")
    assert texts(canceled, "responseCode") == ["452"]
    assert talk.session.registered is not None


@pytest.mark.parametrize(
    ("vtn", "applied", "code"),
    [("VTN", 1, "200"), ("vtn", 0, "452"), ("other", 0, "452")],
)
def test_only_the_registered_vtn_id_in_its_exact_case_is_obeyed(
    vtn: str, applied: int, code: str
) -> None:
    talk = Talk(Script(polls=[distribute(event("E1"), vtn=vtn)])).run(5)

    assert len(talk.sink.of(Distributed)) == applied
    assert texts(talk.script.sent("oadrCreatedEvent")[0], "responseCode")[0] == code


def test_an_error_for_a_distribution_cancels_nothing() -> None:
    error = say(
        "oadrDistributeEvent",
        request_id="q",
        vtn_id="VTN",
        response=OK | {"response_code": 469},
        events=[],
    )
    talk = Talk(Script(polls=[distribute(event("E1"))], override={"oadrRequestEvent": error}))
    talk.run(60)

    assert [len(fact.distribution.events) for fact in talk.sink.of(Distributed)] == [1]


def test_an_empty_distribution_is_handed_on_as_it_says() -> None:
    talk = Talk(Script(polls=[distribute(event("E1")), distribute()])).run(5)

    assert [len(fact.distribution.events) for fact in talk.sink.of(Distributed)] == [1, 0]


def test_nothing_is_acknowledged_while_the_store_is_down_and_polls_go_on() -> None:
    script = Script(polls=[distribute(event("E1")), create_report(want())])
    talk = Talk(script)
    talk.sink.down = True
    talk.run(60)

    assert set(script.kinds()) == {"oadrRequestEvent", "oadrPoll"}
    assert len(script.sent("oadrPoll")) >= 5

    talk.sink.down = False
    talk.run(60)

    assert len(talk.sink.of(Distributed)) == 1
    assert len(script.sent("oadrCreatedEvent")) == 1
    assert len(script.sent("oadrCreatedReport")) == 1


def test_of_distributions_not_stored_only_the_last_is_kept() -> None:
    talk = Talk(Script(polls=[distribute(event("A")), distribute(event("B"))]))
    talk.sink.down = True
    talk.run(30)
    talk.sink.down = False
    talk.run(60)

    (distributed,) = talk.sink.of(Distributed)
    assert [one.id for one in distributed.distribution.events] == ["B"]


def test_the_vtn_counts_as_heard_once_a_minute_and_at_once_after_silence() -> None:
    talk = Talk().run(600)
    steady = len(talk.sink.of(VtnHeard))
    talk.script.everything = NoReply(why="timeout")
    talk.run(600)
    silent = len(talk.sink.of(VtnHeard))
    talk.script.everything = None
    talk.run(30)

    assert 8 <= steady <= 10
    assert silent == steady
    assert len(talk.sink.of(VtnHeard)) == steady + 1


# --- reports -------------------------------------------------------------------------------------


def test_our_reports_name_each_resource_with_power_and_energy() -> None:
    talk = Talk(resume=None, resources=("depot-7", "A&B")).run(1)

    (register,) = talk.script.sent("oadrRegisterReport")
    assert texts(register, "rID") == ["depot-7", "A&B"] * 2
    assert texts(register, "itemUnits") == ["W", "W", "Wh", "Wh"]
    assert set(texts(register, "reportName")) == {"METADATA_TELEMETRY_USAGE"}


def test_each_resource_is_offered_no_more_often_than_its_sites_report() -> None:
    every = {"depot-7": 300.0, "slow": 7200.0}
    talk = Talk(resume=None, resources=("depot-7", "other", "slow"), every=every).run(1)

    (register,) = talk.script.sent("oadrRegisterReport")
    assert texts(register, "oadrMinPeriod") == ["PT300S", "PT1S", "PT7200S"] * 2
    assert texts(register, "oadrMaxPeriod") == ["PT3600S", "PT3600S", "PT7200S"] * 2


@pytest.mark.parametrize(
    ("wish", "refused"),
    [
        pytest.param(want(granularity_s=299), "granularity of 299 s", id="too often"),
        pytest.param(want(granularity_s=300), None, id="as often as offered"),
        pytest.param(want(granularity_s=900), None, id="less often"),
        pytest.param(
            want(granularity_s=0, every_s=60), "reportBackDuration of 60 s", id="whole reports"
        ),
        pytest.param(want(granularity_s=0, every_s=0), None, id="once"),
    ],
)
def test_a_report_that_is_wanted_too_often_is_refused_by_name(
    wish: dict[str, object], refused: str | None
) -> None:
    talk = Talk(Script(polls=[create_report(wish)]), every={"depot-7": 300.0}).run(5)

    (created,) = talk.script.sent("oadrCreatedReport")
    assert texts(created, "responseCode") == ["461" if refused else "200"]
    assert refused is None or refused in "".join(texts(created, "responseDescription"))
    assert len(talk.sink.of(ReportRequested)) == (0 if refused else 1)


def test_a_ven_without_resources_offers_no_reports() -> None:
    talk = Talk(resume=None, resources=()).run(1)

    assert "oadrRegisterReport" not in talk.script.kinds()


@pytest.mark.parametrize("way", ["poll", "registered"])
def test_a_requested_report_is_stored_then_confirmed(way: str) -> None:
    if way == "poll":
        talk = Talk(Script(polls=[create_report(want("0007"))])).run(5)
    else:
        registered = say(
            "oadrRegisteredReport", response=OK, ven_id="V", report_requests=[want("0007")]
        )
        talk = Talk(Script(override={"oadrRegisterReport": registered}), resume=None).run(5)

    (requested,) = talk.sink.of(ReportRequested)
    assert (requested.request, requested.specifier) == ("0007", "usage-power")
    assert (requested.resources, requested.granularity, requested.every) == (
        ("depot-7",),
        60.0,
        300.0,
    )
    (created,) = talk.script.sent("oadrCreatedReport")
    assert texts(created, "responseCode") == ["200"]
    assert texts(created, "reportRequestID") == ["0007"]


@pytest.mark.parametrize(
    "wish",
    [
        pytest.param(want(specifier="123"), id="unknown specifier"),
        pytest.param(want(points=("depot-7", "42")), id="unknown rID"),
        pytest.param(want(granularity_s=7200), id="granularity out of range"),
    ],
)
def test_a_report_we_do_not_offer_is_refused_and_others_are_not(wish: dict[str, object]) -> None:
    talk = Talk(Script(polls=[create_report(wish | {"report_request_id": "bad"}, want())])).run(5)

    assert [fact.request for fact in talk.sink.of(ReportRequested)] == ["RR1"]
    (created,) = talk.script.sent("oadrCreatedReport")
    assert texts(created, "responseCode") == ["461"]
    assert texts(created, "reportRequestID") == ["RR1"]


def test_metadata_is_told_again_when_asked_for() -> None:
    talk = Talk(Script(polls=[create_report(want("M1", specifier="METADATA"))])).run(5)

    assert talk.script.kinds()[1:5] == [
        "oadrPoll",
        "oadrCreatedReport",
        "oadrRegisterReport",
        "oadrPoll",
    ]
    assert texts(talk.script.sent("oadrRegisterReport")[0], "reportRequestID")[-1] == "M1"


@pytest.mark.parametrize("way", ["poll", "update"])
def test_a_cancelled_report_is_stored_and_confirmed(way: str) -> None:
    cancel = {
        "request_id": "C",
        "report_request_id": "RR1",
        "report_to_follow": False,
        "ven_id": "V",
    }
    if way == "poll":
        talk = Talk(Script(polls=[say("oadrCancelReport", **cancel)])).run(5)
    else:
        updated = say(
            "oadrUpdatedReport",
            response=OK,
            cancel_report=cancel | {"report_request_id": ["RR1"]},
            ven_id="V",
        )
        talk = Talk(Script(override={"oadrUpdateReport": updated}))
        talk.sink.reports = (update("U1"),)
        talk.run(5)

    assert [fact.request for fact in talk.sink.of(ReportCancelled)] == ["RR1"]
    assert len(talk.script.sent("oadrCanceledReport")) == 1


def test_reports_are_delivered_once_each_and_survive_an_outage() -> None:
    talk = Talk(Script(override={"oadrUpdateReport": Reply(status=503, body=b"")}))
    talk.sink.reports = tuple(update(f"U{i}") for i in range(50))
    talk.run(300)
    assert not talk.sink.of(ReportDelivered)

    del talk.script.override["oadrUpdateReport"]
    before = len(talk.script.log)
    talk.run(120)

    delivered = [
        texts(request, "eiReportID")[0]
        for _, kind, request in talk.script.log[before:]
        if kind == "oadrUpdateReport"
    ]
    assert delivered == [f"U{i}" for i in range(50)]
    assert not talk.sink.reports


@pytest.mark.parametrize(
    ("specifier", "values"),
    [("usage-power", ["7400.5", "-1000.0"]), ("usage-energy", ["123.346", "-16.0"])],
)
def test_a_report_carries_its_quantity_with_times_and_quality(
    specifier: str, values: list[str]
) -> None:
    talk = Talk()
    talk.sink.reports = (update("U1", specifier=specifier),)
    talk.run(1)

    (sent,) = talk.script.sent("oadrUpdateReport")
    assert texts(sent, "value") == values
    assert texts(sent, "rID") == ["depot-7", "depot-7"]
    assert texts(sent, "oadrDataQuality") == [
        "Quality Good - Non Specific",
        "Quality Uncertain - Non Specific",
    ]
    assert texts(sent, "date-time") == [
        "2027-01-15T08:00:00Z",
        "2027-01-15T08:00:00Z",
        "2027-01-15T08:01:00Z",
    ]


def test_a_report_that_is_not_ours_holds_up_no_other() -> None:
    talk = Talk()
    talk.sink.reports = (update("theirs", specifier="unknown"), update("ours"))
    talk.run(30)

    assert [fact.update for fact in talk.sink.of(ReportDelivered)] == ["ours"]


# --- whatever happens ----------------------------------------------------------------------------

SAID: list[Override] = [
    NoReply(why="timeout"),
    NoReply(why="too_large"),
    Reply(status=503, body=b""),
    Reply(status=302, body=b""),
    b"",
    b"<a>",
    response(),
    response(452),
    response(463),
    response(469),
    registration(),
    registration(ven=None),
    registration(code=463),
    distribute(event("A")),
    distribute(event("A", version=1), event("B")),
    distribute(),
    distribute(event("A"), vtn="other"),
    without_zone(distribute(event("A"))),
    create_report(want()),
    create_report(want("M", specifier="METADATA")),
    say("oadrCancelReport", request_id="C", report_request_id="RR1", report_to_follow=False),
    say("oadrRegisterReport", request_id="q", reports=[]),
    say("oadrRegisteredReport", response=OK, ven_id="V", report_requests=[want()]),
    say("oadrUpdatedReport", response=OK, ven_id="V"),
    say("oadrRequestReregistration", ven_id="V"),
    say("oadrCancelPartyRegistration", request_id="C", registration_id="R", ven_id="V"),
    say("oadrPoll", ven_id="V"),
]


class Fitful(Script):
    """A VTN that says anything to anything for a while."""

    def __init__(self, said: list[Override]) -> None:
        super().__init__()
        self.said = said

    def answer(self, request: Request, now: Instant) -> Reply | NoReply:
        usual = super().answer(request, now)
        given = self.said.pop() if self.said else usual
        return given if isinstance(given, Reply | NoReply) else Reply(status=200, body=given)


@tried(max_examples=50, deadline=None)
@given(
    said=st.lists(st.sampled_from(SAID), max_size=60),
    registered=st.booleans(),
    outages=st.integers(0, 3),
)
def test_a_ven_outlives_whatever_the_vtn_says_and_works_again(
    said: list[Override],
    registered: bool,  # noqa: FBT001 - drawn
    outages: int,
) -> None:
    talk = Talk(Fitful(said), resume=REGISTERED if registered else None)
    talk.sink.reports = (update("U1"),)
    for _ in range(outages):
        talk.sink.down = not talk.sink.down
        talk.run(100)
    talk.sink.down = False
    talk.run(20_000, stop=lambda: not said)
    talk.script.polls.append(distribute(event("LAST")))
    talk.run(400)

    assert talk.session.registered is not None
    last = talk.sink.of(Distributed)[-1]
    assert [one.id for one in last.distribution.events] == ["LAST"]
    assert not talk.sink.answers
    assert not talk.sink.reports
