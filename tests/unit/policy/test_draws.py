"""Draws: a restart repeats them, and sites spread evenly."""

from __future__ import annotations

from gridbridge.domain.ids import EventId, SiteId
from gridbridge.domain.units import Seconds
from gridbridge.policy.draws import draw

UPTO = Seconds(599.0)


def drawn(site: str, *, event: str = "e", purpose: str = "end", upto: Seconds = UPTO) -> Seconds:
    return draw(event=EventId(event), site=SiteId(site), purpose=purpose, upto=upto)


def test_the_same_event_and_site_draw_the_same_again() -> None:
    assert drawn("depot-7") == drawn("depot-7")


def test_start_and_end_of_one_event_are_drawn_apart() -> None:
    starts = [drawn(f"s{number}", purpose="start") for number in range(50)]
    ends = [drawn(f"s{number}", purpose="end") for number in range(50)]

    assert starts != ends


def test_draws_are_whole_seconds_within_the_bound() -> None:
    draws = [drawn(f"s{number}") for number in range(2000)]

    assert all(value.is_integer() and 0 <= value <= UPTO for value in draws)


def test_draws_of_many_sites_are_uniform() -> None:
    draws = [drawn(f"s{number}") for number in range(10_000)]

    tenths = [
        sum(60 * tenth <= value < 60 * (tenth + 1) for value in draws) for tenth in range(10)
    ]
    assert all(850 < count < 1150 for count in tenths)


def test_nothing_to_draw_from_is_no_delay() -> None:
    assert drawn("s", upto=Seconds(0.0)) == 0.0
