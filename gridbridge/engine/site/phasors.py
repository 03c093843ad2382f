"""Currents that do not peak together: how loads between wires add up on a wire.

A load from L1 to L2 carries its current 30 degrees ahead of L1's voltage, one from L3 to L1 the
same behind it, one from L1 to neutral in line with it. So on L1 they add up to less than the sum
of their amperes, provided that their power factors are alike, as those of chargers are.

      30 .            ______ vertex     the true bound is the circle; kept are straight edges
        / '.    ..--''                  inside it, whose vertices lie on it: what loads one
       /    ' edge                      direction alone loses nothing
    0 '------------

A station may always draw less than it is told, and less of one load may be more of the sum. So
each edge counts only what points its way: then whatever anybody leaves out, the bound holds.
"""

from __future__ import annotations

from cmath import phase, rect
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, cos, degrees, radians
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridbridge.domain.site import Wiring

ARC = 15.0
"""Degrees between two vertices: the edges lie within 0.9 % of the circle."""
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """One straight bound on a sum of currents."""

    direction: float
    """Degrees from the voltage of what is bounded."""
    factor: float
    """Of the bound on the sum's magnitude, what this edge allows."""
    counted: Mapping[int, float]
    """Per member: what one ampere of it counts for."""


def on_wire(wiring: Wiring, wire: int) -> tuple[complex, ...]:
    """What may flow on a wire for each ampere of an EVSE, relative to the wire's voltage."""
    return tuple(part / _voltage(wire) for part in _parts(wiring, {wire: 1.0}))


def between_wires(wiring: Wiring, wire: int, other: int) -> tuple[complex, ...]:
    """The same in the difference of two wires, which is what a delta winding sees."""
    reference = _voltage(wire) - _voltage(other)
    parts = _parts(wiring, {wire: 1.0, other: -1.0})
    return tuple(part * abs(reference) / reference for part in parts)


def edges(members: Mapping[int, Sequence[complex]]) -> list[Edge]:
    """The bounds that together keep the sum of the members' parts within a magnitude.

    Each part may flow or not, whatever the others do.
    """
    angles = sorted({round(degrees(phase(part)), 6) for own in members.values() for part in own})
    if not angles:
        return [Edge(direction=0.0, factor=1.0, counted={})]
    low, high = angles[0], angles[-1]
    count = ceil((high - low) / ARC - _ROUNDING)
    if count == 0:
        return [_edge(members, low, 0.0)]
    width = (high - low) / count
    return [_edge(members, low + (place + 0.5) * width, width / 2) for place in range(count)]


def _edge(members: Mapping[int, Sequence[complex]], direction: float, half: float) -> Edge:
    counted = {member: _along(own, direction) for member, own in members.items()}
    return Edge(
        direction=direction,
        factor=cos(radians(half)),
        counted={member: per_amp for member, per_amp in counted.items() if per_amp > _ROUNDING},
    )


def _along(parts: Sequence[complex], direction: float) -> float:
    total = sum(max(abs(part) * cos(phase(part) - radians(direction)), 0.0) for part in parts)
    # Currents in line count as exactly what they are.
    return round(total, 12)


def _voltage(wire: int) -> complex:
    return rect(1.0, radians(-120.0 * wire))


def _parts(wiring: Wiring, seen: Mapping[int, float]) -> tuple[complex, ...]:
    """The currents of an EVSE in a signed sum of wires; what may flow alone stands alone."""
    if wiring.between:
        first, second = wiring.wires
        current = _voltage(first) - _voltage(second)
        total = seen.get(first, 0.0) - seen.get(second, 0.0)
        return (total * current / abs(current),) if total else ()
    return tuple(seen[wire] * _voltage(wire) for wire in wiring.wires if wire in seen)
