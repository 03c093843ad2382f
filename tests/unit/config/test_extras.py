"""What needs a package that not everybody installs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gridbridge.config import Loaded
from gridbridge.config.checks.extras import check_extras
from gridbridge.config.problems import Findings
from gridbridge.domain.site import Objective

ROOT = Path(__file__).parents[3]
SITE = "sites: {a: {voltage: 400, import_kw: 60, stations: {A: {max_a: 32}}%s}}"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        pytest.param("", Objective.FAIR, id="fair where nothing is written"),
        pytest.param(", objective: fair", Objective.FAIR, id="fair"),
        pytest.param(", objective: throughput", Objective.THROUGHPUT, id="throughput"),
    ],
)
def test_a_site_shares_for_what_is_written(
    loaded: Callable[..., Loaded], more: str, expected: Objective
) -> None:
    (site,) = loaded(SITE % more).sites

    assert site.objective is expected


def test_without_the_solver_a_site_for_throughput_is_refused_and_told_what_to_install(
    loaded: Callable[..., Loaded],
) -> None:
    found = Findings()
    for more in ("", ", objective: throughput"):
        (site,) = loaded(SITE % more).sites
        check_extras(site, found, solver="no_such_solver")

    (told,) = found.found
    assert told.path == ("sites", "a", "objective")
    assert told.message == (
        "objective: throughput needs the package no_such_solver: install the extra plan"
        " (pip install 'gridbridge[plan]')"
    )


def test_the_gateway_runs_without_the_solver_where_no_site_asks_for_it() -> None:
    program = (
        "import sys; sys.modules['highspy'] = None\n"
        "import gridbridge.app.gateway, gridbridge.cli.main\n"
        "from tests.unit.engine.site.sites import Driven, depot\n"
        "driven = Driven(depot()); driven.arrive(1); driven.run(60.0); print(driven.limit(1))"
    )

    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT
    )

    assert (ran.stdout, ran.stderr) == ("32.0\n", "")
