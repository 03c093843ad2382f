"""A site's electrics: which EVSE loads which limit, and amperes to watts and back.

Rows of the tree, in order: the limits in amperes (`rows`), and last the sum of all EVSEs in watts.
A conversion that decides what may be *drawn* uses the highest voltage, one that decides what is
*promised* the lowest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import floor

import numpy as np
from numpy.typing import NDArray

from gridbridge.allocation import Tree
from gridbridge.domain.ids import EvseRef, StationId
from gridbridge.domain.site import WIRES, Evse, Kind, Site, Station
from gridbridge.domain.units import Amperes, Watts
from gridbridge.engine.site.rows import Row, rows_of

LOWEST = 0.9
"""Of the nominal voltage, the lowest that EN 50160 lets a supply run at."""
HIGHEST = 1.1
"""The highest."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Wires:
    """A site's rows and columns, fixed by its configuration; compared by identity."""

    evses: tuple[Evse, ...]
    stations: tuple[Station, ...]
    """The station of each column."""
    column: Mapping[EvseRef, int]
    rows: tuple[Row, ...]
    pairs: tuple[tuple[int, int, float], ...]
    rows_above: tuple[tuple[tuple[int, float], ...], ...]
    """Per column: the rows it loads, and what an ampere counts there; nearest the root first."""
    phase_voltage: float
    most_per_amp: NDArray[np.float64]
    """Per column: line-to-neutral voltages that its current is worth at the most."""
    least_per_amp: NDArray[np.float64]
    """Per column: watts that its current is worth at the least, at the lowest voltage."""
    max_amps: NDArray[np.float64]
    min_amps: NDArray[np.float64]
    efficiency: NDArray[np.float64]
    """Per column: output power over input power; 1 for AC."""
    standby_w: NDArray[np.float64]
    """Per column: drawn from the grid whatever the car takes; 0 for AC."""
    absent_amps: tuple[Amperes, ...]
    """Per column: what is reserved while its station was never seen."""

    def row_limits(self, reserve: Watts) -> NDArray[np.float64]:
        """What the EVSEs may load each row with, beside `reserve` watts of metered base load.

        At the root the larger of what is configured and what is metered is kept free.
        """
        metered = reserve / (len(WIRES) * self.phase_voltage * LOWEST)
        return np.array([row.room(metered) for row in self.rows])

    def nameplate(self) -> Watts:
        """What all stations could draw together, grid side, at nominal voltage."""
        by_station: dict[str, float] = {}
        for station, evse in zip(self.stations, self.evses, strict=True):
            drawn = evse.max_amps * evse.wiring.most_per_amp * self.phase_voltage
            if evse.max_w is not None:
                drawn = min(drawn, self.grid_power(evse, evse.max_w))
            by_station[station.id] = by_station.get(station.id, 0.0) + drawn
        feeds = {station.id: station.feed_amps for station in self.stations}
        return Watts(
            sum(
                drawn if feed is None else min(drawn, feed * len(WIRES) * self.phase_voltage)
                for name, drawn in by_station.items()
                for feed in (feeds[StationId(name)],)
            )
        )

    def watts_per_amp(self, volts: float) -> NDArray[np.float64]:
        """What one ampere of each column is worth at a line-to-neutral voltage."""
        return self.most_per_amp * volts

    def evse_power(self, evse: Evse, amps: float, *, spread: int) -> Watts:
        """What the EVSE is told in watts so that no wire carries more than `amps`.

        `spread` is over how many conductors it is known to spread its power: a station that takes
        only watts may put them all on one phase until its phases were metered.
        """
        low = self.phase_voltage * LOWEST
        if evse.kind is Kind.DC:
            drawn = evse.wiring.least_per_amp * low * amps - evse.standby_w
            most = evse.max_w if evse.max_w is not None else Watts(float("inf"))
            return Watts(float(floor(min(max(drawn, 0.0) * evse.efficiency, most))))
        return Watts(float(floor(amps * low * evse.wiring.spread_per_amp(spread))))

    def grid_power(self, evse: Evse, power: Watts) -> Watts:
        """The power on the grid side of an EVSE that delivers `power` (negative: takes back)."""
        if evse.kind is not Kind.DC:
            return power
        through = power / evse.efficiency if power >= 0 else power * evse.efficiency
        return Watts(through + evse.standby_w)

    def grid_amps(self, evse: Evse, power: Watts) -> Amperes:
        """The current per wire on the grid side for a power at the EVSE, at nominal voltage."""
        return Amperes(
            max(self.grid_power(evse, power), 0.0)
            / (evse.wiring.least_per_amp * self.phase_voltage)
        )


def power_of(evse: Evse, amps: Sequence[Amperes | None], volts: float) -> Watts:
    """What the currents of an AC EVSE's wires are worth at a line-to-neutral voltage, at most."""
    carried = sum(each or 0.0 for each in amps)
    return Watts(carried * (evse.wiring.most_per_summed_amp * volts))


@lru_cache(maxsize=4096)
def tree_at(it: Wires, volts: float) -> Tree:
    """The tree with the watts row at a voltage; built again only when the voltage moves."""
    return _tree(it, it.watts_per_amp(volts))


@lru_cache(maxsize=4096)
def export_tree(it: Wires) -> Tree:
    """The tree for power that flows back: so many watts never are more amperes than in it."""
    return _tree(it, it.least_per_amp)


def _tree(it: Wires, watts: NDArray[np.float64]) -> Tree:
    names = [row.name for row in it.rows]
    meter = [(len(names), column, float(watts[column])) for column in range(len(it.evses))]
    return Tree.from_pairs(len(it.evses), (*names, "meter"), (*it.pairs, *meter))


def wires_of(site: Site) -> Wires:
    """Lay a site's limits out as rows over its EVSEs."""
    placed = [(station, evse) for station in site.stations for evse in station.evses]
    evses = tuple(evse for _, evse in placed)
    stations = tuple(station for station, _ in placed)
    rows: list[Row] = []
    pairs: list[tuple[int, int, float]] = []
    for row, counted in rows_of(site, placed):
        pairs += [(len(rows), column, per_amp) for column, per_amp in counted.items()]
        rows.append(row)
    return Wires(
        evses=evses,
        stations=stations,
        column={evse.ref: column for column, evse in enumerate(evses)},
        rows=tuple(rows),
        pairs=tuple(pairs),
        rows_above=tuple(
            tuple((row, per_amp) for row, member, per_amp in pairs if member == column)
            for column in range(len(evses))
        ),
        phase_voltage=site.phase_voltage,
        most_per_amp=np.array([evse.wiring.most_per_amp for evse in evses]),
        least_per_amp=np.array(
            [evse.wiring.least_per_amp * site.phase_voltage * LOWEST for evse in evses]
        ),
        max_amps=np.array([float(evse.max_amps) for evse in evses]),
        min_amps=np.array([float(evse.min_amps) for evse in evses]),
        efficiency=np.array([evse.efficiency for evse in evses]),
        standby_w=np.array([float(evse.standby_w) for evse in evses]),
        absent_amps=tuple(_absent(site, station, evse) for station, evse in placed),
    )


def _absent(site: Site, station: Station, evse: Evse) -> Amperes:
    per_evse = station.absent_w / len(station.evses)
    per_amp = evse.wiring.least_per_amp * site.phase_voltage * LOWEST
    return Amperes(min(per_evse / per_amp, evse.max_amps))
