"""What is written and works otherwise than it reads: told, and in nobody's way."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gridbridge.config import Loaded

TWO = "{A: {max_a: 32}, B: {max_a: 32}}"
V2G = "{V: {max_a: 32, evses: {1: {v2x: {max_discharge_kw: 10}}}}}"


def site(stations: str, more: str = "import_kw: 60") -> str:
    return f"sites:\n  a: {{voltage: 400, {more}, stations: {stations}}}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            site(TWO, "import_kw: 100, circuits: {main: {breaker_a: 100}}"),
            "main.yaml:2:32: warning: import_kw 100 is above the 60.97 kW that main (breaker"
            " 100 A x 0.8) carries at the highest voltage, so it never binds [sites.a.import_kw]",
            id="a connection above its breaker",
        ),
        pytest.param(
            site(V2G),
            "main.yaml:2:3: warning: V/1 never discharges: export_kw is 0 and no meter shows a"
            " load that could use it [sites.a.export_kw]",
            id="V2G that nothing takes",
        ),
        pytest.param(
            site(TWO, "import_kw: 40"),
            "main.yaml:2:36: warning: A, B count as nothing until first connected, and all"
            " stations together could draw more than import_kw 40: write absent_kw, what is kept"
            " free for each that never came, or 0 [sites.a.stations]",
            id="stations that do not fit the connection",
        ),
        pytest.param(
            site(
                "{A: {max_a: 32}, B: {max_a: 32, absent_kw: 5}, C: {max_a: 32}, D: {max_a: 9}}",
                "import_kw: 150, circuits: {main: {limit_a: [300, 300, 100]}}",
            ),
            "main.yaml:2:83: warning: A, C and 1 more count as nothing until first connected, and"
            " all stations together could draw more than the 100 A of main on L3: write"
            " absent_kw, what is kept free for each that never came, or 0 [sites.a.stations]",
            id="stations that do not fit a circuit, one line for all",
        ),
    ],
)
def test_what_works_otherwise_than_it_reads_is_told(
    told: Callable[..., list[str]], loaded: Callable[..., Loaded], text: str, expected: str
) -> None:
    assert told(text) == [expected]
    assert loaded(text).sites


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            site(TWO, "import_kw: 60, circuits: {main: {breaker_a: 100}}"), id="below the breaker"
        ),
        pytest.param(site(V2G, "import_kw: 60, export_kw: 5"), id="V2G that may export"),
        pytest.param(
            site(V2G, "import_kw: 60, meter: {ocpp: V, when_stale: {reserve_kw: 5}}"),
            id="V2G that the metered loads may use",
        ),
        pytest.param(site(TWO), id="all stations fit"),
        pytest.param(
            site("{A: {max_a: 32, absent_kw: 0}, B: {max_a: 32, absent_kw: 4}}", "import_kw: 40"),
            id="the operator said what is kept free",
        ),
        pytest.param(
            "models: {m: {max_a: 32, absent_kw: 0}}\n"
            + site("{A: {model: m}, B: {model: m}}", "import_kw: 40"),
            id="the model says what is kept free",
        ),
    ],
)
def test_what_works_as_it_reads_is_not_told(told: Callable[..., list[str]], text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("ocpp: {listen: '127.0.0.1:9001'}\n", id="loopback"),
        pytest.param("ocpp: {listen: '127.0.0.2:9001'}\n", id="another loopback"),
        pytest.param("ocpp: {listen: '[0:0:0:0:0:0:0:1]:9001'}\n", id="written at length"),
        pytest.param("ocpp: {listen: 'LOCALHOST:9001'}\n", id="by name"),
        pytest.param("ocpp: {listen: '0.0.0.0:9001', allow_insecure: true}\n", id="asked for"),
    ],
)
def test_passwords_without_tls_stay_on_this_machine_unless_asked_for(
    told: Callable[..., list[str]], text: str
) -> None:
    assert told(text) == []
