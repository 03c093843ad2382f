"""Names of one section that another must know."""

from __future__ import annotations

from collections.abc import Callable

import pytest

BASE = """\
vens: {util: {protocol: openadr-2.0b, vtn: "https://v/x", ven_name: d}}
models:
  dual: {max_a: 32, evses: {1: {}, 2: {}}}
classes: {bus: {weight: 2}}
sites:
  a:
    voltage: 400
    import_kw: 200
    circuits: {main: {limit_a: 300}, sub: {parent: main, limit_a: 100}}
    meter: {ocpp: CP-1, when_stale: {reserve_kw: 10}}
    loads: {shop: {circuit: main, reserve_a: 10}}
    programs: {peak: {nominated_kw: 20}}
    stations:
      CP-1: {model: dual, circuit: sub, class: bus}
programs:
  peak:
    match: {ven: util, market_context: m}
    authority: voluntary
    signals: {SIMPLE: {1: {shed_kw: nominated}}}
"""


def test_names_that_are_known_are_no_problem(told: Callable[..., list[str]]) -> None:
    assert told(BASE) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            "ven: util",
            "ven: utli",
            "main.yaml:17:18: there is no VEN 'utli'; did you mean 'util'?"
            " [programs.peak.match.ven]",
            id="a program's VEN",
        ),
        pytest.param(
            "{peak: {nominated_kw: 20}}",
            "{peek: {}}",
            "main.yaml:12:16: there is no program 'peek'; did you mean 'peak'?"
            " [sites.a.programs.peek]",
            id="a site's program",
        ),
        pytest.param(
            "{nominated_kw: 20}",
            "{}",
            "main.yaml:12:16: nominated_kw is missing: SIMPLE 1 sheds what is nominated"
            " [sites.a.programs.peak]",
            id="what is nominated",
        ),
        pytest.param(
            "model: dual",
            "model: daul",
            "main.yaml:14:21: there is no model 'daul'; did you mean 'dual'?"
            " [sites.a.stations.CP-1.model]",
            id="a station's model",
        ),
        pytest.param(
            "class: bus",
            "class: bsu",
            "main.yaml:14:48: there is no class 'bsu'; did you mean 'bus'?"
            " [sites.a.stations.CP-1.class]",
            id="a station's class",
        ),
        pytest.param(
            "class: bus",
            "evses: {1: {class: car}}",
            "main.yaml:14:60: there is no class 'car'; known: bus, default"
            " [sites.a.stations.CP-1.evses.1.class]",
            id="an EVSE's class",
        ),
        pytest.param(
            "class: bus",
            "evses: {3: {}}",
            "main.yaml:14:49: model dual has no EVSE 3 [sites.a.stations.CP-1.evses.3]",
            id="an EVSE the model has not",
        ),
        pytest.param(
            "circuit: sub, class",
            "circuit: sbu, class",
            "main.yaml:14:36: there is no circuit 'sbu'; did you mean 'sub'?"
            " [sites.a.stations.CP-1.circuit]",
            id="a station's circuit",
        ),
        pytest.param(
            "circuit: sub, class",
            "class",
            "main.yaml:14:7: the station is on no circuit: write one of main, sub"
            " [sites.a.stations.CP-1]",
            id="a station on no circuit",
        ),
        pytest.param(
            "{circuit: main, reserve_a: 10}",
            "{reserve_a: 10}",
            "main.yaml:11:13: the load is on no circuit: write one of main, sub"
            " [sites.a.loads.shop]",
            id="a load on no circuit",
        ),
        pytest.param(
            "ocpp: CP-1",
            "ocpp: CP-2",
            "main.yaml:10:19: the site has no station 'CP-2'; did you mean 'CP-1'?"
            " (a meter is the main meter, EVSE 0, of one of the site's charging stations; no other"
            " kind is supported yet) [sites.a.meter.ocpp]",
            id="the meter's station",
        ),
        pytest.param(
            "parent: main",
            "parent: mian",
            "main.yaml:9:52: there is no circuit 'mian'; did you mean 'main'?"
            " [sites.a.circuits.sub.parent]",
            id="a circuit's parent",
        ),
        pytest.param(
            "parent: main, ",
            "",
            "main.yaml:9:38: circuit sub has no parent, but main is the root: write its parent"
            " [sites.a.circuits.sub]",
            id="two roots",
        ),
        pytest.param(
            "programs:\n  peak:",
            "programs:\n"
            "  more: {match: {ven: util, market_context: m}, authority: price}\n"
            "  peak:",
            "main.yaml:18:40: program more has this VEN and market context already"
            " [programs.peak.match.market_context]",
            id="two programs for the same events",
        ),
        pytest.param(
            "      CP-1:",
            "      CP-2: {max_a: 16, circuit: sub, kind: dc}\n      CP-1:",
            "main.yaml:14:7: max_kw is missing for EVSE 1, which is dc [sites.a.stations.CP-2]",
            id="DC without a nameplate",
        ),
    ],
)
def test_a_name_that_leads_nowhere_is_told_where_it_is_used(
    told: Callable[..., list[str]], old: str, new: str, expected: str
) -> None:
    problems = [line for line in told(BASE.replace(old, new, 1)) if "warning" not in line]

    assert problems == [expected]


def test_circuits_in_a_ring_are_told_each(told: Callable[..., list[str]]) -> None:
    circuits = "{main: {}, b: {parent: c}, c: {parent: b}}"
    text = f"sites: {{a: {{voltage: 400, import_kw: 1, circuits: {circuits}}}}}\n"

    assert [line.split(": ", 1)[1] for line in told(text)] == [
        "circuits feed each other in a ring: b < c < b [sites.a.circuits.b.parent]",
        "circuits feed each other in a ring: c < b < c [sites.a.circuits.c.parent]",
    ]


def test_a_station_has_one_home(told: Callable[..., list[str]]) -> None:
    text = """\
        sites:
          a: {voltage: 400, import_kw: 20, stations: {CP-1: {max_a: 32}}}
          b: {voltage: 400, import_kw: 20, stations: {CP-1: {max_a: 32}}}
        """

    assert told(text) == [
        "main.yaml:3:47: station CP-1 belongs to site a already [sites.b.stations.CP-1]"
    ]


def test_a_program_nobody_takes_part_in_is_only_told(told: Callable[..., list[str]]) -> None:
    text = BASE.replace("programs: {peak: {nominated_kw: 20}}", "programs: {}")

    assert told(text) == [
        (
            "main.yaml:16:3: warning: no site takes part in program peak:"
            " its events move nothing [programs.peak]"
        )
    ]


def test_a_wrong_value_elsewhere_makes_no_name_unknown(told: Callable[..., list[str]]) -> None:
    text = BASE.replace("authority: voluntary", "authority: none").replace("32", "many")

    assert [line.rsplit("[", 1)[1] for line in told(text)] == [
        "models.dual.max_a]",
        "programs.peak.authority]",
    ]
