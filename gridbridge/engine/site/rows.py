"""The limits in amperes of a site, as rows over its EVSEs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import TypeAlias

from gridbridge.domain.limits import Source
from gridbridge.domain.site import WIRES, Circuit, Evse, Site, Station
from gridbridge.domain.units import Amperes
from gridbridge.engine.site.phasors import between_wires, edges, on_wire

Placed: TypeAlias = Sequence[tuple[Station, Evse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One limit in amperes."""

    circuit: str
    of: str
    """The wire it limits, or the winding between two."""
    limit: Amperes
    source: Source
    loads: Amperes = Amperes(0.0)
    """What is reserved in it for loads that nobody controls."""
    wires: int = 1
    """How many wires' loads it carries: two in a winding."""
    root: bool = False
    direction: float | None = None
    """Degrees; None: its currents all peak together."""
    factor: float = 1.0
    """What of the limit may be drawn in its direction."""

    @property
    def label(self) -> str:
        """What it is called to people."""
        return f"{self.circuit} {self.of}"

    @property
    def name(self) -> str:
        """The same, unique in its site."""
        return self.label if self.direction is None else f"{self.label} {self.direction:+g}°"

    def room(self, metered: float) -> float:
        """What EVSEs may load it with beside what is reserved, or metered per wire at the root."""
        kept = max(self.loads, self.wires * metered) if self.root else self.loads
        return max(self.limit - kept, 0.0) * self.factor


Counted: TypeAlias = tuple[Row, Mapping[int, float]]
"""A row, and what one ampere of each of its members counts for."""


def rows_of(site: Site, placed: Placed) -> Iterator[Counted]:
    """Each limited wire of each circuit, its windings, and each wire of each shared feed.

    What peaks together is one row; what does not is one row per direction.
    """
    below = _below(site)
    for circuit in site.circuits:
        if circuit.limit_amps is not None:
            yield from _circuit_rows(site, placed, circuit, circuit.limit_amps, below)
    for station in site.stations:
        if station.feed_amps is not None:
            yield from _feed_rows(station, placed, station.feed_amps)


def _circuit_rows(
    site: Site,
    placed: Placed,
    circuit: Circuit,
    limits: tuple[Amperes, Amperes, Amperes],
    below: Mapping[str, set[str]],
) -> Iterator[Counted]:
    within = below[circuit.name]
    under = {
        column: evse.wiring
        for column, (station, evse) in enumerate(placed)
        if station.circuit in within
    }
    loads = float(sum(load.reserve_amps for load in site.loads if load.circuit in within))
    source = Source(kind="breaker", name=circuit.name, detail=circuit.source)
    root = circuit.parent is None
    for wire, limit in enumerate(limits):
        row = Row(
            circuit=circuit.name,
            of=WIRES[wire],
            limit=limit,
            source=source,
            loads=Amperes(loads),
            root=root,
        )
        yield from _by_edge(row, {each: on_wire(own, wire) for each, own in under.items()})
    if not circuit.delta_fed:
        return
    for wire in range(len(WIRES)):
        other = (wire + 1) % len(WIRES)
        # Balanced, two wires differ by the root of three: the rating in either is the same.
        row = Row(
            circuit=circuit.name,
            of=f"{WIRES[wire]}-{WIRES[other]}",
            limit=Amperes(sqrt(3) * min(limits)),
            source=source,
            loads=Amperes(2 * loads),
            wires=2,
            root=root,
        )
        parts = {each: between_wires(own, wire, other) for each, own in under.items()}
        yield from _by_edge(row, parts)


def _feed_rows(station: Station, placed: Placed, limit: Amperes) -> Iterator[Counted]:
    source = Source(kind="feed", name=station.id, detail=f"shared {limit:g} A")
    for wire in range(len(WIRES)):
        parts = {
            column: on_wire(evse.wiring, wire)
            for column, (owner, evse) in enumerate(placed)
            if owner is station
        }
        if any(parts.values()):
            row = Row(circuit=f"feed {station.id}", of=WIRES[wire], limit=limit, source=source)
            yield from _by_edge(row, parts)


def _by_edge(row: Row, parts: Mapping[int, Sequence[complex]]) -> Iterator[Counted]:
    found = edges(parts)
    if len(found) == 1:
        yield row, found[0].counted
        return
    for edge in found:
        directed = replace(row, direction=edge.direction, factor=edge.factor)
        yield directed, edge.counted


def _below(site: Site) -> dict[str, set[str]]:
    """Each circuit with all circuits that hang under it."""
    found = {circuit.name: {circuit.name} for circuit in site.circuits}
    for circuit in reversed(site.circuits):
        if circuit.parent is not None:
            found[circuit.parent] |= found[circuit.name]
    return found
