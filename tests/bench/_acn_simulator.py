"""ACN-Sim: a month of recorded sessions at a garage, under an algorithm."""

from __future__ import annotations

import gzip
import json
import warnings
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
from acnportal import acnsim
from acnportal.acnsim import analysis
from acnportal.algorithms import BaseAlgorithm, sorted_algorithms

from tests.bench._acn_site import VOLTS, Garage

if TYPE_CHECKING:
    from pathlib import Path

PERIOD_MIN = 5
MET_KWH = 0.1
"""A car that lacks no more than this at its departure has what it asked for."""
NOISE = 1e-6


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a month."""

    pct: float
    """Of the requested energy."""
    max_kw: float
    fullest: float
    """The most that a wire, a winding or a pod carried, or was let carry, of its limit."""
    missed_pct: float
    """Of the departures: cars that left without what they asked for."""
    minimum_pct: float
    """Of what it asked for, what the worst served car got."""
    ms_step: float
    """Median of the steps with cars: for ours all facts in, and decisions until it is quiet."""


class Ours(BaseAlgorithm):  # type: ignore[misc] # the package ships no types
    """Our engine as ACN-Sim's algorithm: asked at every step for the limits of this step."""

    def __init__(self, network: Any, garage: Garage) -> None:  # noqa: ANN401 - as above
        super().__init__()
        self.max_recompute = 1
        self._network = network
        self._garage = garage

    def schedule(self, active_sessions: list[Any]) -> dict[str, list[float]]:
        """Limits of all stations, those of full cars and of empty places too."""
        del active_sessions
        plugged = {name: self._network.get_ev(name) for name in self._network.station_ids}
        cars = {name: car for name, car in plugged.items() if car is not None}
        limits = self._garage.step(self.interface.current_time, cars)
        return {name: [amps] for name, amps in limits.items()}


def events_of(path: Path) -> Any:  # noqa: ANN401 - as above
    """The plug-in events of a file; the JSON in it is encoded twice."""
    with warnings.catch_warnings():
        # Written by an older version of the package, whose results are the same.
        warnings.simplefilter("ignore")
        return acnsim.EventQueue.from_json(json.loads(gzip.decompress(path.read_bytes())))


def network_of(cap: float) -> Any:  # noqa: ANN401 - as above
    """The garage: three phases behind a transformer of `cap` kW, stations from 0 to 32 A."""
    return acnsim.sites.caltech_acn(basic_evse=True, voltage=VOLTS, transformer_cap=cap)


def pods_of(network: Any) -> dict[str, str]:  # noqa: ANN401 - as above
    """The pod of each station that is in one."""
    found = {}
    for name, row in zip(network.constraint_index, network.constraint_matrix, strict=True):
        if name.endswith("Pod"):
            for station, share in zip(network.station_ids, row, strict=True):
                if share:
                    found[station] = name.removesuffix(" Pod")
    return found


def angles_of(network: Any) -> dict[str, float]:  # noqa: ANN401 - as above
    """The angle of each station's voltage in degrees."""
    return dict(network.phase_angles)


def month(network: Any, algorithm: Any, events: Any) -> Outcome:  # noqa: ANN401 - as above
    """Run all events through an algorithm."""
    start = datetime(2019, 3, 1, tzinfo=ZoneInfo("America/Los_Angeles"))
    simulator = acnsim.Simulator(
        network, algorithm, deepcopy(events), start, period=PERIOD_MIN, verbose=False
    )
    simulator.run()
    cars = list(simulator.ev_history.values())
    missed = [car for car in cars if car.remaining_demand > MET_KWH]
    served = [float(car.energy_delivered / car.requested_energy) for car in cars]
    busy = [each["solve_time"] for each in algorithm.solve_stats if each["active_sessions"]]
    return Outcome(
        pct=round(float(100 * analysis.proportion_of_energy_delivered(simulator)), 3),
        max_kw=round(float(max(analysis.aggregate_power(simulator))), 3),
        fullest=max(
            _fullest(network, amps) for amps in (simulator.charging_rates, simulator.pilot_signals)
        ),
        missed_pct=round(100 * len(missed) / len(cars), 1),
        minimum_pct=round(100 * min(served), 1),
        ms_step=round(1e3 * median(busy), 3),
    )


def _fullest(network: Any, amps: Any) -> float:  # noqa: ANN401 - as above
    carried = np.abs(network.constraint_current(amps)) / np.array(network.magnitudes)[:, None]
    return round(float(carried.max()), 6)


def peer(name: str) -> Any:  # noqa: ANN401 - as above
    """LLF, EDF or RR of the package, quicker by one product of matrices, with the same results."""
    sorted_algorithms.infrastructure_constraints_feasible = _feasible
    sorting = {
        "LLF": sorted_algorithms.least_laxity_first,
        "EDF": sorted_algorithms.earliest_deadline_first,
        "RR": sorted_algorithms.first_come_first_served,
    }[name]
    if name == "RR":
        return sorted_algorithms.RoundRobin(sorting)
    return sorted_algorithms.SortedSchedulingAlgo(sorting)


def _feasible(rates: Any, infrastructure: Any) -> bool:  # noqa: ANN401 - as above
    limits = infrastructure.constraint_limits
    turned = infrastructure.constraint_matrix * np.exp(1j * np.deg2rad(infrastructure.phases))
    over = np.abs(turned @ rates).T - limits > np.maximum(1e-5, 1e-7 * limits)
    return not over.any()
