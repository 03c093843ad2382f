"""What a station's meters say, as (measurand, value, unit, phase): the same in every version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gridbridge.simulation.electrics import Volts

if TYPE_CHECKING:
    from gridbridge.simulation.stations.cabinet import Outlet


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One sampled value."""

    measurand: str
    value: float
    unit: str
    phase: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MainReading:
    """What a station's main meter sees of its whole site; import positive."""

    watts: float
    amps: tuple[float, float, float]
    volts: Volts
    imported_wh: float
    exported_wh: float


def rfc3339(now: float) -> str:
    """UTC with milliseconds, as stations write it."""
    text = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def outlet_samples(outlet: Outlet, volts: Volts) -> list[Sample]:
    """Power, energy, and for AC currents and voltages per conductor, for DC the state of charge.

    An outlet's meter sits at the plug (location Outlet), for DC behind the power electronics.
    """
    found = _power(outlet.draw.plug_w) + _energy(outlet.imported_wh, outlet.exported_wh)
    for index, (wire, amps) in enumerate(
        zip(outlet.spec.wires, outlet.draw.conductor_amps, strict=False)
    ):
        found.append(_sample("Current.Import", amps, "A", f"L{index + 1}", digits=2))
        found.append(_sample("Voltage", volts[wire], "V", f"L{index + 1}-N"))
    if outlet.spec.dc is not None and outlet.car is not None:
        found.append(_sample("SoC", outlet.soc * 100.0, "Percent"))
    return found


def main_samples(reading: MainReading) -> list[Sample]:
    """The whole site: power, energy, currents and voltages."""
    found = _power(reading.watts) + _energy(reading.imported_wh, reading.exported_wh)
    for index in range(3):
        amps = reading.amps[index]
        flow = "Current.Import" if amps >= 0 else "Current.Export"
        found.append(_sample(flow, abs(amps), "A", f"L{index + 1}", digits=2))
        found.append(_sample("Voltage", reading.volts[index], "V", f"L{index + 1}-N"))
    return found


def _power(watts: float) -> list[Sample]:
    found = [_sample("Power.Active.Import", max(0.0, watts), "W")]
    if watts < 0:
        found.append(_sample("Power.Active.Export", -watts, "W"))
    return found


def _energy(imported_wh: float, exported_wh: float) -> list[Sample]:
    found = [_sample("Energy.Active.Import.Register", imported_wh, "Wh")]
    if exported_wh > 0:
        found.append(_sample("Energy.Active.Export.Register", exported_wh, "Wh"))
    return found


def _sample(
    measurand: str, value: float, unit: str, phase: str | None = None, *, digits: int = 1
) -> Sample:
    return Sample(measurand=measurand, value=round(value, digits), unit=unit, phase=phase)
