"""Currents that do not peak together: the edges keep every sum inside the circle, and not far.

Angles here are of L1's voltage: a load from L1 to L2 is 30 degrees ahead of it on L1.
"""

from __future__ import annotations

from cmath import rect
from itertools import product
from math import cos, pi, radians, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridbridge.domain.site import Wiring
from gridbridge.engine.site.phasors import ARC, between_wires, edges, on_wire

AB, BC, CA = (Wiring(wires=wires, between=True) for wires in ((0, 1), (1, 2), (2, 0)))
THREE = Wiring(wires=(0, 1, 2))
SINGLE = Wiring(wires=(0,))
KINDS = (AB, BC, CA, THREE, SINGLE, Wiring(wires=(0, 1)), Wiring(wires=(0, 1, 2), known=False))
amperes = st.floats(min_value=0.0, max_value=80.0)


def load(found: list[float]) -> float:
    return max(found, default=0.0)


def measured(parts: dict[int, tuple[complex, ...]], amps: list[float]) -> float:
    """The magnitude that the edges see."""
    return load(
        [
            sum(per_amp * amps[member] for member, per_amp in edge.counted.items()) / edge.factor
            for edge in edges(parts)
        ]
    )


def worst(parts: dict[int, tuple[complex, ...]], amps: list[float]) -> float:
    """The largest magnitude, whatever of the parts flows."""
    flowing = [part * amps[member] for member, own in parts.items() for part in own]
    chosen = product((0.0, 1.0), repeat=len(flowing))
    return max(abs(sum(map(complex.__mul__, flowing, map(complex, each)))) for each in chosen)


@given(st.lists(st.tuples(st.sampled_from(KINDS), amperes), min_size=1, max_size=4))
def test_the_edges_bound_the_worst_of_any_loads_and_not_much_below(
    loads: list[tuple[Wiring, float]],
) -> None:
    amps = [each for _, each in loads]
    wirings = [wiring for wiring, _ in loads]
    for of in (
        {member: on_wire(wiring, 0) for member, wiring in enumerate(wirings)},
        {member: between_wires(wiring, 0, 1) for member, wiring in enumerate(wirings)},
    ):
        true, seen = worst(of, amps), measured(of, amps)

        assert seen >= true - 1e-6
        assert seen * cos(radians(ARC / 2)) <= true + 1e-6


def test_without_loads_between_wires_amperes_are_amperes() -> None:
    (edge,) = edges({0: on_wire(SINGLE, 0), 1: on_wire(THREE, 0), 2: on_wire(SINGLE, 1)})

    assert (edge.factor, edge.direction) == (1.0, 0.0)
    assert edge.counted == {0: 1.0, 1: 1.0}


@pytest.mark.parametrize(
    ("wirings", "amps", "expected"),
    [
        pytest.param([AB], [20.0], 20.0, id="one load between two wires"),
        pytest.param([AB, CA], [20.0, 20.0], 20.0 * sqrt(3), id="two of them, balanced"),
        pytest.param([AB, BC, CA], [20.0, 20.0, 20.0], 20.0 * sqrt(3), id="all three"),
        pytest.param([AB, SINGLE], [10.0, 10.0], 20.0 * cos(pi / 12), id="beside one to neutral"),
    ],
)
def test_what_flows_on_a_wire(wirings: list[Wiring], amps: list[float], expected: float) -> None:
    parts = {member: on_wire(wiring, 0) for member, wiring in enumerate(wirings)}

    assert measured(parts, amps) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("wirings", "amps", "expected"),
    [
        pytest.param([AB], [10.0], 20.0, id="a load between its wires counts twice"),
        pytest.param([BC], [10.0], 10.0, id="a load on one of its wires"),
        pytest.param([AB, BC, CA], [10.0] * 3, 30.0, id="balanced: the root of three a wire"),
        pytest.param([THREE], [10.0], 10.0 * sqrt(3), id="a three-phase load"),
        pytest.param(
            [BC, CA], [10.0, 10.0], 10.0, id="what others leave out may not be relied on"
        ),
    ],
)
def test_what_flows_in_a_winding(
    wirings: list[Wiring], amps: list[float], expected: float
) -> None:
    parts = {member: between_wires(wiring, 0, 1) for member, wiring in enumerate(wirings)}

    assert measured(parts, amps) == pytest.approx(expected, rel=0.01)


def test_a_rotated_load_is_the_same_load() -> None:
    turned = Wiring(wires=(1, 0), between=True)

    assert on_wire(turned, 0)[0] == pytest.approx(rect(1.0, pi / 6))
