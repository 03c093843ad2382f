"""Which event of a program rules when, and how it lets go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gridbridge.domain.limits import Authority, Limit
from gridbridge.domain.programs import ReleaseRule
from gridbridge.domain.units import Instant, Seconds
from gridbridge.policy.enrolled import EnrolledEvent
from gridbridge.policy.timeline import RAMP_STEPS, limits_of
from tests.unit.policy.programs import BASIS, SITE, event, program

GENTLY = ReleaseRule(ramp=Seconds(800.0), stagger=Seconds(0.0))


def ruling(limits: tuple[Limit, ...], at: float) -> set[str]:
    return {limit.source.name for limit in limits if limit.start <= at < limit.end}


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param(
            [event("a", 0, 100), event("b", 40, 60, strength=1)],
            {20: {"a"}, 50: {"b"}, 80: {"a"}},
            id="the stronger rules where both stand",
        ),
        pytest.param(
            [event("a", 0, 100), event("b", 40, 60)],
            {20: {"a"}, 50: {"a", "b"}, 80: {"a"}},
            id="of equals both stand",
        ),
        pytest.param(
            [event("a", 0, 10), event("b", 20, 30)], {15: set(), 25: {"b"}}, id="a gap is free"
        ),
        pytest.param([event("a", 0, 100, test=True)], {50: set()}, id="a test binds nobody"),
        pytest.param([replace(event("a", 0, 100), opted_in=False)], {50: set()}, id="opted out"),
        pytest.param(
            [replace(event("a", 0, 100), lifted=Instant(40.0))],
            {30: {"a"}, 50: set()},
            id="called off while it ran",
        ),
    ],
)
def test_the_strongest_event_rules_each_instant(
    events: list[EnrolledEvent], expected: dict[float, set[str]]
) -> None:
    limits = limits_of(program(), SITE, BASIS, events)

    assert {at: ruling(limits, at) for at in expected} == expected


def test_a_release_goes_up_in_steps_and_never_down() -> None:
    limits = limits_of(program(release=GENTLY), SITE, BASIS, [event("a", 0, 100)])
    steps = sorted((each for each in limits if each.source.kind == "release"),
                   key=lambda each: each.start)  # fmt: skip

    powers = [each.max_import for each in steps if each.max_import is not None]
    assert len(powers) == RAMP_STEPS
    assert powers == sorted(powers)
    assert powers[0] > 20_000.0
    assert powers[-1] < BASIS.import_w
    assert (steps[0].start, steps[-1].end) == (100.0, 900.0)


def test_a_release_follows_only_where_nothing_of_the_program_follows() -> None:
    events = [event("a", 0, 100), event("b", 100, 200)]

    limits = limits_of(program(release=GENTLY), SITE, BASIS, events)

    assert {each.source.name for each in limits if each.source.kind == "release"} == {"b"}


def test_a_release_never_binds_harder_than_a_wish() -> None:
    hard = program(authority=Authority.BINDING, release=GENTLY)

    limits = limits_of(hard, SITE, BASIS, [event("a", 0, 100)])

    assert {each.authority for each in limits if each.source.kind == "release"} == {
        Authority.VOLUNTARY
    }


def test_a_randomised_start_moves_the_end_as_far() -> None:
    (moved,) = limits_of(program(), SITE, BASIS, [event("a", 0, 100, start_after=600.0)])

    assert 0.0 <= moved.start <= 600.0
    assert moved.end - moved.start == 100.0
