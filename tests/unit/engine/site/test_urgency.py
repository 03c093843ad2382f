"""How much a car is in a hurry, from what was said and what was metered since."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gridbridge.domain.facts import Metered, NeedStated, Reading, SessionEnded, SessionStarted
from gridbridge.domain.ids import SessionId, StationId
from gridbridge.domain.needs import Need
from gridbridge.domain.site import Objective
from gridbridge.domain.units import FOREVER, Instant, WattHours
from gridbridge.engine.site.state import EvseState
from gridbridge.engine.site.urgency import GRAIN, SPARE_WHERE_UNKNOWN, Urgency, left, met, state
from gridbridge.engine.site.wires import wires_of
from tests.unit.engine.site.sites import SITE, START, Driven, depot

HOUR = 3600.0
FULL_KWH = 3 * 32.0 * 400 / 3**0.5 / 1000.0
"""What an EVSE of the depot gives in an hour."""


def own(kwh: float | None = None, hours: float | None = None, register: float = 0.0) -> EvseState:
    it = EvseState()
    it.reading = read(register)
    state(
        it,
        Need(
            energy=None if kwh is None else WattHours(1000 * kwh),
            departure=None if hours is None else Instant(START + HOUR * hours),
        ),
    )
    return it


def read(kwh: float) -> Reading:
    return Reading(
        station=StationId("CP-1"), epoch=1, evse=1, taken=START, energy=WattHours(1000 * kwh)
    )


@pytest.mark.parametrize(
    ("it", "expected"),
    [
        pytest.param(own(0, 0), 5.0, id="nothing to spare"),
        pytest.param(own(FULL_KWH, 1), 5.0, id="just in time"),
        pytest.param(own(9 * FULL_KWH, 1), 5.0, id="too late already"),
        pytest.param(own(FULL_KWH, 2), 3.0, id="an hour to spare"),
        pytest.param(own(FULL_KWH, 1.9), 1 + 4 / 1.75, id="in whole quarters of an hour"),
        pytest.param(own(None, 1), 3.0, id="it leaves, and nobody knows with how much"),
        pytest.param(own(50, None), 1.8, id="nobody knows when it leaves"),
        pytest.param(own(0, -1), 5.0, id="it should have left"),
    ],
)
def test_urgency_rises_as_time_to_spare_runs_out(it: EvseState, expected: float) -> None:
    urgency = Urgency(wires_of(depot(stations=1)))

    assert urgency.of([it], START)[0] == pytest.approx(expected)


def test_a_car_of_which_nobody_said_anything_counts_as_one_with_some_hours() -> None:
    urgency = Urgency(wires_of(depot(stations=2)))
    silent, asked = EvseState(), own(0, SPARE_WHERE_UNKNOWN / HOUR)

    first, second = urgency.of([silent, asked], START)

    assert first == second


@pytest.mark.parametrize(
    ("registers", "expected"),
    [
        pytest.param([100.0], 10.0, id="nothing yet"),
        pytest.param([100.0, 104.0], 6.0, id="what was metered since is served"),
        pytest.param([100.0, 115.0], -5.0, id="more than it wanted"),
        pytest.param([100.0, 3.0], 10.0, id="a register that starts anew"),
    ],
)
def test_what_is_left_follows_the_meter(registers: list[float], expected: float) -> None:
    it = own(10.0, register=registers[0])
    it.reading = read(registers[-1])

    found = left(it)

    assert found == pytest.approx(1000 * expected)
    assert met(it) == (expected <= 0)


def test_the_next_step_is_when_the_first_quarter_of_an_hour_is_over() -> None:
    urgency = Urgency(wires_of(depot(stations=3)))
    cars = [EvseState(), own(None, 1.1), own(0, 5)]

    due = urgency.next_step(cars, START)

    assert START < due <= START + 1e-2  # five hours are twenty whole quarters
    later = urgency.next_step(cars, due)
    assert START + 0.09 * HOUR < later < START + 0.11 * HOUR
    assert urgency.of(cars, later)[1] > urgency.of(cars, START)[1]
    assert urgency.next_step([EvseState()], START) == FOREVER
    assert GRAIN == HOUR / 4


# --- folded by an engine -----------------------------------------------------------------------


def driven(objective: Objective = Objective.THROUGHPUT) -> Driven:
    """Two cars at a depot that has power for one and a half."""
    it = Driven(replace(depot(stations=2, main_amps=38.0), objective=objective))
    for number in (1, 2):
        it.arrive(number)
        it.fact(
            SessionStarted(
                site=SITE,
                station=StationId(f"CP-{number}"),
                epoch=1,
                evse=1,
                session=SessionId("one"),
            )
        )
    it.run(120.0)
    return it


def stated(it: Driven, number: int, *, session: str = "one", kwh: float = 20.0) -> None:
    need = Need(energy=WattHours(1000 * kwh), departure=Instant(it.now + HOUR))
    it.fact(
        NeedStated(
            site=SITE,
            station=StationId(f"CP-{number}"),
            evse=1,
            session=SessionId(session),
            need=need,
        )
    )
    it.run(90.0)


def test_a_stated_need_moves_power_at_once() -> None:
    it = driven()

    stated(it, 2)

    assert (it.limit(1), it.limit(2)) == (6.0, 32.0)


def test_a_need_of_another_session_moves_nothing() -> None:
    it = driven()

    stated(it, 2, session="of yesterday")

    assert (it.limit(1), it.limit(2)) == (19.0, 19.0)


def test_a_need_ends_with_its_session() -> None:
    it = driven()
    stated(it, 2)

    ended = SessionId("one")
    it.fact(SessionEnded(site=SITE, station=StationId("CP-2"), epoch=1, evse=1, session=ended))
    it.run(90.0)

    assert (it.limit(1), it.limit(2)) == (19.0, 19.0)


def test_who_got_what_it_wanted_comes_last() -> None:
    it = driven()
    stated(it, 2, kwh=5.0)
    for register in (100.0, 105.0):
        reading = replace(read(register), station=StationId("CP-2"), taken=it.now)
        it.fact(Metered(site=SITE, readings=(reading,)))
        it.run(90.0)

    assert (it.limit(1), it.limit(2)) == (32.0, 6.0)


def test_a_site_that_shares_fairly_asks_nobody_for_a_hurry() -> None:
    it = driven(Objective.FAIR)

    stated(it, 2)

    assert (it.limit(1), it.limit(2)) == (19.0, 19.0)
    assert it.engine._planner.next_step(it.now) == FOREVER
