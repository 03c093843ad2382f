"""Random sites and programs: trees of breakers, AC and DC, charging only and both ways."""

from __future__ import annotations

import random
from dataclasses import replace
from math import sqrt

from gridbridge.domain.ids import EvseRef, ProgramName, SiteId, StationId, VenName
from gridbridge.domain.limits import Authority
from gridbridge.domain.programs import Basis, LevelRule, Program, ReleaseRule
from gridbridge.domain.site import (
    Circuit,
    Enrolment,
    Evse,
    Kind,
    Mode,
    Objective,
    Site,
    Station,
    V2x,
    VehicleClass,
    Wiring,
)
from gridbridge.domain.units import Amperes, Instant, Seconds, Watts

START = Instant(1_760_000_000.0)
SITE = SiteId("s")
PROGRAM = ProgramName("p")
DISPATCH = ProgramName("d")
VEN = VenName("v")
VOLTS = 400 / sqrt(3)
VOLTS_HIGH = VOLTS * 1.1
"""The highest a supply may run at, where none was metered."""
VOLTS_LOW = VOLTS * 0.9
LEAST_PER_AMP = {1: 1.0, 2: sqrt(3), 3: 3.0}
"""Phase voltages that an ampere on each of so many conductors is worth at the least."""

WIRINGS = (
    Wiring(wires=(0, 1, 2)),
    Wiring(wires=(1, 2, 0)),
    Wiring(wires=(0,)),
    Wiring(wires=(1,)),
    Wiring(wires=(2,)),
    Wiring(wires=(0, 1, 2), known=False),
    Wiring(wires=(0, 1)),
)
BETWEEN = tuple(Wiring(wires=wires, between=True) for wires in ((0, 1), (1, 2), (2, 0), (1, 0)))


DELTA_FED = 0.25
"""How many sites have a transformer; behind a delta nothing is given back."""


def random_site(dice: random.Random) -> Site:
    """A tree of one to three levels with one to six stations."""
    circuits = [
        Circuit(name="main", parent=None, limit_amps=_wires(dice, 40, 160), source="breaker")
    ]
    for number in range(dice.randrange(3)):
        parent = dice.choice(circuits).name
        circuits.append(
            Circuit(
                name=f"c{number}", parent=parent, limit_amps=_wires(dice, 20, 90), source="breaker"
            )
        )
    giving = dice.choice((0.0, 0.3, 1.0))
    if dice.random() < DELTA_FED:
        circuits[0] = replace(circuits[0], delta_fed=True)
        giving = 0.0
    stations = tuple(
        _station(dice, number, dice.choice(circuits).name, giving=giving)
        for number in range(dice.randint(1, 6))
    )
    return Site(
        id=SITE,
        mode=Mode.CONTROL,
        timezone="UTC",
        voltage=400.0,
        import_w=Watts(dice.uniform(10e3, 90e3)),
        export_w=Watts(dice.choice((0.0, 4e3, 20e3))),
        circuits=tuple(circuits),
        stations=stations,
        enrolments=(Enrolment(program=PROGRAM), Enrolment(program=DISPATCH)),
        classes={"bus": VehicleClass(weight=3.0)},
        objective=dice.choice((Objective.FAIR, Objective.THROUGHPUT)),
    )


def _wires(dice: random.Random, low: int, high: int) -> tuple[Amperes, Amperes, Amperes]:
    one = Amperes(float(dice.randint(low, high)))
    return (one, one, one)


def _station(dice: random.Random, number: int, circuit: str, *, giving: float) -> Station:
    name = StationId(f"CP-{number}")
    evses = tuple(
        (_dc if dice.random() < 0.25 else _ac)(dice, EvseRef(name, evse), giving=giving)
        for evse in range(1, dice.choice((2, 2, 3)))
    )
    return Station(
        id=name,
        circuit=circuit,
        evses=evses,
        feed_amps=Amperes(32.0) if len(evses) > 1 and dice.random() < 0.5 else None,
        settle=Seconds(dice.choice((0.0, 3.0, 12.0, 30.0))),
        offline_amps=Amperes(dice.choice((0.0, 6.0))),
        absent_w=Watts(dice.choice((0.0, 0.0, 2000.0))),
        forgets_on_reboot=dice.random() < 0.15,
        forgets_on_reconnect=dice.random() < 0.1,
    )


def _ac(dice: random.Random, ref: EvseRef, *, giving: float) -> Evse:
    return Evse(
        ref=ref,
        kind=Kind.AC,
        wiring=dice.choice((*WIRINGS, *BETWEEN)),
        max_amps=Amperes(dice.choice((16.0, 32.0))),
        min_amps=Amperes(6.0),
        v2x=_v2x(dice, giving),
        vehicle_class=dice.choice(("default", "default", "bus")),
    )


def _dc(dice: random.Random, ref: EvseRef, *, giving: float) -> Evse:
    wiring = dice.choice((Wiring(wires=(0, 1, 2)), Wiring(wires=(1, 2)), BETWEEN[1]))
    power, standby, efficiency = dice.choice((20e3, 50e3)), dice.choice((0.0, 400.0)), 0.92
    per_amp = LEAST_PER_AMP[wiring.conductors] * VOLTS_LOW
    return Evse(
        ref=ref,
        kind=Kind.DC,
        wiring=wiring,
        max_amps=Amperes((power / efficiency + standby) / per_amp),
        min_amps=Amperes((5e3 / efficiency + standby) / per_amp),
        max_w=Watts(power),
        efficiency=efficiency,
        standby_w=Watts(standby),
        v2x=_v2x(dice, giving),
    )


def _v2x(dice: random.Random, giving: float) -> V2x | None:
    if dice.random() >= giving:
        return None
    return V2x(max_discharge_w=Watts(dice.choice((3e3, 11e3, 20e3))))


def random_program(dice: random.Random) -> Program:
    """A program with three levels and a release of its own."""
    return Program(
        name=PROGRAM,
        ven=VEN,
        market="m",
        authority=dice.choice((Authority.VOLUNTARY, Authority.BINDING)),
        simple={
            1: LevelRule(basis=Basis.PCT_OF_IMPORT, value=60.0),
            2: LevelRule(basis=Basis.KW, value=dice.uniform(0, 20e3)),
            3: LevelRule(basis=Basis.PAUSE),
        },
        release=ReleaseRule(
            ramp=Seconds(dice.choice((0.0, 60.0, 600.0))),
            stagger=Seconds(dice.choice((0.0, 30.0))),
        ),
    )


def dispatching() -> Program:
    """A program that follows setpoints, of both signs."""
    return Program(
        name=DISPATCH, ven=VEN, market="d", authority=Authority.VOLUNTARY, dispatch=True
    )
