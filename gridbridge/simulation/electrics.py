"""Batteries, chargers and wires: what flows, given what a station offers.

Import is positive, export negative. Everything is a function of its arguments; time comes in as
an instant or a step.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sin, tau
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gridbridge.simulation.spec import Car, Dc

MIN_AMPS = 6.0
"""IEC 61851-1: the least current a control pilot can offer."""

Volts = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """What one EVSE takes: at the plug, and on the wires of its site."""

    plug_w: float = 0.0
    """AC: the same as on the grid side; DC: at the output."""
    grid_w: float = 0.0
    amps: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Per wire of the site, with the sign of the power."""
    conductor_amps: tuple[float, ...] = ()
    """AC: per conductor of the EVSE, in its own order."""


NOTHING = Draw()


def supply(nominal: float, now: float, seed: int) -> Volts:
    """The three phase voltages at an instant: within half a percent of nominal, never still."""
    first, second, third = (
        nominal
        * (
            1.0
            + 0.0035 * sin(tau * (now / (31.0 + wire) + ((seed * 37 + wire * 11) % 97) / 97))
            + 0.001 * sin(tau * now / 7.0 + wire)
        )
        for wire in range(3)
    )
    return first, second, third


def appetite(car: Car, soc: float) -> float:
    """The share of its full rate that a car takes: 1 up to the taper, then down to 5 %, full 0."""
    if soc >= 1.0:
        return 0.0
    if soc <= car.taper_from:
        return 1.0
    return 1.0 - 0.95 * (soc - car.taper_from) / (1.0 - car.taper_from)


def wanted_amps(car: Car, soc: float) -> float:
    """What a car would draw per conductor from an AC plug without a limit."""
    return car.max_amps * appetite(car, soc)


def ac_draw(
    car: Car, soc: float, *, offered_amps: float, wires: tuple[int, ...], volts: Volts
) -> Draw:
    """Charge from an AC plug that offers so much per conductor on these wires of the site.

    Below 6 A nothing can be offered, so nothing flows. A car with one phase uses the first
    conductor only.
    """
    if offered_amps < MIN_AMPS:
        return Draw(conductor_amps=(0.0,) * len(wires))
    amps = min(offered_amps, wanted_amps(car, soc))
    used = wires[: car.phases]
    on_wires = [amps if wire in used else 0.0 for wire in range(3)]
    power = sum(a * v for a, v in zip(on_wires, volts, strict=True))
    return Draw(
        plug_w=power,
        grid_w=power,
        amps=(on_wires[0], on_wires[1], on_wires[2]),
        conductor_amps=tuple(on_wires[wire] for wire in wires),
    )


def wanted_dc_w(car: Car, soc: float, dc: Dc) -> float:
    """What a car would draw from a DC output without a limit."""
    return min(car.max_dc_w * appetite(car, soc), dc.max_w)


def dc_draw(car: Car | None, soc: float, *, asked_w: float, dc: Dc, volts: Volts) -> Draw:
    """Run a DC output at what is asked, as far as the car, its charge and the electronics go.

    A negative `asked_w` discharges. Losses and standby are drawn from the grid on top, balanced
    over the three wires.
    """
    output = 0.0
    if car is not None and asked_w > 0:
        output = min(asked_w, wanted_dc_w(car, soc, dc))
        if asked_w < dc.min_w:
            output = 0.0
    elif car is not None and asked_w < 0 and soc > 0.0:
        output = -min(-asked_w, car.max_discharge_w, dc.max_discharge_w)
    flow = output / dc.efficiency if output >= 0 else output * dc.efficiency
    grid = flow + dc.standby_w
    each = grid / sum(volts)
    return Draw(plug_w=output, grid_w=grid, amps=(each, each, each))


def charged(car: Car, soc: float, *, plug_w: float, dt: float, speed: float) -> float:
    """The state of charge after `dt` seconds at that power, where batteries fill `speed` times."""
    into = plug_w * car.efficiency if plug_w >= 0 else plug_w / car.efficiency
    change = into * dt / 3600.0 / (car.battery_kwh * 1000.0) * speed
    return min(1.0, max(0.0, soc + change))
