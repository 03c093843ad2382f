"""Durations, wirings, addresses and limits as one writes them."""

from __future__ import annotations

import pytest

from gridbridge.config.fields import Address, address, duration, per_phase, wiring
from gridbridge.domain.site import Wiring


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("15m", 900),
        ("1h30m", 5400),
        ("0.5h", 1800),
        ("1d", 86400),
        ("0s", 0),
        ("PT15M", 900),
        ("PT1H30M", 5400),
        ("P1DT1S", 86401),
        ("PT0.5S", 0.5),
    ],
)
def test_a_duration_names_its_units(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("value", [15, 1.5, True, "", "15", "P", "PT", "P1M", "-5m", "5 m", "2y"])
def test_what_has_no_unit_or_an_uneven_one_is_no_duration(value: object) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        duration(value)


def test_a_duration_ends_within_a_year() -> None:
    with pytest.raises(ValueError, match="longer than a year"):
        duration("9000h")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(3, Wiring(wires=(0, 1, 2)), id="three"),
        pytest.param("3", Wiring(wires=(0, 1, 2)), id="three, as text"),
        pytest.param("L2", Wiring(wires=(1,)), id="one wire"),
        pytest.param("l1l2", Wiring(wires=(0, 1)), id="two wires"),
        pytest.param("L2L3L1", Wiring(wires=(1, 2, 0)), id="rotated"),
        pytest.param(1, Wiring(wires=(0, 1, 2), known=False), id="one unknown wire"),
        ("L3-L1", Wiring(wires=(2, 0), between=True)),
    ],
)
def test_a_wiring_names_its_wires_in_the_stations_order(value: object, expected: Wiring) -> None:
    assert wiring(value) == expected


@pytest.mark.parametrize(
    "value", [0, 2, 4, True, "", "L4", "L1L1", "L1L2L3L1", "1L", "L1-L1", "L1-L2-L3", None]
)
def test_what_names_no_wires_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="is not a wiring"):
        wiring(value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:8080", Address(host="127.0.0.1", port=8080)),
        ("[::1]:0", Address(host="::1", port=0)),
        ("gw-1.example:65535", Address(host="gw-1.example", port=65535)),
    ],
)
def test_an_address_is_a_host_and_a_port(text: str, expected: Address) -> None:
    assert address(text) == expected


@pytest.mark.parametrize("value", [8080, ":8080", "host", "host:65536", "a b:1", "::1:80"])
def test_what_lacks_host_or_port_is_no_address(value: object) -> None:
    with pytest.raises(ValueError, match="is not an address"):
        address(value)


def test_a_limit_is_for_each_wire() -> None:
    assert per_phase(250) == (250.0, 250.0, 250.0)
    assert per_phase([250, "250", 200]) == (250.0, 250.0, 200.0)


@pytest.mark.parametrize("value", [[1, 2], True, [1, 2, False], -1, float("nan"), "x", None, {}])
def test_a_limit_is_one_number_or_three(value: object) -> None:
    with pytest.raises(ValueError, match=r"expected|must be"):
        per_phase(value)
