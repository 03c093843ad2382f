"""What needs a package that not everybody installs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gridbridge.config import Loaded
from gridbridge.config.checks.extras import check_extras
from gridbridge.config.problems import Findings
from gridbridge.domain.site import Objective

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
