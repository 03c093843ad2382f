"""Room that becomes free is no matter to a site in which nobody waits for it."""

from __future__ import annotations

import pytest

from gridbridge.domain.facts import Metered, Reading
from gridbridge.domain.ids import StationId
from gridbridge.domain.units import Amperes, Instant
from gridbridge.engine.site.holds import READ_WITHIN
from gridbridge.engine.site.metering import VOLTS_FOR
from tests.safety.world import World
from tests.unit.engine.site.sites import SETTLE, SITE, Driven, depot

SEEDS = range(60)


class Thorough(World):
    """A world whose engine plans anew whenever an EVSE may draw less than it might."""

    def decide(self) -> None:
        engine = self.engine
        due = engine.next_wakeup()
        if engine._folder.finder.roomier or (due is not None and due <= self.now):
            engine._dirty = True
        super().decide()


@pytest.mark.parametrize("batch", range(3))
def test_planning_whenever_room_became_free_would_decide_the_same(batch: int) -> None:
    for seed in SEEDS[batch::3]:
        quick, thorough = World(seed), Thorough(seed)
        for world in (quick, thorough):
            if seed % 4:
                world.begin()
            world.run(25)

        assert quick.engine.snapshot() == thorough.engine.snapshot(), seed
        assert quick.engine.next_wakeup() == thorough.engine.next_wakeup(), seed


def reads(driven: Driven, number: int, volts: float) -> None:
    """A station meters its voltage now."""
    reading = Reading(
        station=StationId(f"CP-{number}"),
        epoch=1,
        evse=1,
        taken=driven.now,
        volts=(volts, volts, volts),
    )
    driven.fact(Metered(site=SITE, readings=(reading,)))


def test_the_voltage_that_counts_does_not_depend_on_how_often_the_engine_was_asked() -> None:
    asked, alone = Driven(depot(stations=2)), Driven(depot(stations=2))
    for driven in (asked, alone):
        driven.arrive(1)
        driven.arrive(2)
        reads(driven, 1, 241.0)
        driven.now = Instant(driven.now + VOLTS_FOR - 1.0)
        reads(driven, 2, 235.0)
        driven.now = Instant(driven.now + 2.0)
        if driven is asked:
            driven.engine.expire(driven.now)
        reads(driven, 2, 239.0)

    assert asked.engine.state.volts == alone.engine.state.volts


def cut() -> Driven:
    """A depot that was just told to draw less, and whose stations took that at once."""
    driven = Driven(depot(stations=3))
    for number in (1, 2, 3):
        driven.arrive(number)
    driven.run(120.0)
    driven.event(2.0, start=driven.now, end=Instant(driven.now + 3600.0))
    driven.decide()
    return driven


def test_an_answer_nobody_waited_for_makes_no_new_plan() -> None:
    driven = cut()
    engine = driven.engine
    before = engine._plan

    assert engine.decide(driven.now) is None
    assert engine.next_wakeup() == driven.now + SETTLE
    assert engine.decide(Instant(driven.now + SETTLE)) is None

    assert engine._plan is before


def test_a_cut_that_has_settled_is_forgotten_once_no_reading_of_it_can_come() -> None:
    driven = cut()
    stations = driven.engine.state.stations.values()
    held = [own for station in stations for own in station.evses.values()]

    last = driven.now + SETTLE + READ_WITHIN
    driven.engine.expire(Instant(last - 0.1))
    assert all(own.fading for own in held)
    driven.engine.expire(Instant(last))

    assert not any(own.fading for own in held)


@pytest.mark.parametrize("late", [4.0, 8.0, 11.0])
def test_what_a_late_reading_says_does_not_depend_on_how_often_the_engine_was_asked(
    late: float,
) -> None:
    asked, alone = cut(), cut()
    taken = Instant(asked.now + SETTLE - 1.0)
    at = Instant(taken + late)
    reading = Reading(
        station=StationId("CP-1"), epoch=1, evse=1, taken=taken, amps=(Amperes(16.0),) * 3
    )
    for driven in (asked, alone):
        if driven is asked:
            driven.engine.expire(Instant(at - 0.1))
        driven.now = at
        driven.fact(Metered(site=SITE, readings=(reading,)))
        driven.engine.expire(at)

    assert asked.engine.snapshot() == alone.engine.snapshot()
