"""What a value asks for, and which values are refused by name."""

from __future__ import annotations

import pytest

from gridbridge.domain.events import SignalKind
from gridbridge.policy.signals import NOTHING, UnmappedSignalError, asked
from tests.unit.policy.programs import BASIS, program


@pytest.mark.parametrize(
    ("kind", "value", "max_import", "target"),
    [
        pytest.param(SignalKind.SIMPLE, 1.0, 70_000.0, None, id="shed what was nominated"),
        pytest.param(SignalKind.SIMPLE, 2.0, 20_000.0, None, id="down to a firm level"),
        pytest.param(SignalKind.SIMPLE, 3.0, 0.0, None, id="pause"),
        pytest.param(SignalKind.LOAD_CONTROL_CAPACITY, 0.5, 30_000.0, None, id="of nameplate"),
        pytest.param(SignalKind.IMPORT_CAPACITY_LIMIT, 4e4, 40_000.0, None, id="as it is"),
        pytest.param(SignalKind.LOAD_DISPATCH, 5e3, 5_000.0, 5_000.0, id="dispatch of import"),
        pytest.param(SignalKind.LOAD_DISPATCH, -5e3, 0.0, -5_000.0, id="dispatch of export"),
        pytest.param(SignalKind.PRICE, 0.25, 60_000.0, None, id="with its adder at the threshold"),
        pytest.param(SignalKind.PRICE, 0.7, 20_000.0, None, id="the strictest threshold reached"),
    ],
)
def test_a_value_is_a_limit_or_a_target(
    kind: SignalKind, value: float, max_import: float, target: float | None
) -> None:
    found = asked(program(), kind, value, BASIS)

    assert (found.max_import, found.target) == (max_import, target)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        pytest.param(SignalKind.SIMPLE, 0.0, id="level 0 is normal operation"),
        pytest.param(SignalKind.PRICE, 0.1, id="a low price"),
        pytest.param(SignalKind.PRICE, -0.4, id="a negative price"),
    ],
)
def test_some_values_ask_for_nothing(kind: SignalKind, value: float) -> None:
    assert asked(program(), kind, value, BASIS) is NOTHING


@pytest.mark.parametrize(
    ("kind", "value", "follows", "words"),
    [
        pytest.param(SignalKind.SIMPLE, 4.0, True, "SIMPLE 4", id="a level without a rule"),
        pytest.param(SignalKind.SIMPLE, 1.5, True, "SIMPLE 1.5", id="half a level"),
        pytest.param(SignalKind.LOAD_CONTROL_CAPACITY, 1.5, True, "1.5", id="more than all"),
        pytest.param(SignalKind.IMPORT_CAPACITY_LIMIT, -1.0, True, "negative", id="below zero"),
        pytest.param(SignalKind.LOAD_DISPATCH, 1.0, False, "LOAD_DISPATCH", id="dispatch"),
        pytest.param(SignalKind.LOAD_CONTROL_CAPACITY, 1.0, False, "LOAD_CONTROL", id="control"),
        pytest.param(SignalKind.PRICE, 1.0, False, "prices", id="price"),
    ],
)
def test_what_has_no_rule_is_refused_by_name(
    kind: SignalKind, value: float, *, follows: bool, words: str
) -> None:
    with pytest.raises(UnmappedSignalError, match=words):
        asked(program(follows=follows), kind, value, BASIS)
