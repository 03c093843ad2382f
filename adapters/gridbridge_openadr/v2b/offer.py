"""What we report: for each resource its mean power and its energy per interval.

A report's rIDs are the resources themselves, so power and energy are two reports of one name,
told apart by their specifier.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from openleadr.enums import READING_TYPE, REPORT_NAME, REPORT_TYPE

from gridbridge.domain.units import Seconds
from gridbridge_openadr.namespaces import power

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridbridge.domain.decisions import Sample

METADATA: Final = "METADATA"
"""The specifier by which a VTN asks to be told again what we report."""

NAME: Final = REPORT_NAME.TELEMETRY_USAGE
TYPE: Final = REPORT_TYPE.USAGE
SHORTEST: Final = Seconds(1.0)
LONGEST: Final = Seconds(3600.0)
"""The sampling periods we offer where nothing else is configured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """The sampling periods of one resource."""

    shortest: Seconds
    longest: Seconds


def rate_of(resource: str, every: Mapping[str, Seconds]) -> Rate:
    """What we offer for a resource; `every` is the shortest period of those that have one."""
    shortest = every.get(resource, SHORTEST)
    return Rate(shortest=shortest, longest=max(shortest, LONGEST))


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One quantity of every resource."""

    specifier: str
    item: str
    """The element that names the unit."""
    description: str
    units: str
    reading: str
    is_power: bool

    def value_of(self, sample: Sample) -> float:
        """The sample's value in `units`, import positive, export negative."""
        return sample.power if self.is_power else sample.energy


QUANTITIES: Final = {
    quantity.specifier: quantity
    for quantity in (
        Quantity(
            specifier="usage-power",
            item=power("powerReal"),
            description="RealPower",
            units="W",
            reading=READING_TYPE.MEAN,
            is_power=True,
        ),
        Quantity(
            specifier="usage-energy",
            item=power("energyReal"),
            description="RealEnergy",
            units="Wh",
            reading=READING_TYPE.NET,
            is_power=False,
        ),
    )
}
"""By specifier."""
