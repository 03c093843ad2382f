"""What signals mean, how events are answered, and what is refused of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gridbridge.config import Loaded
from gridbridge.domain.events import Opt
from gridbridge.domain.ids import ProgramName, VenName
from gridbridge.domain.limits import Authority
from gridbridge.domain.programs import (
    Basis,
    LevelRule,
    Lost,
    LostRule,
    PriceRule,
    PriceThreshold,
    Program,
    ReleaseRule,
    RespondRule,
)
from gridbridge.domain.units import Seconds, Watts

HEAD = """\
vens: {u: {protocol: openadr-2.0b, vtn: "https://v/x", ven_name: d}}
sites: {a: {voltage: 400, import_kw: 9, programs: {p: {nominated_kw: 5}}}}
programs:
  p:
    match: {ven: u, market_context: m}
    authority: binding
"""


def test_every_key_of_a_program_reaches_the_rules(loaded: Callable[..., Loaded]) -> None:
    more = """\
    applies_to: connection
    signals:
      SIMPLE: {1: {shed_kw: nominated}, 2: {firm_kw: 80}, 3: {pause: true, keep_floor: false}}
      LOAD_DISPATCH: {amount: total}
      LOAD_CONTROL: {x-loadControlCapacity: follow}
      IMPORT_CAPACITY_LIMIT: {basis: instantaneous}
    price: {add_per_kwh: -0.06, thresholds: [{above_per_kwh: 0.3, pct_of_import: 50}]}
    respond: {default: opt_in, opt_out_if: {notice_below: 10m}, never_opt_out: [SIMPLE-3]}
    lost: {after: PT10M, then: {kw: 60}}
    release: {ramp: 30m, stagger: 0s}
    report: {every: 5m}
"""

    assert loaded(HEAD + more).programs == (
        Program(
            name=ProgramName("p"),
            ven=VenName("u"),
            market="m",
            authority=Authority.BINDING,
            applies_to="connection",
            simple={
                1: LevelRule(basis=Basis.SHED_NOMINATED),
                2: LevelRule(basis=Basis.FIRM_KW, value=80_000.0),
                3: LevelRule(basis=Basis.PAUSE, keep_floor=False),
            },
            load_control=True,
            dispatch=True,
            capacity_limit=True,
            price=PriceRule(
                thresholds=(PriceThreshold(above_per_kwh=0.3, pct_of_import=50.0),),
                add_per_kwh=-0.06,
            ),
            respond=RespondRule(
                default=Opt.IN, notice_below=Seconds(600.0), never_opt_out_levels=frozenset({3})
            ),
            lost=LostRule(after=Seconds(600.0), then=Lost.KW, limit=Watts(60_000.0)),
            release=ReleaseRule(ramp=Seconds(1800.0), stagger=Seconds(0.0)),
            report_every=Seconds(300.0),
        ),
    )


def test_what_a_program_leaves_out_is_the_domains_default(
    loaded: Callable[..., Loaded],
) -> None:
    assert loaded(HEAD).programs == (
        Program(name=ProgramName("p"), ven=VenName("u"), market="m", authority=Authority.BINDING),
    )


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("{shed_kw: 5.5}", LevelRule(basis=Basis.SHED_KW, value=5500.0)),
        ("{kw: 0}", LevelRule(basis=Basis.KW, value=0.0)),
        ("{pct_of_import: 40}", LevelRule(basis=Basis.PCT_OF_IMPORT, value=40.0)),
        ("{pct_of_nameplate: 40}", LevelRule(basis=Basis.PCT_OF_NAMEPLATE, value=40.0)),
    ],
)
def test_a_level_has_one_basis(
    loaded: Callable[..., Loaded], level: str, expected: LevelRule
) -> None:
    (program,) = loaded(f"{HEAD}    signals: {{SIMPLE: {{1: {level}}}}}\n").programs

    assert program.simple == {1: expected}


ONE_OF = "give exactly one of kw, firm_kw, shed_kw, pct_of_import, pct_of_nameplate, pause"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        pytest.param(
            "signals: {SIMPLE: {1: {}}}",
            f"7:24: {ONE_OF} [programs.p.signals.SIMPLE.1]",
            id="no basis",
        ),
        pytest.param(
            "signals: {SIMPLE: {1: {kw: 0, pause: true}}}",
            f"7:24: {ONE_OF}, not kw and pause [programs.p.signals.SIMPLE.1]",
            id="two bases",
        ),
        pytest.param(
            "signals: {SIMPLE: {1: {pause: false}}}",
            "7:35: true is expected, not False; leave pause out otherwise"
            " [programs.p.signals.SIMPLE.1.pause]",
            id="no pause",
        ),
        pytest.param(
            "signals: {SIMPLE: {0: {kw: 1}}}",
            "7:24: '0' is not a level: 1, 2 or 3 (0 is normal) [programs.p.signals.SIMPLE.0]",
            id="level 0",
        ),
        pytest.param(
            "signals: {SIMPLE: {1: {pct_of_baseline: 50}}}",
            "7:28: 'pct_of_baseline' is not supported yet"
            " [programs.p.signals.SIMPLE.1.pct_of_baseline]",
            id="a basis not built yet",
        ),
        pytest.param(
            "signals: {SIMPLE: {1: {shed_kw: nominatd}}}",
            "7:37: a number or nominated is expected, not 'nominatd'; did you mean 'nominated'?"
            " [programs.p.signals.SIMPLE.1.shed_kw]",
            id="a word for a number",
        ),
        pytest.param(
            "signals: {LOAD_DISPATCH: {amount: per_target}}",
            "7:39: 'per_target' is not supported yet [programs.p.signals.LOAD_DISPATCH.amount]",
            id="amounts per target",
        ),
        pytest.param(
            "signals: {IMPORT_CAPACITY_LIMIT: {basis: average, window: 15m}}",
            "7:46: 'average' is not supported yet"
            " [programs.p.signals.IMPORT_CAPACITY_LIMIT.basis]\n"
            "7:55: 'window' is not supported yet"
            " [programs.p.signals.IMPORT_CAPACITY_LIMIT.window]",
            id="limits on an average",
        ),
        pytest.param(
            "signals: {BID_LOAD: {}}",
            "7:15: unknown key 'BID_LOAD'; known: SIMPLE, LOAD_DISPATCH, LOAD_CONTROL,"
            " IMPORT_CAPACITY_LIMIT [programs.p.signals.BID_LOAD]",
            id="a signal nobody knows",
        ),
        pytest.param(
            "applies_to: circuit:main",
            "7:17: 'circuit:main' is not supported yet [programs.p.applies_to]",
            id="programs of one circuit",
        ),
        pytest.param(
            "lost: {then: hodl}",
            "7:18: release, hold or {kw: NUMBER} is expected, not 'hodl' [programs.p.lost.then]",
            id="a rule nobody knows",
        ),
        pytest.param(
            "lost: {then: {kw: true}}",
            "7:12: a number is expected, not true [programs.p.lost.then]",
            id="a truth value for a power",
        ),
        pytest.param(
            "price: {use: plan}",
            "7:13: 'use' is not supported yet [programs.p.price.use]",
            id="plans",
        ),
        pytest.param(
            "price: {thresholds: [{above_per_kwh: 1, pct_of_import: 50},"
            " {above_per_kwh: 1, pct_of_import: 40}]}",
            "7:81: thresholds must rise: this price is not above the one before"
            " [programs.p.price.thresholds.1.above_per_kwh]",
            id="a price twice",
        ),
        pytest.param(
            "price: {thresholds: [{above_per_kwh: 1, pct_of_import: 50},"
            " {above_per_kwh: 2, pct_of_import: 60}]}",
            "7:99: a higher price must not allow more than the one before"
            " [programs.p.price.thresholds.1.pct_of_import]",
            id="more at a higher price",
        ),
        pytest.param(
            "respond: {never_opt_out: [SIMPLE-4]}",
            "7:31: 'SIMPLE-4' is not known here; known: SIMPLE-1, SIMPLE-2, SIMPLE-3"
            " [programs.p.respond.never_opt_out.0]",
            id="a level nobody knows",
        ),
        pytest.param(
            "respond: {default: opt_out, opt_out_if: {notice_below: 1m}}",
            "7:33: opt_out_if does nothing where the default is opt_out"
            " [programs.p.respond.opt_out_if]",
            id="an exception that is the rule",
        ),
    ],
)
def test_a_rule_that_cannot_be_is_told_at_its_place(
    told: Callable[..., list[str]], more: str, expected: str
) -> None:
    assert told(f"{HEAD}    {more}\n") == [f"main.yaml:{each}" for each in expected.split("\n")]


def test_floors_yield_in_binding_programs_only(told: Callable[..., list[str]]) -> None:
    text = HEAD.replace("binding", "voluntary")
    more = "    signals: {SIMPLE: {3: {kw: 0, keep_floor: false}}}\n"

    assert told(text + more) == [
        (
            "main.yaml:7:47: keep_floor: false needs authority: binding"
            " [programs.p.signals.SIMPLE.3.keep_floor]"
        )
    ]
