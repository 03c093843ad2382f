"""What is shown of a VEN whose VTN is, or is not, in reach."""

from __future__ import annotations

from dataclasses import replace

from gridbridge.domain.programs import Lost, LostRule
from gridbridge.domain.units import Seconds, Watts
from gridbridge.domain.views import LostProgramView
from gridbridge.engine.ven.ledger import FEW
from tests.unit.engine.ven.talk import (
    HEARD,
    NOW,
    REGISTERED,
    REGISTRATION_LOST,
    Talk,
    event,
    program,
    said,
)

AT_MOST = LostRule(after=Seconds(300.0), then=Lost.KW, limit=Watts(60_000.0))


def test_a_vtn_that_never_answered_is_neither_registered_nor_heard() -> None:
    view = Talk().engine.view(NOW)

    assert (view.registered, view.heard, view.lost) == (False, None, False)


def test_a_lost_registration_shows_and_so_does_when_the_vtn_was_heard() -> None:
    talk = Talk()
    talk.hear(REGISTERED)
    talk.hear(HEARD, after=60.0)
    before = talk.engine.view(talk.now)
    talk.hear(REGISTRATION_LOST, after=60.0)

    view = talk.engine.view(talk.now)

    assert (before.registered, before.ven_id) == (True, "V")
    assert (view.registered, view.ven_id, view.heard) == (False, None, NOW + 60.0)


def test_events_that_are_held_because_many_vanished_at_once_are_an_alarm() -> None:
    talk = Talk()
    talk.hear(said(*(event(f"e{number}") for number in range(FEW + 1))))
    before = talk.engine.view(talk.now)
    talk.hear(said())

    held = talk.engine.view(talk.now)
    over = talk.engine.view(event().end)

    assert (before.alarms, over.alarms) == ((), ())
    assert [(it.name, it.detail) for it in held.alarms] == [
        ("vanished_events_held", f"{FEW + 1} live events vanished at once")
    ]


def test_each_program_whose_lost_rule_acts_is_shown_with_what_holds() -> None:
    talk = Talk(replace(program("short"), lost=AT_MOST), program("long", market="n"))
    talk.hear(HEARD)
    talk.wait(300.0)
    lost = talk.engine.view(talk.now)
    talk.hear(said())

    back = talk.engine.view(talk.now)

    assert (lost.lost, lost.lost_programs) == (
        True,
        (LostProgramView(program=program("short").name, then=Lost.KW, limit=Watts(60_000.0)),),
    )
    assert (back.lost, back.lost_programs) == (False, ())
