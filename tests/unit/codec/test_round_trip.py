"""What is written is read back, whatever the value."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridbridge.codec import decode, decode_recorded, encode, encode_recorded
from gridbridge.domain.facts import Fact, Recorded
from gridbridge.domain.programs import Program
from gridbridge.domain.site import Site
from gridbridge.domain.units import FOREVER, Instant
from tests.unit.codec.strategies import values_of

FACTS = [pytest.param(kind, id=kind.__name__) for kind in get_args(Fact)]


def test_every_fact_has_a_tag_of_its_own() -> None:
    names = [kind.__name__ for kind in get_args(Fact)]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize("kind", FACTS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_fact_round_trips_to_the_same_value_and_the_same_bytes(
    kind: type[Fact], data: st.DataObject
) -> None:
    fact = data.draw(values_of(kind))
    recorded = Recorded(
        at=Instant(data.draw(st.floats(0, 1e11))),
        writer="gw-1-9f3a",
        seq=data.draw(st.integers(0, 2**53)),
        fact=fact,
    )

    written = encode_recorded(recorded)
    read = decode_recorded(written)

    assert read == recorded
    assert type(read.fact) is kind
    assert encode_recorded(read) == written


@pytest.mark.parametrize(
    "kind", [pytest.param(Site, id="Site"), pytest.param(Program, id="Program")]
)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_configured_value_round_trips(kind: type[Site | Program], data: st.DataObject) -> None:
    value = data.draw(values_of(kind))

    assert decode(encode(value), kind) == value


@given(number=st.floats(allow_nan=False))
def test_a_float_keeps_every_bit(number: float) -> None:
    read = decode(encode(number), float)

    assert read.hex() == number.hex()


@pytest.mark.parametrize(
    ("as_type", "value"),
    [
        pytest.param(tuple[float, ...], (1.5, FOREVER), id="a tuple of any length"),
        pytest.param(tuple[float | None, int], (None, 3), id="a tuple of fixed length"),
        pytest.param(dict[int, str], {-1: "a", 20: "b"}, id="integers as keys"),
        pytest.param(dict[tuple[str, int], float], {("a", 1): 2.0}, id="tuples as keys"),
        pytest.param(frozenset[int], frozenset({10, 9, 1}), id="a set"),
        pytest.param(list[bool], [True, False], id="a list"),
    ],
)
def test_what_holds_values_round_trips_under_its_annotation(
    as_type: type[object], value: object
) -> None:
    read = decode(encode(value, as_type), as_type)

    assert read == value
    assert type(read) is type(value)


def test_equal_sets_are_equal_bytes() -> None:
    one = encode(frozenset([8, 0, 16]), frozenset[int])

    assert one == encode(frozenset([16, 0, 8]), frozenset[int])
