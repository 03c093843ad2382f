"""A simulated station with the answers of its version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.simulation.spec import Protocol
from gridbridge.simulation.stations import answers2x, answers16, answers21
from gridbridge.simulation.stations.station import Station

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridbridge.simulation.spec import Station as StationSpec
    from gridbridge.simulation.stations.station import Handler

_HANDLERS: Mapping[Protocol, Mapping[str, Handler]] = {
    Protocol.V16: answers16.HANDLERS,
    Protocol.V201: answers2x.HANDLERS,
    Protocol.V21: {**answers2x.HANDLERS, **answers21.HANDLERS},
}


def simulated_station(
    spec: StationSpec, *, nominal_volts: float = 230.0, seed: int = 1, battery_speed: float = 1.0
) -> Station:
    """A station that was never connected; `nominal_volts` is line to neutral."""
    return Station(
        spec,
        handlers=_HANDLERS[spec.protocol],
        nominal_volts=nominal_volts,
        seed=seed,
        battery_speed=battery_speed,
    )
