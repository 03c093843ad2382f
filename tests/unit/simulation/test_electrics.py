"""Batteries, plugs and power electronics."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gridbridge.simulation.electrics import (
    ac_draw,
    appetite,
    charged,
    dc_draw,
    supply,
)
from gridbridge.simulation.spec import Car, Dc

CAR = Car(name="c", battery_kwh=50, soc=0.5, max_dc_w=100_000, max_discharge_w=8_000)
ONE_PHASE = replace(CAR, phases=1)
VOLTS = (230.0, 231.0, 232.0)
DC = Dc(max_w=50_000, min_w=5_000, efficiency=0.94, standby_w=300, max_discharge_w=10_000)


@pytest.mark.parametrize(
    ("soc", "share"),
    [
        pytest.param(0.0, 1.0, id="an empty battery takes full power"),
        pytest.param(0.8, 1.0, id="up to the taper it still does"),
        pytest.param(0.9, 0.525, id="half way down the taper about half"),
        pytest.param(0.9999, 0.05, id="just before full a trickle"),
        pytest.param(1.0, 0.0, id="full takes nothing"),
    ],
)
def test_power_is_constant_and_then_tapers(soc: float, share: float) -> None:
    assert appetite(CAR, soc) == pytest.approx(share, abs=1e-3)


@pytest.mark.parametrize(
    ("car", "offered", "wires", "amps"),
    [
        pytest.param(CAR, 16.0, (0, 1, 2), (16, 16, 16), id="three phases"),
        pytest.param(CAR, 16.0, (1, 2, 0), (16, 16, 16), id="three rotated phases"),
        pytest.param(ONE_PHASE, 16.0, (1, 2, 0), (0, 16, 0), id="one phase, the EVSE's first"),
        pytest.param(CAR, 16.0, (2,), (0, 0, 16), id="an EVSE with one conductor"),
        pytest.param(CAR, 40.0, (0, 1, 2), (32, 32, 32), id="the car's own limit"),
        pytest.param(CAR, 5.9, (0, 1, 2), (0, 0, 0), id="below 6 A nothing can be offered"),
        pytest.param(CAR, 6.0, (0, 1, 2), (6, 6, 6), id="6 A is the least"),
    ],
)
def test_an_ac_plug_loads_its_wires(
    car: Car, offered: float, wires: tuple[int, ...], amps: tuple[float, float, float]
) -> None:
    draw = ac_draw(car, 0.5, offered_amps=offered, wires=wires, volts=VOLTS)

    assert draw.amps == amps
    assert draw.grid_w == pytest.approx(sum(a * v for a, v in zip(amps, VOLTS, strict=True)))
    assert draw.plug_w == draw.grid_w


@pytest.mark.parametrize(
    ("asked", "output", "grid"),
    [
        pytest.param(20_000, 20_000, 20_000 / 0.94 + 300, id="losses and standby on top"),
        pytest.param(80_000, 50_000, 50_000 / 0.94 + 300, id="the electronics' limit"),
        pytest.param(4_000, 0, 300, id="below its least it pauses and stays on standby"),
        pytest.param(0, 0, 300, id="idle is not nothing"),
        pytest.param(-5_000, -5_000, -5_000 * 0.94 + 300, id="a discharge loses on the way out"),
        pytest.param(-9_000, -8_000, -8_000 * 0.94 + 300, id="the car's discharge limit"),
    ],
)
def test_a_dc_output_costs_more_than_it_gives(asked: float, output: float, grid: float) -> None:
    draw = dc_draw(CAR, 0.5, asked_w=asked, dc=DC, volts=VOLTS)

    assert draw.plug_w == pytest.approx(output)
    assert draw.grid_w == pytest.approx(grid)
    assert sum(a * v for a, v in zip(draw.amps, VOLTS, strict=True)) == pytest.approx(grid)


def test_an_empty_battery_cannot_discharge() -> None:
    assert dc_draw(CAR, 0.0, asked_w=-5_000, dc=DC, volts=VOLTS).plug_w == 0


def test_batteries_alone_fill_faster() -> None:
    slow = charged(CAR, 0.5, plug_w=10_000, dt=36.0, speed=1.0)
    fast = charged(CAR, 0.5, plug_w=10_000, dt=36.0, speed=20.0)

    assert slow - 0.5 == pytest.approx(0.1 * 0.92 / 50)
    assert fast - 0.5 == pytest.approx(20 * (slow - 0.5))


def test_a_discharge_takes_more_from_the_battery_than_leaves_the_plug() -> None:
    after = charged(CAR, 0.5, plug_w=-9_200, dt=3600.0, speed=1.0)

    assert after == pytest.approx(0.5 - 0.2)


def test_the_supply_wobbles_within_half_a_percent_and_the_same_each_time() -> None:
    seen = [supply(230.0, float(t), 7) for t in range(200)]

    assert all(abs(v - 230.0) <= 230.0 * 0.0051 for volts in seen for v in volts)
    assert len({volts[0] for volts in seen}) > 100
    assert seen == [supply(230.0, float(t), 7) for t in range(200)]
