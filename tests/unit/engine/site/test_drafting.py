"""When a station is written to: cuts at once, raises seldom, the same never."""

from __future__ import annotations

from gridbridge.domain.units import Instant
from gridbridge.engine.site.drafting import RAISE_AFTER
from gridbridge.engine.site.holds import ANSWER_WITHIN
from tests.unit.engine.site.sites import SETTLE, Driven, depot

WATTS_PER_AMP = 3 * 400 / 3**0.5 * 1.1


def settled(stations: int = 3) -> Driven:
    """A depot in which everybody charges and nothing moves any more."""
    driven = Driven(depot(stations=stations))
    for number in range(1, stations + 1):
        driven.arrive(number)
    driven.run(120.0)
    driven.writes.clear()
    return driven


def test_everybody_ends_at_the_fair_share() -> None:
    driven = settled()

    assert [driven.limit(number) for number in (1, 2, 3)] == [16.0, 16.0, 16.0]


def test_where_nothing_changes_nothing_is_written_but_the_end_moved_twice_a_day() -> None:
    driven = settled()
    driven.run(24 * 3600.0)

    assert driven.writes == {"CP-1": 2, "CP-2": 2, "CP-3": 2}


def test_stations_that_settle_one_after_the_other_cost_few_writes() -> None:
    driven = Driven(depot())
    for number in (1, 2, 3):
        driven.arrive(number)
        driven.run(2.0)
    driven.run(120.0)

    assert max(driven.writes.values()) <= 4


def test_a_cut_is_written_at_once_even_right_after_a_raise() -> None:
    driven = settled()
    driven.plug(1, occupied=False)
    driven.plug(2, occupied=False)
    driven.run(RAISE_AFTER + 60.0)
    driven.event(2.0, start=driven.now, end=Instant(driven.now + 3600.0))

    decided = driven.decide()

    assert decided is not None
    assert len(decided.changes) == 3
    told = sum(driven.limit(number) for number in (1, 2, 3))
    assert told * WATTS_PER_AMP <= 15e3


def test_it_wants_to_be_asked_again_when_an_answer_is_overdue_though_no_fact_comes() -> None:
    driven = settled()
    driven.event(2.0, start=driven.now, end=Instant(driven.now + 3600.0))

    driven.engine.decide(driven.now)

    assert driven.engine.next_wakeup() == driven.now + ANSWER_WITHIN


def test_a_raise_waits_until_the_station_was_left_alone() -> None:
    driven = settled()
    driven.event(2.0, start=driven.now, end=Instant(driven.now + 3600.0))
    driven.decide()
    low = driven.limit(1)
    driven.now = Instant(driven.now + SETTLE + 1.0)
    driven.event(1.0, start=driven.now, end=Instant(driven.now + 3600.0), version=1)

    driven.decide()
    assert driven.limit(1) == low

    driven.run(RAISE_AFTER + 25.0)
    assert driven.limit(1) > low


def test_a_car_that_just_came_waits_for_nothing() -> None:
    driven = settled()
    driven.plug(3, occupied=False)
    driven.run(90.0)
    driven.event(2.0, start=driven.now, end=Instant(driven.now + 3600.0))
    driven.decide()
    assert driven.limit(3) == 0.0
    driven.now = Instant(driven.now + SETTLE + 25.0)
    driven.plug(3)

    driven.run(SETTLE + 25.0)

    assert driven.limit(3) >= 6.0


def test_a_car_that_got_nothing_yet_waits_no_longer_than_for_room() -> None:
    driven = Driven(depot(main_amps=12.0))
    driven.arrive(1)
    driven.arrive(2)
    driven.run(120.0)
    driven.arrive(3)
    driven.run(5.0)
    assert driven.limit(3) == 0.0

    driven.plug(1, occupied=False)
    driven.run(SETTLE + 1.0)

    assert driven.limit(3) == 6.0


def test_a_car_that_was_cut_to_nothing_waits_like_any_other() -> None:
    driven = settled(stations=4)
    driven.event(2.0, start=driven.now, end=Instant(driven.now + 3600.0))
    driven.decide()
    assert driven.limit(4) == 0.0
    driven.run(RAISE_AFTER - 2 * SETTLE)
    driven.plug(1, occupied=False)

    driven.run(SETTLE + 1.0)
    assert driven.limit(4) == 0.0

    driven.run(SETTLE)
    assert driven.limit(4) >= 6.0
