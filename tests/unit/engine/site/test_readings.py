"""What stations claim to measure: it may take from what others get, never add to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gridbridge.domain.facts import Metered, Reading
from gridbridge.domain.ids import StationId
from gridbridge.domain.site import SiteMeter, Wiring
from gridbridge.domain.units import Amperes, Instant, Seconds, Watts
from tests.unit.engine.site.sites import SETTLE, SITE, Driven, depot

NOMINAL = 400.0 / 3**0.5


def metered(driven: Driven, number: int, **values: object) -> None:
    """A reading of a station's EVSE, taken now unless it says when."""
    values.setdefault("taken", driven.now)
    reading = Reading(
        station=StationId(f"CP-{number}"),
        epoch=1,
        evse=1,
        **values,  # type: ignore[arg-type]  # the fields of a reading
    )
    driven.fact(Metered(site=SITE, readings=(reading,)))


def carried(amps: float) -> tuple[Amperes, Amperes, Amperes]:
    return (Amperes(amps),) * 3


def full(*, import_w: float, main_amps: float = 1000.0, settle: Seconds = SETTLE) -> Driven:
    """Three cars, all told what there is for them."""
    site = depot(main_amps=main_amps)
    stations = tuple(replace(station, settle=settle) for station in site.stations)
    driven = Driven(replace(site, import_w=Watts(import_w), stations=stations))
    for number in (1, 2, 3):
        driven.arrive(number)
    driven.run(120.0)
    return driven


@pytest.mark.parametrize("volts", [0.4, 1.0, 12.0, 110.0, 1999.0])
def test_a_voltage_that_the_supply_cannot_have_moves_no_limit(volts: float) -> None:
    driven = full(import_w=30e3)
    before = [driven.limit(number) for number in (1, 2, 3)]

    for _ in range(30):
        metered(driven, 1, volts=(volts, volts, volts), amps=carried(0.0))
        driven.run(5.0)

    assert [driven.limit(number) for number in (1, 2, 3)] == before
    assert sum(before) * 3 * NOMINAL <= 30e3


def test_a_voltage_of_long_ago_lets_nothing_more_through() -> None:
    driven = full(import_w=30e3)
    unmetered = sum(driven.limit(number) for number in (1, 2, 3))
    metered(driven, 1, volts=(210.0, 210.0, 210.0), amps=carried(0.0))
    driven.run(120.0)
    lower = sum(driven.limit(number) for number in (1, 2, 3))

    driven.run(3600.0)

    assert lower > unmetered
    assert sum(driven.limit(number) for number in (1, 2, 3)) == pytest.approx(unmetered)


def test_stations_that_meter_no_voltage_do_not_undo_what_others_metered() -> None:
    driven = full(import_w=30e3)
    metered(driven, 1, volts=(230.0, 230.0, 230.0), amps=carried(6.0))
    metered(driven, 2, amps=carried(6.0))
    driven.run(90.0)
    driven.writes.clear()
    for _ in range(20):
        metered(driven, 2, amps=carried(6.0))
        driven.run(20.0)
        metered(driven, 1, volts=(230.0, 230.0, 230.0), amps=carried(6.0))
        driven.run(20.0)

    assert driven.writes == {}


@pytest.mark.parametrize(
    ("taken_before_it_settled", "alarms"), [(0.5, []), (-0.2, ["draws_above_limit"])]
)
def test_a_reading_is_judged_by_what_held_when_it_was_taken(
    taken_before_it_settled: float, alarms: list[str]
) -> None:
    driven = full(import_w=100e3, main_amps=90.0)
    driven.event(2, start=driven.now, end=Instant(driven.now + 600.0))
    driven.decide()
    settled = Instant(driven.now + SETTLE)
    driven.run(SETTLE + 0.5)

    metered(driven, 1, taken=Instant(settled - taken_before_it_settled), amps=carried(30.0))
    driven.run(1.0)

    assert [alarm.name for alarm in driven.engine.view(driven.now).alarms] == alarms


def room(driven: Driven, breaker: float, *, drawn: dict[int, float]) -> float:
    """What the breaker has left when some draw what they do and the rest all they are told."""
    return breaker - sum(drawn.get(number, driven.limit(number)) for number in (1, 2, 3))


def test_a_station_that_overdraws_goes_on_counting_while_it_is_told_something_else() -> None:
    driven = full(import_w=100e3, main_amps=48.0, settle=Seconds(30.0))
    for _ in range(80):
        for number in (1, 2, 3):
            metered(driven, number, amps=carried(32.0 if number == 1 else driven.limit(number)))
        driven.run(1.0)
    assert room(driven, 48.0, drawn={1: 32.0}) >= 0.0

    # Others come and go, so that what it is told changes while it goes on not to care.
    worst = 100.0
    for second in range(240):
        if second % 20 == 0:
            driven.plug(3, occupied=second % 40 != 0)
        for number in (1, 2, 3):
            metered(driven, number, amps=carried(32.0 if number == 1 else driven.limit(number)))
        driven.run(1.0)
        worst = min(worst, room(driven, 48.0, drawn={1: 32.0}))

    assert worst >= 0.0


def test_a_power_reading_does_not_bring_an_old_current_back() -> None:
    driven = full(import_w=100e3, main_amps=48.0)
    metered(driven, 1, amps=carried(0.0))
    for _ in range(60):
        # From here on it meters power only: 22 kW, twice what it accepted.
        metered(driven, 1, power=Watts(22e3))
        driven.run(1.0)

    assert room(driven, 48.0, drawn={1: 22e3 / 3 / NOMINAL}) >= 0.0


def main_meter(driven: Driven, kilowatts: float) -> None:
    """A reading of the site's meter, which CP-2 has."""
    reading = Reading(
        station=StationId("CP-2"), epoch=1, evse=0, taken=driven.now, power=Watts(kilowatts * 1e3)
    )
    driven.fact(Metered(site=SITE, readings=(reading,)))


def with_a_meter() -> Driven:
    """Two cars on a site whose meter reserves nothing when it is stale."""
    meter = SiteMeter(station=StationId("CP-2"), stale=Seconds(60.0), reserve_w=Watts(0.0))
    driven = Driven(replace(depot(), meter=meter))
    for number in (1, 2):
        driven.arrive(number)
    driven.run(60.0)
    return driven


def test_an_absurd_power_does_not_hide_the_load_that_nobody_controls() -> None:
    driven = with_a_meter()

    for _ in range(40):
        metered(driven, 1, power=Watts(9e6))
        main_meter(driven, 90.0)
        driven.run(5.0)

    assert driven.engine.view(driven.now).reserve >= 90e3 - 32.0 * 3 * 1.2 * NOMINAL


def test_a_power_of_long_ago_is_not_subtracted_because_currents_are_new() -> None:
    driven = with_a_meter()
    metered(driven, 1, power=Watts(16e3))

    for _ in range(40):
        metered(driven, 1, amps=carried(0.0))
        main_meter(driven, 20.0)
        driven.run(5.0)

    assert driven.engine.view(driven.now).reserve >= 20e3


def test_a_station_that_meters_currents_only_is_no_load_that_nobody_controls() -> None:
    driven = with_a_meter()

    for _ in range(40):
        metered(driven, 1, amps=carried(20.0))
        main_meter(driven, 20.0 * 3 * NOMINAL / 1e3)
        driven.run(5.0)

    assert driven.engine.view(driven.now).reserve == 0.0


def test_who_draws_above_its_limit_no_longer_counts_once_the_car_has_left() -> None:
    driven = full(import_w=100e3, main_amps=48.0)
    metered(driven, 1, amps=carried(40.0))
    driven.run(60.0)
    assert driven.limit(2) <= 8.0

    driven.plug(1, occupied=False)
    driven.run(60.0)

    assert driven.limit(2) == 24.0
    assert driven.engine.view(driven.now).alarms == ()


@pytest.mark.parametrize(
    ("amps", "counted"),
    [(40.0, 40.0), (64.0, 64.0), (65.0, 64.0), (9999.0, 64.0)],
)
def test_a_current_that_no_evse_draws_counts_as_twice_what_it_should(
    amps: float, counted: float
) -> None:
    driven = full(import_w=100e3, main_amps=90.0)

    for _ in range(60):
        metered(driven, 1, amps=carried(amps))
        driven.run(1.0)

    assert room(driven, 90.0, drawn={1: counted}) >= 0.0
    assert driven.limit(2) == pytest.approx((90.0 - counted) / 2, abs=0.2)
    (alarm,) = driven.engine.view(driven.now).alarms
    assert alarm.name == "draws_above_limit"
    assert alarm.detail == f"metered at {amps:.1f} A, counted at {counted:.1f} A"


@pytest.mark.parametrize(
    ("values", "seen"),
    [
        ({"amps": carried(6.0), "power": Watts(6.0 * 3 * 230.0)}, True),
        # 18 A on one wire, or 6 A on three: nobody knows.
        ({"power": Watts(18.0 * 230.0)}, False),
    ],
)
def test_a_power_that_may_be_on_one_wire_does_not_show_that_a_cut_is_obeyed(
    values: dict[str, object], *, seen: bool
) -> None:
    driven = full(import_w=100e3, main_amps=64.0, settle=Seconds(600.0))
    driven.run(1200.0)
    driven.event(2, start=driven.now, end=Instant(driven.now + 3600.0))
    driven.run(60.0)
    assert 6.0 < driven.limit(1) < 7.0

    metered(driven, 1, **values)

    assert (not driven.engine.state.stations["CP-1"].evses[1].fading) is seen


def test_who_overdraws_less_than_incredibly_is_made_room_for_at_once() -> None:
    driven = full(import_w=100e3, main_amps=90.0)
    metered(driven, 1, amps=carried(70.0))
    driven.run(60.0)

    # What counts rises and falls with what is metered, whatever else happens.
    for amps in (60.0, 40.0, 64.0, 33.0):
        metered(driven, 1, amps=carried(amps))
        driven.run(60.0)

        assert room(driven, 90.0, drawn={1: amps}) == pytest.approx(0.0, abs=0.4)


@pytest.mark.parametrize(
    ("volts", "wiring"),
    [
        pytest.param(240.0, Wiring(wires=(0, 1, 2)), id="a high voltage"),
        pytest.param(NOMINAL, Wiring(wires=(0, 1)), id="two loads to neutral"),
    ],
)
def test_a_power_that_may_be_within_its_current_is_no_overdraw(
    volts: float, wiring: Wiring
) -> None:
    site = depot(main_amps=96.0)
    stations = tuple(
        replace(each, evses=(replace(each.evses[0], wiring=wiring),)) for each in site.stations
    )
    driven = Driven(replace(site, stations=stations))
    for number in (1, 2, 3):
        driven.arrive(number)
    driven.run(120.0)

    metered(driven, 1, power=Watts(wiring.conductors * 32.0 * volts))
    driven.run(1.0)

    assert driven.engine.view(driven.now).alarms == ()
    assert driven.limit(2) == 32.0


def test_what_a_station_kept_while_it_was_away_says_nothing_of_now() -> None:
    driven = with_a_meter()
    for _ in range(20):
        main_meter(driven, 20.0)
        driven.run(5.0)
    before = driven.engine.view(driven.now).reserve
    driven.event(2, start=driven.now, end=Instant(driven.now + 3600.0))
    driven.run(900.0)

    for minute in range(15):
        then = Instant(driven.now - 900.0 + 60.0 * minute)
        metered(driven, 1, taken=then, power=Watts(16e3), amps=carried(32.0))
        main_meter(driven, 20.0)
    driven.run(1.0)

    assert driven.engine.view(driven.now).reserve >= before
    assert driven.engine.view(driven.now).alarms == ()


def test_a_station_whose_clock_is_behind_is_believed_after_a_while() -> None:
    driven = full(import_w=100e3, main_amps=48.0)
    for _ in range(70):
        metered(driven, 1, taken=Instant(driven.now - 7200.0), amps=carried(32.0))
        driven.run(5.0)

    assert room(driven, 48.0, drawn={1: 32.0}) >= 0.0


def test_an_evse_that_cannot_give_back_does_not_make_a_load_up() -> None:
    driven = with_a_meter()
    for _ in range(20):
        metered(driven, 1, power=Watts(-50e3))
        main_meter(driven, 10.0)
        driven.run(5.0)

    assert driven.engine.view(driven.now).reserve <= 13e3


def test_what_a_load_surely_draws_is_given_back_no_longer_once_it_is_gone() -> None:
    driven = with_a_meter()
    for _ in range(5):
        for number in (1, 2):
            metered(driven, number, power=Watts(0.0))
        main_meter(driven, 50.0)
        driven.run(5.0)
    assert driven.engine._envelope is not None
    assert driven.engine._envelope.export_room == 50e3

    for number in (1, 2):
        metered(driven, number, power=Watts(0.0))
    main_meter(driven, 0.0)
    driven.run(0.0)

    assert driven.engine._envelope.export_room == 0.0


def test_a_car_of_which_nothing_is_read_is_no_load_that_takes_what_others_give_back() -> None:
    driven = with_a_meter()
    for _ in range(5):
        metered(driven, 1, power=Watts(0.0))
        main_meter(driven, 20.0)
        driven.run(5.0)

    assert driven.engine._envelope is not None
    assert driven.engine._envelope.export_room == 0.0


def test_a_safe_profile_in_watts_falls_once_a_car_turns_out_to_load_one_wire() -> None:
    def standing_w(driven: Driven) -> float:
        return (
            next(each for each in driven.engine.desired() if each.station == "CP-1")
            .evses[0]
            .standing_w
        )

    driven = full(import_w=100e3)
    metered(driven, 1, amps=carried(16.0))
    driven.event(2, start=driven.now, end=Instant(driven.now + 600.0))
    driven.run(60.0)
    assert standing_w(driven) == pytest.approx(6.0 * 3 * 0.9 * NOMINAL, abs=1.0)

    metered(driven, 1, amps=(Amperes(16.0), None, None))
    driven.run(0.0)

    assert standing_w(driven) == pytest.approx(6.0 * 0.9 * NOMINAL, abs=1.0)
