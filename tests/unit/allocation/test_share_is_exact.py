"""The share against a solver that is not ours, and against its certificate at every size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from tests.unit.allocation.depots import Depot, depots, forest, nested, one_period
from tests.unit.allocation.successive_lp import successive_lp


@given(depot=depots())
@settings(deadline=None, max_examples=100)
def test_the_certificate_holds_for_any_rows(depot: Depot) -> None:
    assert depot.violation(depot.share()) <= 1e-7


@pytest.mark.parametrize("n_evses", [1, 10, 100, 1_000])
@pytest.mark.parametrize("phases", [False, True], ids=["single-limit", "per-phase"])
@pytest.mark.parametrize("seed", range(5))
def test_the_certificate_holds_on_breaker_trees(n_evses: int, seed: int, *, phases: bool) -> None:
    depot = nested(n_evses, fans=(8, 5, 5), seed=seed, periods=3, phases=phases)

    assert depot.violation(depot.share()) <= 1e-6


def test_the_certificate_holds_for_thousands_of_evses() -> None:
    depot = nested(20_000, fans=(8, 5, 5), seed=11)

    assert depot.violation(depot.share()) <= 1e-5


def test_the_certificate_holds_for_a_forest_of_sites() -> None:
    depot = forest(300, per_site=10, seed=12)

    assert depot.violation(depot.share()) <= 1e-6


def test_a_site_gets_the_same_share_in_a_forest_as_alone() -> None:
    """Sites have no row in common, so none may feel another."""
    together = forest(40, per_site=10, seed=13)

    amps = together.share()

    cut = together.caps.copy()
    cut[:, 10:] *= 0.5
    cut_elsewhere = Depot(
        tree=together.tree,
        caps=cut,
        lower=together.lower,
        upper=together.upper,
        weight=together.weight,
    )
    assert np.array_equal(cut_elsewhere.share()[:, :10], amps[:, :10])


@pytest.mark.parametrize("phases", [False, True], ids=["single-limit", "per-phase"])
@pytest.mark.parametrize("seed", range(20))
def test_the_share_is_that_of_successive_linear_programmes(seed: int, *, phases: bool) -> None:
    depot = nested(12, fans=(3, 2), seed=seed, phases=phases)

    assert np.abs(depot.share() - successive_lp(depot)).max() <= 1e-4


@given(depot=depots(max_evses=5, max_rows=4))
@settings(deadline=None, max_examples=60)
def test_the_share_is_exact_for_rows_that_do_not_nest(depot: Depot) -> None:
    depot = one_period(depot, 0)

    assert np.abs(depot.share() - successive_lp(depot)).max() <= 1e-4
