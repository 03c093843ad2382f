"""Sums that must fit: standing profiles and floors on every circuit and at the connection.

If the gateway dies, every EVSE may draw its standing profile at once. So that sum, with the loads
nobody controls, must fit every limit; a site where it does not is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import sqrt

from gridbridge.config.building.electrical import HIGHEST, LOWEST
from gridbridge.config.problems import Findings
from gridbridge.domain.site import WIRES, Circuit, Evse, Kind, Site, Station, Wiring

_ROUNDING = 1e-6


def check_capacity(site: Site, findings: Findings) -> None:
    """Tell every limit of a site that its standing profiles or floors do not fit under."""
    below = {circuit.name: subtree(circuit.name, site) for circuit in site.circuits}
    for circuit in site.circuits:
        _check_circuit(site, circuit, below[circuit.name], findings)
        _check_windings(site, circuit, findings)
        _check_parent(site, circuit, findings)
    _check_connection(site, findings)
    _check_root(site, findings)
    if site.meter is not None and site.meter.reserve_w >= site.import_w:
        words = (
            f"reserve_kw {site.meter.reserve_w / 1000:g} leaves nothing of import_kw "
            f"{site.import_w / 1000:g}: all stations pause while the meter is stale"
        )
        at = ("sites", site.id, "meter", "when_stale", "reserve_kw")
        findings.warning(*at, message=words)


def subtree(name: str, site: Site) -> set[str]:
    """A circuit and all that it feeds."""
    within = {name}
    for circuit in site.circuits:  # parents come before children
        if circuit.parent in within:
            within.add(circuit.name)
    return within


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What must fit, on one wire or at the meter."""

    stations: float
    loads: float
    count: int

    @property
    def total(self) -> float:
        """Stations and loads."""
        return self.stations + self.loads

    def words(self, unit: str) -> str:
        """The sum as it is told."""
        evses = f"{self.count} EVSE{'s' if self.count != 1 else ''} {self.stations:.4g} {unit}"
        return f"{evses} + loads {self.loads:.4g} {unit} = {self.total:.4g} {unit}"


def _check_circuit(site: Site, circuit: Circuit, within: set[str], findings: Findings) -> None:
    if circuit.limit_amps is None:
        return
    at = ("sites", site.id, "circuits", circuit.name)
    for what, advice, amps_of in (
        ("standing profiles", "lower offline_a", _standing_amps),
        ("floors", "lower floor_kw", lambda station, evse: _floor_amps(site, station, evse)),
    ):
        needs = [on_wire(site, within, wire, amps_of) for wire in range(len(WIRES))]
        over = [
            (need.total - limit, -wire)  # of equals, the first
            for wire, (need, limit) in enumerate(zip(needs, circuit.limit_amps, strict=True))
            if need.total > limit + _ROUNDING and need.stations > 0
        ]
        if over:
            wire = -max(over)[1]
            limit = circuit.limit_amps[wire]
            words = (
                f"{what} do not fit: {needs[wire].words('A')} on {WIRES[wire]}, more than the "
                f"{limit:.4g} A of {circuit.name} ({circuit.source}): {advice}"
            )
            findings.error(*at, message=words)


def _check_windings(site: Site, circuit: Circuit, findings: Findings) -> None:
    """The windings of a delta primary, each between two wires; only the root may have one."""
    if circuit.limit_amps is None or not circuit.delta_fed:
        return
    limit = sqrt(3) * min(circuit.limit_amps)
    loads = 2 * sum(load.reserve_amps for load in site.loads)
    for one in range(len(WIRES)):
        other = (one + 1) % len(WIRES)
        stations = sum(
            _in_winding(evse.wiring, one, other) * _standing_amps(station, evse)
            for station, evse in _evses(site)
        )
        if stations > 0 and stations + loads > limit + _ROUNDING:
            need = Need(stations=stations, loads=loads, count=len(list(_evses(site))))
            words = (
                f"standing profiles do not fit: {need.words('A')} in the winding between "
                f"{WIRES[one]} and {WIRES[other]}, more than the {limit:.4g} A of "
                f"{circuit.name} ({circuit.source}): lower offline_a"
            )
            findings.error("sites", site.id, "circuits", circuit.name, message=words)
            return


def _in_winding(wiring: Wiring, one: int, other: int) -> float:
    """The most that an ampere of an EVSE is in the difference of two wires."""
    seen = {one, other} & set(wiring.wires)
    if len(seen) < len((one, other)):
        return float(len(seen))
    return 2.0 if wiring.between else sqrt(3)


def on_wire(
    site: Site, within: set[str], wire: int, amps_of: Callable[[Station, Evse], float]
) -> Need:
    """What the EVSEs of some circuits, each by `amps_of`, and the loads there put on a wire."""
    stations, count = 0.0, 0
    for station in site.stations:
        if station.circuit in within:
            shares = [
                amps_of(station, evse) for evse in station.evses if wire in evse.wiring.wires
            ]
            stations += _through_feed(station, sum(shares))
            count += sum(share > 0 for share in shares)
    loads = sum(load.reserve_amps for load in site.loads if load.circuit in within)
    return Need(stations=stations, loads=loads, count=count)


def _through_feed(station: Station, amps: float) -> float:
    return amps if station.feed_amps is None else min(amps, station.feed_amps)


def _standing_amps(station: Station, evse: Evse) -> float:
    return min(station.offline_amps, evse.max_amps)


def _floor_watts(site: Site, evse: Evse) -> float:
    """What its class keeps for an EVSE, on the grid side."""
    known = site.classes.get(evse.vehicle_class)
    if known is None or known.floor_w <= 0:
        return 0.0
    return known.floor_w / evse.efficiency + evse.standby_w


def _floor_amps(site: Site, _station: Station, evse: Evse) -> float:
    power = _floor_watts(site, evse)
    if power <= 0:
        return 0.0
    amps = power / (evse.wiring.most_per_amp * site.phase_voltage * LOWEST)
    return min(max(amps, evse.min_amps), evse.max_amps)


def _check_connection(site: Site, findings: Findings) -> None:
    at = ("sites", site.id, "import_kw")
    highest = site.phase_voltage * HIGHEST
    loads = sum(load.reserve_amps for load in site.loads) * len(WIRES) * highest
    standing = [
        station_watts(station, highest, _standing_amps)
        for station in site.stations
        if station.offline_amps > 0
    ]
    floors = [power for _, evse in _evses(site) if (power := _floor_watts(site, evse)) > 0]
    counts = (sum(station.offline_amps > 0 for station, _ in _evses(site)), len(floors))
    for what, advice, powers, count in (
        ("standing profiles", "lower offline_a", standing, counts[0]),
        ("floors", "lower floor_kw", floors, counts[1]),
    ):
        need = Need(stations=sum(powers) / 1000, loads=loads / 1000, count=count)
        if need.total > site.import_w / 1000 + _ROUNDING and need.stations > 0:
            words = (
                f"{what} do not fit: {need.words('kW')}, more than import_kw "
                f"{site.import_w / 1000:g}: {advice}"
            )
            findings.error(*at, message=words)


def _evses(site: Site) -> Iterator[tuple[Station, Evse]]:
    for station in site.stations:
        for evse in station.evses:
            yield station, evse


def station_watts(
    station: Station, phase_voltage: float, amps_of: Callable[[Station, Evse], float]
) -> float:
    """What its EVSEs may draw with `amps_of` each; a DC nameplate bounds it as well."""
    powers: list[float] = []
    for evse in station.evses:
        power = amps_of(station, evse) * evse.wiring.most_per_amp * phase_voltage
        if evse.kind is Kind.DC and evse.max_w is not None:
            power = min(power, evse.max_w / evse.efficiency + evse.standby_w)
        powers.append(power)
    if station.feed_amps is None:
        return sum(powers)
    return min(sum(powers), station.feed_amps * len(WIRES) * phase_voltage)


def _check_root(site: Site, findings: Findings) -> None:
    """Tell a connection that its own breaker makes pointless; it does no harm."""
    root = site.circuits[0]
    if root.limit_amps is None:
        return
    carried = sum(root.limit_amps) * site.phase_voltage * HIGHEST
    if site.import_w > carried + _ROUNDING:
        words = (
            f"import_kw {site.import_w / 1000:g} is above the {carried / 1000:.4g} kW that "
            f"{root.name} ({root.source}) carries at the highest voltage, so it never binds"
        )
        findings.warning("sites", site.id, "import_kw", message=words)


def _check_parent(site: Site, circuit: Circuit, findings: Findings) -> None:
    """Tell a limit that the circuit above makes pointless; it does no harm."""
    by_name = {each.name: each for each in site.circuits}
    above = by_name.get(circuit.parent or "")
    while above is not None and above.limit_amps is None:
        above = by_name.get(above.parent or "")
    if above is None or above.limit_amps is None or circuit.limit_amps is None:
        return
    for wire, own, its in zip(WIRES, circuit.limit_amps, above.limit_amps, strict=True):
        if own > its + _ROUNDING:
            words = (
                f"the {own:.4g} A of {circuit.name} on {wire} is above the {its:.4g} A of "
                f"{above.name}, which feeds it"
            )
            findings.warning("sites", site.id, "circuits", circuit.name, message=words)
            return
