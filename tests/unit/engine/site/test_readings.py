"""What stations claim to measure: it may take from what others get, never add to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gridbridge.domain.facts import Metered, Reading
from gridbridge.domain.ids import StationId
from gridbridge.domain.units import Amperes, Watts
from tests.unit.engine.site.sites import SITE, Driven, depot

NOMINAL = 400.0 / 3**0.5


def metered(driven: Driven, number: int, **values: object) -> None:
    """A reading of a station's EVSE, taken now."""
    reading = Reading(
        station=StationId(f"CP-{number}"),
        epoch=1,
        evse=1,
        taken=driven.now,
        **values,  # type: ignore[arg-type]  # the fields of a reading
    )
    driven.fact(Metered(site=SITE, readings=(reading,)))


def carried(amps: float) -> tuple[Amperes, Amperes, Amperes]:
    return (Amperes(amps),) * 3


def full(*, import_w: float, main_amps: float = 1000.0) -> Driven:
    """Three cars, all told what there is for them."""
    driven = Driven(replace(depot(main_amps=main_amps), import_w=Watts(import_w)))
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
