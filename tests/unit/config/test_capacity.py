"""Sums that must fit, with the sum told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridbridge.config import Loaded, load


def site(circuits: str, stations: str, more: str = "", import_kw: float = 500) -> str:
    """A site `a` on lines of its own."""
    return (
        f"sites:\n  a:\n    voltage: 400\n    import_kw: {import_kw:g}\n"
        f"    circuits: {circuits}\n    stations: {stations}\n{more}"
    )


def of_sums(lines: list[str]) -> list[str]:
    """The problems without what these small limits are told of besides."""
    return [
        line for line in lines if "it never binds" not in line and "first connected" not in line
    ]


TWO = "{A: {max_a: 32, circuit: main}, B: {max_a: 32, circuit: main}}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            site("{main: {limit_a: 11}}", TWO),
            "main.yaml:5:16: standing profiles do not fit: 2 EVSEs 12 A + loads 0 A = 12 A on L1,"
            " more than the 11 A of main (limit 11 A): lower offline_a [sites.a.circuits.main]",
            id="on a circuit",
        ),
        pytest.param(
            site("{main: {limit_a: [20, 20, 11]}}", TWO),
            "main.yaml:5:16: standing profiles do not fit: 2 EVSEs 12 A + loads 0 A = 12 A on L3,"
            " more than the 11 A of main (limit 20/20/11 A): lower offline_a"
            " [sites.a.circuits.main]",
            id="on its weakest wire",
        ),
        pytest.param(
            site(
                "{main: {breaker_a: 40}, sub: {parent: main}}",
                "{A: {max_a: 32, circuit: sub, offline_a: 16}, B: {max_a: 32, circuit: main}}",
                "    loads: {shop: {circuit: sub, reserve_a: 12}}\n",
            ),
            "main.yaml:5:16: standing profiles do not fit: 2 EVSEs 22 A + loads 12 A = 34 A on"
            " L1, more than the 32 A of main (breaker 40 A x 0.8): lower offline_a"
            " [sites.a.circuits.main]",
            id="with loads, from below",
        ),
        pytest.param(
            site(
                "{main: {limit_a: 11}}", "{A: {max_a: 32, phases: 1}, B: {max_a: 32, phases: 1}}"
            ),
            "main.yaml:5:16: standing profiles do not fit: 2 EVSEs 12 A + loads 0 A = 12 A on L1,"
            " more than the 11 A of main (limit 11 A): lower offline_a [sites.a.circuits.main]",
            id="an unknown wire counts on each",
        ),
        pytest.param(
            site("{main: {}}", TWO, import_kw=9),
            "main.yaml:4:16: standing profiles do not fit: 2 EVSEs 9.145 kW + loads 0 kW ="
            " 9.145 kW, more than import_kw 9: lower offline_a [sites.a.import_kw]",
            id="at the connection, at the highest voltage",
        ),
        pytest.param(
            site(
                "{main: {limit_a: 20}}",
                "{A: {max_a: 32, class: bus}, B: {max_a: 32, class: bus}}",
                "classes: {bus: {floor_kw: 6.9}}\n",
            ),
            "main.yaml:5:16: floors do not fit: 2 EVSEs 22.13 A + loads 0 A = 22.13 A on L1,"
            " more than the 20 A of main (limit 20 A): lower floor_kw [sites.a.circuits.main]",
            id="floors on a circuit, at the lowest voltage",
        ),
        pytest.param(
            site(
                "{main: {}}",
                "{A: {max_a: 32, class: bus}, B: {max_a: 32, class: bus}}",
                "classes: {bus: {floor_kw: 6.9}}\n",
                import_kw=13,
            ),
            "main.yaml:4:16: floors do not fit: 2 EVSEs 13.8 kW + loads 0 kW = 13.8 kW, more"
            " than import_kw 13: lower floor_kw [sites.a.import_kw]",
            id="floors at the connection",
        ),
        pytest.param(
            site(
                "{main: {limit_a: 20}, sub: {parent: mid, limit_a: 25}, mid: {parent: main}}", "{}"
            ),
            "main.yaml:5:37: warning: the 25 A of sub on L1 is above the 20 A of main, which"
            " feeds it [sites.a.circuits.sub]",
            id="a limit above its parent's is only told",
        ),
        pytest.param(
            site(
                "{main: {}}",
                "{A: {max_a: 32}}",
                "    meter: {ocpp: A, when_stale: {reserve_kw: 500}}\n",
            ),
            "main.yaml:7:47: warning: reserve_kw 500 leaves nothing of import_kw 500: all"
            " stations pause while the meter is stale [sites.a.meter.when_stale.reserve_kw]",
            id="a reserve that takes all is only told",
        ),
    ],
)
def test_a_sum_that_does_not_fit_is_told_with_the_sum(
    told: Callable[..., list[str]], text: str, expected: str
) -> None:
    assert of_sums(told(text)) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(site("{main: {limit_a: 12}}", TWO), id="just so"),
        pytest.param(
            site("{main: {limit_a: 6}}", "{A: {max_a: 9, phases: L1}, B: {max_a: 9, phases: L2}}"),
            id="on other wires",
        ),
        pytest.param(
            site("{main: {limit_a: 10}}", "{A: {max_a: 10, evses: {1: {}, 2: {}}}}"),
            id="behind a shared feed",
        ),
        pytest.param(
            site("{main: {limit_a: 0}}", "{A: {max_a: 32, offline_a: 0}}"),
            id="stations that pause while nobody commands them",
        ),
    ],
)
def test_a_sum_that_fits_is_no_problem(told: Callable[..., list[str]], text: str) -> None:
    assert of_sums(told(text)) == []


TRANSFORMER = "{main: {kva: 10, secondary: {voltage: 400, winding: delta-wye}}}"


def test_a_transformers_rating_is_a_limit_on_each_wire(loaded: Callable[..., Loaded]) -> None:
    (it,) = loaded(site(TRANSFORMER, "{A: {max_a: 14, phases: L1-L2}}", import_kw=10)).sites

    assert it.circuits[0].limit_amps == pytest.approx([14.434] * 3, abs=1e-3)
    assert it.circuits[0].source == "transformer 10 kVA"
    assert it.circuits[0].delta_fed


@pytest.mark.parametrize(
    ("circuits", "stations", "expected"),
    [
        pytest.param(
            TRANSFORMER,
            "{A: {max_a: 32, phases: L1-L2, offline_a: 14}}",
            "standing profiles do not fit: 1 EVSE 28 A + loads 0 A = 28 A in the"
            " winding between L1 and L2, more than the 25 A of main (transformer 10 kVA): lower"
            " offline_a [sites.a.circuits.main]",
            id="a load between two wires counts twice in its winding",
        ),
        pytest.param(
            "{main: {limit_a: 80}, x: {parent: main, kva: 10,"
            " secondary: {voltage: 400, winding: delta-wye}}}",
            "{A: {max_a: 32, circuit: x}}",
            "a transformer below another circuit is not supported yet [sites.a.circuits.x.parent]",
            id="a transformer within the site",
        ),
        pytest.param(
            "{main: {kva: 10, secondary: {voltage: 208, winding: delta-wye}}}",
            "{A: {max_a: 32}}",
            "208 V is not the site's voltage 400: a transformer within a site is"
            " not supported yet [sites.a.circuits.main.secondary.voltage]",
            id="another voltage",
        ),
        pytest.param(
            "{main: {kva: 10, limit_a: 10}}",
            "{A: {max_a: 32}}",
            "give either kva, or limit_a or breaker_a: a breaker is a circuit below"
            " [sites.a.circuits.main.kva]",
            id="two ratings",
        ),
        pytest.param(
            "{main: {secondary: {voltage: 400, winding: delta-wye}}}",
            "{A: {max_a: 32}}",
            "secondary needs kva [sites.a.circuits.main.secondary]",
            id="a winding of nothing",
        ),
        pytest.param(
            TRANSFORMER,
            "{A: {max_a: 32, evses: {1: {v2x: {max_discharge_kw: 5}}}}}",
            "v2x (A/1) behind a delta-wye transformer is not supported yet"
            " [sites.a.circuits.main.secondary]",
            id="giving back behind a delta",
        ),
    ],
)
def test_what_a_transformer_cannot_is_refused_by_name(
    told: Callable[..., list[str]], circuits: str, stations: str, expected: str
) -> None:
    lines = told(site(circuits, stations))

    assert expected in [line.split(": ", 1)[1] for line in lines]


@settings(max_examples=80, deadline=None)
@given(
    limit=st.integers(min_value=0, max_value=80),
    sub=st.integers(min_value=0, max_value=80),
    stations=st.lists(
        st.tuples(
            st.sampled_from(["main", "sub"]),
            st.sampled_from(["3", "1", "L1", "L2L3", "L3L1L2"]),
            st.integers(min_value=6, max_value=32),
        ),
        max_size=6,
    ),
    load_a=st.integers(min_value=0, max_value=30),
)
def test_no_site_loads_whose_standing_profiles_overload_a_wire(
    limit: int, sub: int, stations: list[tuple[str, str, int]], load_a: int
) -> None:
    written = ", ".join(
        f"S{number}: {{circuit: {circuit}, phases: {phases}, max_a: 32, offline_a: {offline}}}"
        for number, (circuit, phases, offline) in enumerate(stations)
    )
    text = site(
        f"{{main: {{limit_a: {limit}}}, sub: {{parent: main, limit_a: {sub}}}}}",
        f"{{{written}}}",
        f"    loads: {{shop: {{circuit: main, reserve_a: {load_a}}}}}\n",
    )
    with TemporaryDirectory() as folder:
        main = Path(folder, "main.yaml")
        main.write_text(text, encoding="utf-8")
        it = load(main, {})

    for wire in ("L1", "L2", "L3"):
        on_wire = [
            (circuit, offline)
            for circuit, phases, offline in stations
            if phases in {"3", "1"} or wire in phases
        ]
        in_sub = sum(offline for circuit, offline in on_wire if circuit == "sub")
        in_all = sum(offline for _, offline in on_wire)
        fits = in_sub <= sub and (in_all == 0 or in_all + load_a <= limit)
        assert fits or not isinstance(it, Loaded)
