"""What a VEN answers, which sites it tells, and when its VTN counts as lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gridbridge.domain.events import Event, Opt, RefusalReason
from gridbridge.domain.facts import AnswerDelivered, ReportDelivered, VenFact
from gridbridge.domain.programs import RespondRule
from gridbridge.domain.units import Seconds
from gridbridge.engine.ven.ledger import CONFIRM_AFTER, FEW
from gridbridge.engine.ven.silence import SILENCE
from tests.unit.engine.ven.talk import (
    HEARD,
    REGISTERED,
    REGISTRATION_LOST,
    SITES,
    VEN,
    Talk,
    event,
    program,
    said,
    wanted,
)

# --- the ledger ------------------------------------------------------------------------------


def test_an_event_is_answered_once_and_every_member_is_told() -> None:
    talk = Talk()

    decided = talk.hear(said(event()))

    assert decided is not None
    assert [(it.event, it.opt) for it in decided.answers] == [("e", Opt.IN)]
    assert [assign.site for assign in decided.assignments] == list(SITES)


def test_the_same_distribution_twice_decides_once() -> None:
    talk = Talk()
    talk.hear(said(event()))

    assert talk.hear(said(event())) is None


def test_a_lower_version_never_overrides_and_is_refused_to_the_vtn() -> None:
    talk = Talk()
    talk.hear(said(event(version=3)))
    talk.deliver()

    decided = talk.hear(said(event(version=2, cancelled=True)))

    assert decided is None
    assert talk.engine.state.ledger["e"].event.version == 3
    assert [(it.version, it.refused) for it in talk.engine.owed()[1]] == [
        (2, RefusalReason.OUT_OF_SEQUENCE)
    ]


def test_a_cancellation_is_answered_and_lifts_the_event_of_every_member() -> None:
    talk = Talk()
    talk.hear(said(event()))

    decided = talk.hear(said(event(version=1, cancelled=True)))

    assert decided is not None
    assert [(it.version, it.opt) for it in decided.answers] == [(1, Opt.IN)]
    assert [(it.site, it.standing) for it in decided.assignments] == [(it, None) for it in SITES]


@pytest.mark.parametrize(
    ("targets", "still"),
    [
        pytest.param(("resource:depot-1",), [SITES[0]], id="to one of them"),
        pytest.param(("resource:elsewhere",), [], id="to somebody else"),
        pytest.param((), list(SITES), id="to all again"),
    ],
)
def test_a_site_that_a_new_version_is_no_longer_addressed_to_is_let_go(
    targets: tuple[str, ...], still: list[str]
) -> None:
    talk = Talk()
    talk.hear(said(event()))

    decided = talk.hear(said(replace(event(version=1), targets=targets)))

    assert decided is not None
    told = {it.site: it.standing is not None for it in decided.assignments}
    assert told == {site: site in still for site in SITES}
    (shown,) = talk.engine.view(talk.now).events
    assert list(shown.sites) == still


def test_a_first_version_is_no_business_of_those_that_it_is_not_addressed_to() -> None:
    decided = Talk().hear(said(replace(event(), targets=("resource:depot-1",))))

    assert decided is not None
    assert [it.site for it in decided.assignments] == [SITES[0]]


# Some VTNs cancel without raising the modificationNumber.


@pytest.mark.parametrize("asked", [True, False], ids=["asked for", "unasked"])
def test_a_cancellation_with_the_same_version_lifts_and_is_answered_once(*, asked: bool) -> None:
    talk = Talk()
    talk.hear(said(event(version=4)))
    talk.deliver()

    decided = talk.hear(said(event(version=4, cancelled=True), asked=asked))
    owed = talk.engine.owed()[1]
    talk.deliver()

    assert decided is not None
    assert [(it.version, it.opt) for it in decided.answers] == [(4, Opt.IN)]
    assert [(it.site, it.standing) for it in decided.assignments] == [(it, None) for it in SITES]
    assert owed == decided.answers
    assert talk.engine.owed()[1] == ()
    assert talk.decide() is None


def test_what_was_cancelled_under_the_same_version_stays_so_when_a_copy_of_it_comes() -> None:
    talk = Talk()
    talk.hear(said(event(version=4)))
    talk.hear(said(event(version=4, cancelled=True)))

    decided = talk.hear(said(event(version=4), asked=False))

    assert decided is None
    assert talk.over() == {"e": True}
    assert [(it.version, it.why) for it in talk.engine.owed()[1]] == [(4, "cancelled")]


def test_only_a_higher_version_makes_a_cancelled_event_stand_again() -> None:
    talk = Talk()
    talk.hear(said(event(version=4)))
    talk.hear(said(event(version=4, cancelled=True)))

    decided = talk.hear(said(event(version=5)))

    assert decided is not None
    assert all(it.standing == event(version=5) for it in decided.assignments)


def test_the_answer_to_an_event_that_arrives_late_confirms_no_cancellation_of_it() -> None:
    talk = Talk()
    talk.hear(said(event(version=4)))
    to_the_event = AnswerDelivered(ven=VEN, answers=talk.engine.owed()[1])
    decided = talk.hear(said(event(version=4, cancelled=True)))

    talk.hear(to_the_event)

    assert decided is not None
    assert talk.engine.owed()[1] == decided.answers


def test_a_decision_about_an_event_settles_no_cancellation_that_it_did_not_know() -> None:
    talk = Talk()
    talk.hear(said(event(version=4)))
    talk.log.insert(1, (talk.log[0][0] + "-1", replace(
        talk.log[0][1], fact=said(event(version=4, cancelled=True))
    )))  # fmt: skip

    decided = talk.revived(talk.engine.again().snapshot(), "0").decide(talk.now)

    assert decided is not None
    assert all(it.standing is None for it in decided.assignments)
    assert len(decided.assignments) == len(SITES)


def test_an_event_that_vanished_and_is_then_cancelled_does_not_come_back() -> None:
    talk = Talk()
    talk.hear(said(event(version=4)))
    talk.hear(said())
    talk.hear(said(event(version=4, cancelled=True)))

    talk.hear(said(event(version=4)))

    assert talk.over() == {"e": True}


def many(count: int, **changes: float) -> list[Event]:
    return [event(f"e{number}", **changes) for number in range(count)]  # type: ignore[arg-type]  # times only


@pytest.mark.parametrize("gone", range(1, FEW + 1))
def test_a_few_events_gone_in_one_poll_are_lifted_at_once(gone: int) -> None:
    talk = Talk()
    talk.hear(said(*many(6)))

    talk.hear(said(*many(6)[gone:]))

    assert sum(talk.over().values()) == gone


@pytest.mark.parametrize(
    ("polls", "lifted"),
    [
        pytest.param([10.0], 0, id="one poll"),
        pytest.param([10.0, CONFIRM_AFTER - 1.0], 0, id="a second one too soon"),
        pytest.param([10.0, CONFIRM_AFTER], FEW + 1, id="a second one in time"),
        pytest.param([10.0, 20.0, 20.0, 20.0], FEW + 1, id="several in between"),
    ],
)
def test_many_events_gone_in_one_poll_are_held_until_confirmed(
    polls: list[float], lifted: int
) -> None:
    talk = Talk()
    talk.hear(said(*many(FEW + 1)))

    for after in polls:
        talk.hear(said(), after=after)

    assert sum(talk.over().values()) == lifted


def test_held_events_stay_held_when_some_of_them_return() -> None:
    events = many(FEW + 1)
    talk = Talk()
    talk.hear(said(*events))
    talk.hear(said(), after=10.0)

    talk.hear(said(events[0]), after=10.0)

    assert not any(talk.over().values())


def test_events_that_are_over_do_not_vanish() -> None:
    talk = Talk()
    talk.hear(said(*many(FEW + 1, start=0.0, end=60.0)))

    decided = talk.hear(said(), after=60.0)

    assert decided is None


@pytest.mark.parametrize("version", [0, 1], ids=["the same version", "a newer one"])
def test_an_explicit_cancellation_is_never_held(version: int) -> None:
    count = FEW + 2
    talk = Talk()
    talk.hear(said(*many(count)))

    decided = talk.hear(
        said(*(event(f"e{number}", version=version, cancelled=True) for number in range(count)))
    )

    assert decided is not None
    assert len(decided.assignments) == count * len(SITES)
    assert all(assign.standing is None for assign in decided.assignments)


# --- the silence of a VTN --------------------------------------------------------------------


def test_each_program_is_lost_after_its_own_patience_and_back_with_the_first_word() -> None:
    talk = Talk(program("short", lost_after=300.0), program("long", market="n"))
    talk.hear(HEARD)

    first, second = talk.wait(300.0), talk.wait(600.0)
    back = talk.hear(said())

    assert first is not None
    assert second is not None
    assert back is not None
    assert (first.lost, second.lost) == (("short",), ("long",))
    assert set(back.back) == {"short", "long"}
    assert talk.engine.state.lost == ()


def test_no_vtn_is_lost_sooner_than_it_is_heard() -> None:
    talk = Talk(program(lost_after=1.0))
    talk.hear(HEARD)

    assert talk.wait(SILENCE - 1.0) is None


@pytest.mark.parametrize(
    "fact",
    [
        pytest.param(REGISTERED, id="it registers us"),
        pytest.param(REGISTRATION_LOST, id="it forgets us"),
        pytest.param(wanted(every=0.0), id="it asks for a report"),
        pytest.param(ReportDelivered(ven=VEN, update="q-1"), id="it takes a report"),
    ],
)
@pytest.mark.parametrize("first", [None, HEARD], ids=["from the start", "after it was heard"])
def test_a_vtn_that_answers_no_poll_is_lost(fact: VenFact, first: VenFact | None) -> None:
    talk = Talk()
    if first is not None:
        talk.hear(first)
    talk.hear(fact)
    for _ in range(3):
        talk.hear(fact, after=250.0)

    talk.wait(150.0)

    assert talk.engine.state.lost == ("peak",)


def test_a_loss_is_decided_once() -> None:
    talk = Talk()
    talk.hear(HEARD)
    talk.wait(900.0)

    assert talk.wait(900.0) is None


# --- answers ---------------------------------------------------------------------------------

RULES = RespondRule(notice_below=Seconds(600.0), never_opt_out_levels=frozenset({3}))


@pytest.mark.parametrize(
    ("respond", "said_event", "opt", "refused"),
    [
        pytest.param(RespondRule(), event(), Opt.IN, None, id="the default"),
        pytest.param(RespondRule(default=Opt.OUT), event(), Opt.OUT, None, id="another default"),
        pytest.param(RULES, event(start=600.0), Opt.IN, None, id="notice enough"),
        pytest.param(RULES, event(start=599.0), Opt.OUT, None, id="too little notice"),
        pytest.param(
            RespondRule(),
            event(market="x"),
            Opt.OUT,
            RefusalReason.UNKNOWN_MARKET,
            id="a market of no program",
        ),
        pytest.param(
            RespondRule(),
            event(level=2.0),
            Opt.OUT,
            RefusalReason.UNKNOWN_SIGNAL,
            id="a signal without a rule",
        ),
    ],
)
def test_an_event_is_answered_by_the_rules_of_its_program(
    respond: RespondRule, said_event: Event, opt: Opt, refused: RefusalReason | None
) -> None:
    talk = Talk(program(respond=respond))

    decided = talk.hear(said(said_event))

    assert decided is not None
    assert [(it.opt, it.refused) for it in decided.answers] == [(opt, refused)]


def test_the_same_version_is_owed_the_answer_that_it_got() -> None:
    talk = Talk(program(respond=RULES))
    talk.hear(said(event(start=600.0)))
    first = talk.engine.owed()[1]

    talk.hear(said(event(start=600.0)), after=300.0)

    assert talk.engine.owed()[1] == first


# --- reports ---------------------------------------------------------------------------------


def test_a_fact_between_the_moment_and_its_sample_costs_no_sample() -> None:
    talk = Talk()
    talk.hear(wanted())
    talk.wait(0.0)

    talk.hear(HEARD, after=60.001)
    decided = talk.wait(0.049)

    assert decided is not None
    assert [len(it) for it in decided.reports[0].samples.values()] == [1, 1]


def test_a_report_without_granularity_has_intervals_as_long_as_itself() -> None:
    talk = Talk()
    talk.hear(wanted(granularity=0.0, every=300.0))
    talk.wait(0.0)

    decided = talk.wait(300.0)

    assert decided is not None
    assert {it.length for each in decided.reports[0].samples.values() for it in each} == {300.0}
