"""A SIMPLE level that allows more than a lower one is told, and stops nobody."""

from __future__ import annotations

from collections.abc import Callable

import pytest

PROGRAM = """\
programs:
  peak:
    match: {{ven: u, market_context: m}}
    authority: voluntary
    signals: {{SIMPLE: {{1: {{{0}}}, 2: {{{1}}}}}}}
vens: {{u: {{protocol: openadr-2.0b, vtn: "https://v/x", ven_name: d}}}}
sites:
"""
SITE = "  {0}: {{voltage: 400, import_kw: {1}, programs: {{peak: {{nominated_kw: {2}}}}}}}\n"


def text(first: str, second: str, *sites: tuple[str, int, int]) -> str:
    named = sites or (("a", 100, 40),)
    return PROGRAM.format(first, second) + "".join(SITE.format(*each) for each in named)


@pytest.mark.parametrize(
    ("first", "second", "told_first", "told_second"),
    [
        ("firm_kw: 50", "firm_kw: 80", "firm_kw 50", "firm_kw 80"),
        ("kw: 50", "firm_kw: 50.1", "kw 50", "firm_kw 50.1"),
        ("shed_kw: 60", "shed_kw: 20", "shed_kw 60", "shed_kw 20"),
        ("pct_of_import: 20", "pct_of_import: 21", "pct_of_import 20", "pct_of_import 21"),
        ("pct_of_nameplate: 20", "pct_of_nameplate: 30",
         "pct_of_nameplate 20", "pct_of_nameplate 30"),
        ("pause: true", "kw: 1", "pause", "kw 1"),
        ("pause: true", "pct_of_nameplate: 1", "pause", "pct_of_nameplate 1"),
        # The site has 100 kW and nominated 40 of them.
        ("shed_kw: 60", "firm_kw: 50", "shed_kw 60", "firm_kw 50"),
        ("shed_kw: nominated", "pct_of_import: 70", "shed nominated", "pct_of_import 70"),
    ],
)  # fmt: skip
def test_a_level_that_loosens_is_told(
    told: Callable[..., list[str]], first: str, second: str, told_first: str, told_second: str
) -> None:
    column = 31 + len(first)

    assert told(text(first, second)) == [
        (
            f"main.yaml:5:{column}: warning: SIMPLE 2 ({told_second}) allows more than SIMPLE 1"
            f" ({told_first}) at a: a higher level should ask for more"
            " [programs.peak.signals.SIMPLE.2]"
        )
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("firm_kw: 80", "firm_kw: 80"),
        ("firm_kw: 80", "pause: true"),
        ("shed_kw: nominated", "firm_kw: 50"),
        ("shed_kw: 40", "shed_kw: nominated"),
        ("pct_of_nameplate: 20", "pause: true"),
        # What the nameplate comes to is not known here.
        ("pct_of_nameplate: 20", "firm_kw: 50"),
        ("firm_kw: 50", "pct_of_nameplate: 20"),
    ],
)
def test_a_level_that_does_not_loosen_or_cannot_be_compared_is_not_told(
    told: Callable[..., list[str]], first: str, second: str
) -> None:
    assert told(text(first, second)) == []


def test_only_sites_where_it_loosens_count(told: Callable[..., list[str]]) -> None:
    sites = (("small", 60, 0), ("large", 200, 0), ("huge", 300, 0))

    (line,) = told(text("firm_kw: 90", "shed_kw: 100", *sites))

    assert " at large and 1 more: " in line


def test_a_level_is_compared_with_every_lower_one(told: Callable[..., list[str]]) -> None:
    lines = told(text("kw: 30", "kw: 20}, 3: {kw: 25"))

    assert [line.split("warning: ")[1].split(" at ")[0] for line in lines] == [
        "SIMPLE 3 (kw 25) allows more than SIMPLE 2 (kw 20)"
    ]
