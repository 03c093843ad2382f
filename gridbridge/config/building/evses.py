"""One EVSE: its bounds in amperes per wire on the grid side."""

from __future__ import annotations

from gridbridge.config.building.electrical import grid_amps, most_returned, watts
from gridbridge.config.building.merged import Merged
from gridbridge.config.problems import Findings
from gridbridge.domain.ids import EvseRef, StationId
from gridbridge.domain.site import Evse, Kind, V2x, Wiring
from gridbridge.domain.units import Amperes

DEFAULT_CLASS = "default"
# IEC 61851-1: the least current that the pilot signal can offer.
_LEAST_AC = 6.0
# Lower than what is built, so that more is kept free on the grid side than is drawn.
_EFFICIENCY_WHERE_UNKNOWN = 0.9
_STEP_WHERE_UNKNOWN = 0.1
_L1L2L3 = Wiring(wires=(0, 1, 2))


def kind_of(merged: Merged) -> Kind:
    """What is written; else DC where an EVSE says what it gives out."""
    written = merged.station.kind or (merged.model.kind if merged.model else None)
    if written is not None:
        return Kind(written)
    speaks_kw = any(merged.evse(number, "max_kw") is not None for number in merged.numbers)
    return Kind.DC if speaks_kw else Kind.AC


def build_evse(
    merged: Merged, station: StationId, number: int, *, phase_voltage: float, findings: Findings
) -> Evse | None:
    """One EVSE of a station; None where its bounds are missing or contradict each other."""
    before = findings.errors
    kind = kind_of(merged)
    wiring = merged.own(number).phases or merged.station.phases or _L1L2L3
    if kind is Kind.DC:
        bounds = _dc_bounds(merged, number, wiring, phase_voltage, findings)
    else:
        bounds = _ac_bounds(merged, number, findings)
    if bounds is None or findings.errors > before:
        return None
    least, most = bounds
    if least > most + 1e-9:
        findings.error(
            *_bound_at(merged, number, kind),
            message=f"the least EVSE {number} runs on, {least:.1f} A, is above its most, "
            f"{most:.1f} A",
        )
        return None
    max_kw = merged.evse(number, "max_kw")
    evse = Evse(
        ref=EvseRef(station=station, evse=number),
        kind=kind,
        wiring=wiring,
        max_amps=Amperes(most),
        min_amps=Amperes(least),
        step=Amperes(merged.trait("step_a") or _STEP_WHERE_UNKNOWN),
        max_w=watts(max_kw) if max_kw is not None else None,
        efficiency=_efficiency(merged) if kind is Kind.DC else 1.0,
        standby_w=watts(merged.trait("standby_kw") or 0.0),
        v2x=_v2x(merged, number),
        vehicle_class=merged.own(number).vehicle_class
        or merged.station.vehicle_class
        or DEFAULT_CLASS,
    )
    words = _too_much_back(evse, phase_voltage)
    if words is not None:
        findings.error(*merged.v2x_at(number), "max_discharge_kw", message=words)
        return None
    return evse


def _ac_bounds(merged: Merged, number: int, findings: Findings) -> tuple[float, float] | None:
    for key in ("efficiency", "standby_kw"):
        if merged.trait(key) is not None:
            findings.error(*merged.trait_at(key), message=f"{key} is for kind: dc")
    for key in ("max_kw", "min_kw"):
        if merged.evse(number, key) is not None:
            findings.error(*merged.evse_at(number, key), message=f"{key} is for kind: dc")
    known = [
        bound
        for bound in (merged.evse(number, "max_a"), merged.trait("max_a"))
        if bound is not None
    ]
    if not known:
        findings.error(
            *merged.at,
            message=f"max_a is missing: write it at the station, its model or EVSE {number}",
        )
        return None
    return merged.trait("min_a") or _LEAST_AC, min(known)


def _dc_bounds(
    merged: Merged, number: int, wiring: Wiring, phase_voltage: float, findings: Findings
) -> tuple[float, float] | None:
    if merged.trait("min_a") is not None:
        findings.error(*merged.trait_at("min_a"), message="min_a is for kind: ac; write min_kw")
    max_kw = merged.evse(number, "max_kw")
    if max_kw is None:
        findings.error(*merged.at, message=f"max_kw is missing for EVSE {number}, which is dc")
        return None
    min_kw = merged.evse(number, "min_kw") or 0.0
    if min_kw > max_kw:
        words = f"min_kw {min_kw:g} is above max_kw {max_kw:g}"
        findings.error(*merged.evse_at(number, "min_kw"), message=words)
    least, nameplate = (
        grid_amps(
            watts(kw),
            efficiency=_efficiency(merged),
            standby=watts(merged.trait("standby_kw") or 0.0),
            wiring=wiring,
            phase_voltage=phase_voltage,
        )
        for kw in (min_kw, max_kw)
    )
    written = (merged.evse(number, "max_a"), merged.trait("max_a"))
    return least, min(nameplate, *(bound for bound in written if bound is not None), nameplate)


def _bound_at(merged: Merged, number: int, kind: Kind) -> tuple[str | int, ...]:
    if kind is Kind.AC and merged.trait("min_a") is not None:
        return merged.trait_at("min_a")
    if merged.evse(number, "max_a") is not None:
        return merged.evse_at(number, "max_a")
    return merged.trait_at("max_a")


def _efficiency(merged: Merged) -> float:
    return merged.trait("efficiency") or _EFFICIENCY_WHERE_UNKNOWN


def _too_much_back(evse: Evse, phase_voltage: float) -> str | None:
    """Why an EVSE cannot take back from a car what is written; None where it can."""
    if evse.v2x is None:
        return None
    back = f"max_discharge_kw {evse.v2x.max_discharge_w / 1000:g} is above the"
    if evse.max_w is not None and evse.v2x.max_discharge_w > evse.max_w:
        return f"{back} max_kw {evse.max_w / 1000:g} of EVSE {evse.ref.evse}"
    most = most_returned(
        evse.max_amps,
        efficiency=evse.efficiency,
        standby=evse.standby_w,
        wiring=evse.wiring,
        phase_voltage=phase_voltage,
    )
    if evse.v2x.max_discharge_w > most:
        return (
            f"{back} {most / 1000:.1f} kW that the {evse.max_amps:.1f} A of EVSE "
            f"{evse.ref.evse} come to at the highest voltage"
        )
    return None


def _v2x(merged: Merged, number: int) -> V2x | None:
    written = merged.v2x(number)
    return V2x(max_discharge_w=watts(written.max_discharge_kw)) if written else None
