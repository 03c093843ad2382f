"""From sampled values to what an EVSE, or the main meter, measured.

Units are those of the standard's table and no others: a value in another unit, or beyond what can
be, is refused by name and the rest of the sample is read. Measurands that nothing here asks for
(offered current, temperature, apparent power) are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from gridbridge.domain.units import Amperes, WattHours, Watts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gridbridge_ocpp.words import Sample

DEFAULT_MEASURAND = "Energy.Active.Import.Register"
"""OCPP 1.6 section 7.31 and 2.1 part 2, SampledValueType."""

_POWER = {"W": 1.0, "kW": 1000.0}
_CURRENT = {"A": 1.0}
_ENERGY = {"Wh": 1.0, "kWh": 1000.0}
_UNITS = {
    "Power.Active.Import": _POWER,
    "Power.Active.Export": _POWER,
    "Current.Import": _CURRENT,
    "Current.Export": _CURRENT,
    "Voltage": {"V": 1.0},
    "Energy.Active.Import.Register": _ENERGY,
    "Energy.Active.Export.Register": _ENERGY,
    "SoC": {"Percent": 1.0},
}
# What is left out: energy counts in Wh (the standard's default), and where a quantity has one unit
# only there is nothing to guess. Power has two.
_UNIT_LEFT_OUT = {
    "Energy.Active.Import.Register": "Wh",
    "Energy.Active.Export.Register": "Wh",
    "Current.Import": "A",
    "Current.Export": "A",
    "Voltage": "V",
    "SoC": "Percent",
}
_MOST = {
    "Power.Active.Import": 1e7,
    "Power.Active.Export": 1e7,
    "Current.Import": 1e4,
    "Current.Export": 1e4,
    "Voltage": 2e3,
    "Energy.Active.Import.Register": 1e12,
    "Energy.Active.Export.Register": 1e12,
    "SoC": 100.0,
}
_MOST_EXPONENT = 9
_PHASES = {"L1": 0, "L2": 1, "L3": 2, "L1-N": 0, "L2-N": 1, "L3-N": 2}
_THREE = 3

_Three = tuple[float | None, float | None, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one set of samples says; the fields of `gridbridge.domain.facts.Reading`."""

    power: Watts | None = None
    amps: tuple[Amperes | None, Amperes | None, Amperes | None] | None = None
    volts: tuple[float | None, float | None, float | None] | None = None
    energy: WattHours | None = None
    exported: WattHours | None = None
    soc: float | None = None

    @property
    def empty(self) -> bool:
        """Whether there was nothing of use."""
        return self == _NOTHING


_NOTHING = Measured()


def measured(
    samples: Iterable[Sample], *, main_meter: bool, dc: bool, conductors: int
) -> tuple[Measured, list[str]]:
    """What the samples of one time say, and why some of them were not taken.

    Import is positive and export negative. A current that names no phase counts on each conductor:
    whether the station means the sum or the mean, no wire carries more. For a DC EVSE currents and
    voltages are those of the DC side and stay out.
    """
    taken: dict[tuple[str, str | None], float] = {}
    refused: list[str] = []
    for sample in samples:
        if sample.measurand not in _UNITS:
            continue
        if not _is_ours(sample, main_meter=main_meter, dc=dc):
            refused.append("measured_elsewhere")
            continue
        value = _value(sample)
        if isinstance(value, str):
            refused.append(value)
        else:
            taken[sample.measurand, sample.phase] = value
    result = Measured(
        power=_power(taken),
        amps=_amps(taken, conductors),
        volts=_volts(taken, conductors),
        energy=_wh(taken.get(("Energy.Active.Import.Register", None))),
        exported=_wh(taken.get(("Energy.Active.Export.Register", None))),
        soc=taken.get(("SoC", None)),
    )
    return result, refused


def _is_ours(sample: Sample, *, main_meter: bool, dc: bool) -> bool:
    if sample.measurand == "SoC" or main_meter:
        return True
    if dc and sample.measurand in {"Current.Import", "Current.Export", "Voltage"}:
        return False
    return sample.location == "Outlet" or (sample.location == "Inlet" and not dc)


def _value(sample: Sample) -> float | str:
    """The value in our unit, or why it is refused."""
    unit = sample.unit if sample.unit is not None else _UNIT_LEFT_OUT.get(sample.measurand)
    if unit is None:
        return "unit_missing"
    factor = _UNITS[sample.measurand].get(unit)
    if factor is None:
        return "unknown_unit"
    if abs(sample.exponent) > _MOST_EXPONENT:
        return "out_of_range"
    try:
        # A 1.6 value is text, and signed meter data stands there too.
        value = float(sample.value) * factor * 10.0**sample.exponent
    except (TypeError, ValueError, OverflowError):
        return "no_number"
    if not isfinite(value) or abs(value) > _MOST[sample.measurand]:
        return "out_of_range"
    return value


def _by_phase(taken: dict[tuple[str, str | None], float], measurand: str) -> list[float | None]:
    values: list[float | None] = [None, None, None]
    for (name, phase), value in taken.items():
        if name == measurand and phase in _PHASES:
            values[_PHASES[phase]] = value
    return values


def _net(imported: float | None, exported: float | None) -> float | None:
    if imported is None and exported is None:
        return None
    return (imported or 0.0) - (exported or 0.0)


def _total(taken: dict[tuple[str, str | None], float], measurand: str) -> float | None:
    """The value without a phase, else the sum of the phases."""
    whole = taken.get((measurand, None))
    if whole is not None:
        return whole
    parts = [each for each in _by_phase(taken, measurand) if each is not None]
    return sum(parts) if parts else None


def _power(taken: dict[tuple[str, str | None], float]) -> Watts | None:
    net = _net(_total(taken, "Power.Active.Import"), _total(taken, "Power.Active.Export"))
    return None if net is None else Watts(net)


def _amps(
    taken: dict[tuple[str, str | None], float], conductors: int
) -> tuple[Amperes | None, Amperes | None, Amperes | None] | None:
    imported = _by_phase(taken, "Current.Import")
    exported = _by_phase(taken, "Current.Export")
    wires = [_net(a, b) for a, b in zip(imported, exported, strict=True)]
    if wires == [None, None, None]:
        each = _net(taken.get(("Current.Import", None)), taken.get(("Current.Export", None)))
        if each is None:
            return None
        wires = [each if wire < conductors else None for wire in range(_THREE)]
    first, second, third = (None if wire is None else Amperes(wire) for wire in wires)
    return first, second, third


def _volts(taken: dict[tuple[str, str | None], float], conductors: int) -> _Three | None:
    first, second, third = _by_phase(taken, "Voltage")
    if first is None and second is None and third is None:
        # Without a phase it may be line to line, unless there is one conductor only.
        first = taken.get(("Voltage", None)) if conductors == 1 else None
        if first is None:
            return None
    return first, second, third


def _wh(value: float | None) -> WattHours | None:
    return None if value is None else WattHours(value)
