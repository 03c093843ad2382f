"""What meters would have said had cars been allowed less."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gridbridge.domain.facts import Metered, Reading
from gridbridge.domain.ids import StationId
from gridbridge.domain.site import Site, SiteMeter, Wiring
from gridbridge.domain.units import Amperes, Instant, Seconds, Watts
from gridbridge.engine.replay.drawing import HOLDS, Draws
from gridbridge.engine.replay.recording import Rules
from tests.unit.engine.replay.runs import Run, plain

CP_1 = StationId("CP-1")
SITE = replace(
    plain(stations=2),
    meter=SiteMeter(station=CP_1, stale=Seconds(3600.0), reserve_w=Watts(0.0)),
)
ALLOWED = 16.0 * 3 * 400.0 / 3**0.5
"""16 A of a main of 32 A each, where both have a car."""


@pytest.fixture
def run() -> Run:
    return ran(SITE)


def ran(site: Site) -> Run:
    it = Run(
        Rules(site=replace(site, circuits=plain(main_amps=32.0).circuits), programs={}, config="c")
    )
    it.day()
    it.plugged("CP-1", occupied=True)
    return it


def between_wires(site: Site) -> Site:
    wiring = Wiring(wires=(0, 1), between=True)
    return replace(
        site,
        stations=tuple(
            replace(station, evses=tuple(replace(evse, wiring=wiring) for evse in station.evses))
            for station in site.stations
        ),
    )


def reading(power: float | None, *, evse: int = 1, amps: float | None = None) -> Reading:
    each = None if amps is None else (Amperes(amps),) * 3
    return Reading(
        station=CP_1,
        epoch=1,
        evse=evse,
        taken=Instant(0.0),
        power=None if power is None else Watts(power),
        amps=each,
    )


def said(run: Run, *readings: Reading) -> tuple[Reading, ...]:
    fact = Metered(site=run.rules.site.id, readings=readings)
    return Draws(run.engine).take(fact, run.now).readings


def test_what_is_allowed_is_as_recorded(run: Run) -> None:
    obeying = reading(9_000.0, amps=13.0)

    assert said(run, obeying) == (obeying,)


def test_what_is_more_is_cut_in_power_and_in_currents(run: Run) -> None:
    (found,) = said(run, reading(2 * ALLOWED, amps=32.0))

    assert found.power == pytest.approx(ALLOWED)
    assert found.amps == pytest.approx((16.0,) * 3)


def test_where_only_currents_are_metered_they_are_cut(run: Run) -> None:
    (found,) = said(run, reading(None, amps=32.0))

    assert found.power is None
    assert found.amps == pytest.approx((16.0,) * 3)


def test_a_load_between_two_wires_draws_at_the_voltage_between_them() -> None:
    draws = Draws((run := ran(between_wires(SITE))).engine)
    carried = replace(reading(None), amps=(Amperes(32.0), Amperes(32.0), None))
    draws.take(Metered(site=run.rules.site.id, readings=(carried,)), run.now)

    assert draws.power(0, run.now) == pytest.approx(32.0 * 400.0)
    assert draws.allowed(0, run.now) == pytest.approx(16.0 * 400.0)


def test_the_meter_of_the_site_shows_less_by_what_is_spared(run: Run) -> None:
    found = said(run, reading(2 * ALLOWED), reading(40_000.0, evse=0))

    assert found[1].power == pytest.approx(40_000.0 - ALLOWED)


def test_what_is_given_back_is_as_recorded(run: Run) -> None:
    assert said(run, reading(-5_000.0)) == (reading(-5_000.0),)


def test_a_power_counts_until_it_is_old(run: Run) -> None:
    draws = Draws(run.engine)
    draws.take(Metered(site=run.rules.site.id, readings=(reading(9_000.0),)), run.now)

    assert draws.power(0, Instant(run.now + HOLDS - 1.0)) == 9_000.0
    assert draws.power(0, Instant(run.now + HOLDS)) is None
    assert draws.power(1, run.now) is None
