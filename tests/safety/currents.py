"""How currents add up on the limits of a site, by brute force: the largest of all choices.

Each current may flow or not, whatever the others do, and less of one may be more of the sum.
"""

from __future__ import annotations

from cmath import phase, rect
from collections.abc import Iterator
from itertools import product
from math import pi, sqrt
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gridbridge.domain.site import Evse, Site, Station

NOTHING = 1e-9
VOLTAGES = tuple(rect(1.0, -2 * pi * wire / 3) for wire in range(3))


class Currents:
    """The limits in amperes of a site, and what loads them."""

    def __init__(self, site: Site) -> None:
        columns = [(s, e) for s in site.stations for e in s.evses]
        rows = list(_rows(site, columns))
        choices = [_choices(parts, len(columns)) for _, parts in rows]
        self.limits = np.array([limit for limit, _ in rows])
        """``[C]`` amperes: a wire of a circuit or of a shared feed, or a winding."""
        self._choices = np.concatenate(choices, axis=1)
        """``[N, S]``: what an ampere of an EVSE adds to each choice of what flows."""
        self._firsts = np.cumsum([0, *(own.shape[1] for own in choices[:-1])])
        """``[C]``: where the choices of a row begin."""
        if not self._choices.imag.any():
            self._choices = np.ascontiguousarray(self._choices.real)

    def loads(self, amps: NDArray[np.float64]) -> NDArray[np.float64]:
        """``[T, N]`` amperes per wire of each EVSE to the largest ``[T, C]`` on each row."""
        most: NDArray[np.float64] = np.maximum.reduceat(
            np.abs(amps @ self._choices), self._firsts, axis=1
        )
        return most


def most_per_amp(evse: Evse) -> float:
    """Phase voltages that an ampere on each of its wires is worth at the most."""
    return sqrt(3) if evse.wiring.between else float(evse.wiring.conductors)


Part: TypeAlias = tuple[int, complex]
"""An EVSE's column, and what one ampere of it adds."""


def _rows(site: Site, columns: list[tuple[Station, Evse]]) -> Iterator[tuple[float, list[Part]]]:
    for circuit in site.circuits:
        under = {circuit.name}
        for other in site.circuits:
            if other.parent in under:
                under.add(other.name)
        inside = [(c, e) for c, (s, e) in enumerate(columns) if s.circuit in under]
        assert circuit.limit_amps is not None
        for wire in range(3):
            yield circuit.limit_amps[wire], _parts(inside, {wire: 1.0})
        if circuit.delta_fed:
            most = sqrt(3) * circuit.limit_amps[0]
            for wire in range(3):
                yield most, _parts(inside, {wire: 1.0, (wire + 1) % 3: -1.0})
    for station in site.stations:
        if station.feed_amps is not None:
            inside = [(c, e) for c, (s, e) in enumerate(columns) if s is station]
            for wire in range(3):
                yield station.feed_amps, _parts(inside, {wire: 1.0})


def _parts(inside: list[tuple[int, Evse]], seen: dict[int, float]) -> list[Part]:
    """What flows in a signed sum of wires; what may flow alone stands alone."""
    parts: list[Part] = []
    for column, evse in inside:
        wires = evse.wiring.wires
        if evse.wiring.between:
            ahead = VOLTAGES[wires[0]] - VOLTAGES[wires[1]]
            net = seen.get(wires[0], 0.0) - seen.get(wires[1], 0.0)
            parts.append((column, net * ahead / abs(ahead)))
        else:
            parts += [(column, seen[wire] * VOLTAGES[wire]) for wire in wires if wire in seen]
    return [(column, part) for column, part in parts if abs(part) > NOTHING]


def _choices(parts: list[Part], n: int) -> NDArray[np.complex128]:
    """``[N, S]``: each choice of what flows; what is in line is worst together, so is one."""
    angles = sorted({round(phase(part), 6) for _, part in parts})
    if len(angles) <= 1:
        together = np.zeros((n, 1), dtype=complex)
        for column, part in parts:
            # However it points: it is alone, and exactly what it is.
            together[column, 0] += abs(part)
        return together
    flowing = np.zeros((n, len(angles)), dtype=complex)
    for column, part in parts:
        place = angles.index(round(phase(part), 6))
        flowing[column, place] += rect(abs(part), angles[place])
    chosen = np.array(list(product((0.0, 1.0), repeat=len(angles)))[1:])
    result: NDArray[np.complex128] = flowing @ chosen.T
    return result
