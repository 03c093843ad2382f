"""Variables of the environment over what the files say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from gridbridge.cli.main import build_app
from gridbridge.config import Loaded

BASE = """\
vens: {util: {protocol: openadr-2.0b, vtn: "https://v/x", ven_name: d}}
sites:
  HQ: {voltage: 400, import_kw: 200, stations: {"CP.1": {max_a: 32}}}
  depot-7: {voltage: 400, import_kw: 100}
programs:
  p: {match: {ven: util, market_context: m}, authority: voluntary}
"""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("GRIDBRIDGE_SITES__HQ__IMPORT_KW", id="upper case"),
        pytest.param("GRIDBRIDGE_SITES__hq__import_kw", id="lower case"),
    ],
)
def test_an_override_changes_one_value_and_adds_no_site(
    loaded: Callable[..., Loaded], name: str
) -> None:
    sites = loaded(BASE, **{name: "150"}).sites

    assert [(site.id, site.import_w, len(site.stations)) for site in sites] == [
        ("HQ", 150_000.0, 1),
        ("depot-7", 100_000.0, 0),
    ]


def test_an_underscore_stands_for_what_no_shell_can_export(
    loaded: Callable[..., Loaded],
) -> None:
    it = loaded(
        BASE,
        GRIDBRIDGE_SITES__DEPOT_7__IMPORT_KW="50",
        GRIDBRIDGE_SITES__HQ__STATIONS__CP_1__MAX_A="16",
    )

    assert it.sites[1].import_w == 50_000.0
    assert it.sites[0].stations[0].evses[0].max_amps == 16.0


def test_an_override_may_write_what_was_left_to_its_default(
    loaded: Callable[..., Loaded], tmp_path: Path
) -> None:
    it = loaded(
        BASE,
        GRIDBRIDGE_GATEWAY__DATA_DIR="elsewhere",
        GRIDBRIDGE_OCPP__REUSE_PORT="true",
        GRIDBRIDGE_PROGRAMS__P__SIGNALS__LOAD_CONTROL__X_LOADCONTROLCAPACITY="follow",
        GRIDBRIDGE_PROGRAMS__P__LOST__THEN="{kw: 60}",
    )

    assert it.gateway.data_dir == tmp_path / "elsewhere"
    assert it.ocpp.reuse_port
    assert it.programs[0].load_control
    assert it.programs[0].lost.limit == 60_000.0


def test_what_is_included_may_be_overridden_too(
    loaded: Callable[..., Loaded], write: Callable[[str, str], Path]
) -> None:
    write("more.yaml", "sites: {b: {voltage: 400, import_kw: 1}}\n")

    it = loaded(
        BASE,
        GRIDBRIDGE_GATEWAY__INCLUDE="[more.yaml]",
        GRIDBRIDGE_SITES__B__IMPORT_KW="2",
    )

    assert it.sites[-1].import_w == 2_000.0


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        pytest.param(
            "GRIDBRIDGE_SITES__DEPOT__IMPORT_KW",
            "1",
            "nothing is called 'depot'; did you mean 'depot-7'?",
            id="a site that is not there",
        ),
        pytest.param(
            "GRIDBRIDGE_STIES__HQ__IMPORT_KW",
            "1",
            "nothing is called 'sties'; did you mean 'sites'?",
            id="a section that is not there",
        ),
        pytest.param(
            "GRIDBRIDGE_SITES__HQ__IMPORT_KV",
            "1",
            "nothing is called 'import_kv'; did you mean 'import_kw'?",
            id="a key that is not there",
        ),
        pytest.param(
            "GRIDBRIDGE_X",
            "x",
            "nothing is called 'x'; known: gateway, http, ocpp, vens, models, sites, classes,"
            " programs",
            id="a name that is left over",
        ),
        pytest.param(
            "GRIDBRIDGE_OCPP__UPSTREAMS__CSMS__URL",
            "x",
            "'upstreams' is not supported yet",
            id="a key not built yet",
        ),
        pytest.param(
            "GRIDBRIDGE_SITES__HQ",
            "{}",
            "'HQ' is no single value: name one of its keys",
            id="a whole site",
        ),
        pytest.param(
            "GRIDBRIDGE_SITES__HQ__IMPORT_KW__X",
            "1",
            "'import_kw' has no keys below it",
            id="below a value",
        ),
        pytest.param(
            "GRIDBRIDGE_SITES__HQ__IMPORT_KW",
            "inf",
            "a finite number is expected, not inf [sites.HQ.import_kw]",
            id="an infinite power",
        ),
        pytest.param(
            "GRIDBRIDGE_SITES__HQ__IMPORT_KW",
            "true",
            "a number is expected, not 'true' [sites.HQ.import_kw]",
            id="a truth value for a power",
        ),
    ],
)
def test_what_fits_nowhere_is_refused_by_the_name_of_the_variable(
    told: Callable[..., list[str]], name: str, text: str, expected: str
) -> None:
    problems = [line for line in told(BASE, **{name: text}) if "warning" not in line]

    assert problems == [f"${name}: {expected}"]


def test_two_ids_that_one_name_may_mean_are_refused(told: Callable[..., list[str]]) -> None:
    text = "sites:\n  a-1: {voltage: 400, import_kw: 1}\n  A.1: {voltage: 400, import_kw: 1}\n"

    assert told(text, GRIDBRIDGE_SITES__A_1__IMPORT_KW="2") == [
        "$GRIDBRIDGE_SITES__A_1__IMPORT_KW: 'A_1' may mean any of a-1, A.1"
    ]


def _read_by(command: Any) -> Iterator[str]:  # noqa: ANN401 - click's, behind typer's back
    """Every variable that a command, or one below it, takes an argument or an option from."""
    for parameter in command.params:
        names = parameter.envvar or ()
        yield from (names,) if isinstance(names, str) else names
    for below in getattr(command, "commands", {}).values():
        yield from _read_by(below)


def test_the_variables_of_the_commands_are_found() -> None:
    assert set(_read_by(typer.main.get_command(build_app()))) >= {
        "GRIDBRIDGE_CONFIG",
        "GRIDBRIDGE_URL",
    }


@pytest.mark.parametrize(
    "name",
    [
        *sorted(set(_read_by(typer.main.get_command(build_app())))),
        "GRIDBRIDGE_TEST_REDIS",
        "GRIDBRIDGE_SERVICE_HOST",
        "GRIDBRIDGE_SERVICE_PORT_HTTP",
        "GRIDBRIDGE_PORT",
        "GRIDBRIDGE_PORT_9000_TCP_ADDR",
        "GRIDBRIDGE_OCPP_SERVICE_HOST",
    ],
)
def test_names_that_mean_something_else_are_left_alone(
    loaded: Callable[..., Loaded], name: str
) -> None:
    assert loaded(BASE, **{name: "x"}).config_hash == loaded(BASE).config_hash
