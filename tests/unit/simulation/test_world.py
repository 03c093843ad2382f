"""A world in virtual time: currents on the tree, the main meter, cars that come and go."""

from __future__ import annotations

import pytest

from gridbridge.simulation.electrics import Draw
from gridbridge.simulation.spec import (
    BaseLoad,
    Car,
    Evse,
    GridLimit,
    Node,
    Protocol,
    Site,
    Station,
    Visit,
    WorldSpec,
)
from gridbridge.simulation.tree import node_flows, path
from gridbridge.simulation.world import World

T0 = 1_800_000_000.0
CAR = Car(name="c", battery_kwh=60, soc=0.5, max_amps=16)
ONE_PHASE = Car(name="o", battery_kwh=20, soc=0.5, phases=1)
NODES = (
    Node(name="main", limit_amps=(50.0, 50.0, 50.0)),
    Node(name="sub", parent="main", limit_amps=(40.0, 40.0, 40.0)),
)


def site(base: BaseLoad | None = None) -> Site:
    return Site(
        id="s",
        import_w=30_000,
        nodes=NODES,
        base=base,
        stations=(
            Station(id="A", protocol=Protocol.V16, node="main", main_meter=True),
            Station(id="B", protocol=Protocol.V201, node="sub", evses=(Evse(wires=(1,)),)),
        ),
    )


def charge(world: World, station: str, now: float) -> None:
    """Have a station begin without a CSMS, as it does offline."""
    world.stations[station].start(1, "TAG", now)


def test_currents_add_up_towards_the_root_with_the_sign_of_their_power() -> None:
    draws = [
        ("main", Draw(grid_w=3_000, amps=(5.0, 5.0, 3.0))),
        ("sub", Draw(grid_w=-1_000, amps=(0.0, -4.3, 0.0))),
    ]

    amps, watts = node_flows(site(), draws, base_w=690.0, volts=(230.0, 230.0, 230.0))

    assert amps["main"] == pytest.approx((6.0, 1.7, 4.0))
    assert amps["sub"] == (0.0, -4.3, 0.0)
    assert watts == {"main": 2_690.0, "sub": -1_000.0}
    assert path(site(), "sub") == ["sub", "main"]


def test_the_main_meter_sees_the_base_load_and_every_car_of_its_site() -> None:
    visits = (
        Visit(station="A", evse=1, car=CAR),
        Visit(station="B", evse=1, car=ONE_PHASE),
    )
    world = World(WorldSpec(sites=(site(BaseLoad(mean_w=6_000)),), visits=visits))
    world.begin(T0)
    world.step(T0)
    charge(world, "A", T0)
    charge(world, "B", T0)

    world.step(T0 + 1.0)

    reading = world.stations["A"].main
    assert reading is not None
    view = world.observe()
    assert reading.watts == pytest.approx(view.sites[0].connection_w)
    assert view.sites[0].base_w == 6_000
    assert reading.watts == pytest.approx(6_000 + (48 + 32) * 230.94, rel=0.01)
    assert reading.amps[1] - reading.amps[0] == pytest.approx(32.0, abs=0.2)
    assert world.stations["B"].main is None


def test_cars_come_and_go_by_the_script_and_their_energy_is_told() -> None:
    visit = Visit(station="A", evse=1, car=CAR, arrive_s=5.0, leave_s=25.0)
    world = World(WorldSpec(sites=(site(),), visits=(visit,), battery_speed=50.0))
    world.step(T0)
    assert world.observe().stations[0].evses[0].car is None
    world.begin(T0)

    world.step(T0 + 5.0)
    charge(world, "A", T0 + 5.0)
    for second in range(6, 31):
        world.step(T0 + second)

    (got,) = world.verdict([]).cars
    energy = 3 * 16 * 230.94 * 20 / 3600
    assert world.observe().stations[0].evses[0].car is None
    assert got.charged_wh == pytest.approx(energy, rel=0.06)
    assert got.soc_after - got.soc_before == pytest.approx(
        got.charged_wh * 0.92 * 50 / 60_000, rel=0.01
    )


def test_a_car_without_a_driver_known_to_anybody_draws_nothing() -> None:
    visit = Visit(station="A", evse=1, car=CAR)
    world = World(WorldSpec(sites=(site(),), visits=(visit,)))
    world.begin(T0)
    for second in range(3):
        world.step(T0 + second)

    assert world.observe().sites[0].evs_w == 0.0


def test_a_breaker_that_carries_too_much_is_a_violation() -> None:
    tight = Site(
        id="s",
        import_w=30_000,
        nodes=(Node(name="main", limit_amps=(15.0, 32.0, 32.0)),),
        stations=(Station(id="A", protocol=Protocol.V16, node="main"),),
    )
    world = World(WorldSpec(sites=(tight,), visits=(Visit(station="A", evse=1, car=CAR),)))
    world.begin(T0)
    world.step(T0)
    charge(world, "A", T0)
    for second in range(10):
        world.step(T0 + second)
    kept = GridLimit(event="e", site="s", start=T0, end=T0 + 9, arrival=T0 - 60, watts=12_000)

    verdict = world.verdict([kept])

    assert [v.what for v in verdict.hard if v.exceeded] == ["main L1"]
    assert not verdict.grid[0].exceeded
    assert verdict.violations == 1


def test_the_same_seed_gives_the_same_world() -> None:
    def run() -> list[float]:
        visits = (Visit(station="A", evse=1, car=CAR),)
        world = World(WorldSpec(sites=(site(BaseLoad(mean_w=5_000, swing_w=500)),), visits=visits))
        world.begin(T0)
        world.step(T0)
        charge(world, "A", T0)
        for tick in range(50):
            world.step(T0 + tick / 5)
        return world.records["s"].connection_w.values

    assert run() == run()
