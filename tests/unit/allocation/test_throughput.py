"""The share that charges most, against a solver of another package and against the fair share."""

from __future__ import annotations

import highspy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from gridbridge.allocation import Tree, allocate
from gridbridge.allocation import throughput as module
from gridbridge.allocation.throughput import LESS, PARTS, throughput, worth_of
from tests.unit.allocation.depots import Depot, Floats, depots, nested, one_period, table

WIRES = Tree.from_pairs(
    4,
    ["L1", "L2", "L3"],
    [(0, 0, 1.0), (1, 1, 1.0), (2, 2, 1.0), (0, 3, 1.0), (1, 3, 1.0), (2, 3, 1.0)],
)
"""Three single-phase cars, each on its wire, and one on all three."""


def most(depot: Depot) -> Floats:
    return throughput(depot.tree, depot.caps, depot.lower, depot.upper, depot.weight)


def oracle(depot: Depot) -> tuple[float, Floats]:
    """The largest worth of a depot of one period, and a share that has it."""
    tree, n = depot.tree, depot.tree.n_evses
    limited = np.isfinite(depot.caps[0])
    dense = np.zeros((tree.n_rows, n))
    dense[tree.row, tree.column] = tree.coefficient
    scale = np.maximum(dense.max(axis=1, initial=0.0), 1e-9)
    rows = (dense / scale[:, None])[limited]
    room = (np.maximum(depot.caps - tree.loads(depot.lower), 0.0)[0] / scale)[limited]
    part = (depot.upper - depot.lower)[0] / PARTS
    solved = linprog(
        c=-np.concatenate([depot.weight[0] * (1.0 - LESS * place) for place in range(PARTS)]),
        A_ub=np.tile(rows, PARTS),
        b_ub=room,
        bounds=[(0.0, size) for size in np.tile(part, PARTS)],
        method="highs-ipm",
    )
    assert solved.status == 0, solved.message
    return -solved.fun, depot.lower + solved.x.reshape(PARTS, n).sum(axis=0)


def valued(depot: Depot, seed: int) -> Depot:
    """The same depot with values of which no two are alike, so that one share is the best."""
    value = np.random.default_rng(seed).uniform(1.0, 5.0, depot.weight.shape)
    return Depot(
        tree=depot.tree, caps=depot.caps, lower=depot.lower, upper=depot.upper, weight=value
    )


@pytest.mark.parametrize(
    ("caps", "value", "expected"),
    [
        pytest.param([32, 32, 32], [1, 1, 1, 1], [32, 32, 32, 0], id="three for the price of one"),
        pytest.param([32, 32, 32], [1, 1, 1, 4], [0, 0, 0, 32], id="who is worth more than three"),
        pytest.param([32, 64, 32], [1, 1, 1, 4], [0, 32, 0, 32], id="nothing is left over"),
        pytest.param([48, 48, 48], [1, 1, 1, 3], [24, 24, 24, 24], id="equals share"),
        pytest.param([np.inf] * 3, [1, 1, 1, 1], [32, 32, 32, 32], id="no limit"),
        pytest.param([0, 32, 32], [1, 1, 1, 9], [0, 32, 32, 0], id="a wire without power"),
    ],
)
def test_power_goes_where_most_is_charged(
    caps: list[float], value: list[float], expected: list[float]
) -> None:
    amps = throughput(
        WIRES, np.array([caps]), np.zeros((1, 4)), np.full((1, 4), 32.0), np.array([value])
    )

    assert amps[0] == pytest.approx(expected, abs=1e-6)


def test_of_two_alike_none_gets_all_before_the_other_gets_some() -> None:
    tree = Tree.from_pairs(2, ["wire"], [(0, 0, 1.0), (0, 1, 1.0)])

    amps = throughput(
        tree, np.array([[32.0]]), np.zeros((1, 2)), np.full((1, 2), 32.0), np.ones((1, 2))
    )

    assert amps[0] == pytest.approx([16.0, 16.0])


def test_who_is_worth_more_goes_first_and_minimums_stay() -> None:
    tree = Tree.from_pairs(2, ["wire"], [(0, 0, 1.0), (0, 1, 1.0)])

    amps = throughput(
        tree,
        np.array([[32.0]]),
        np.full((1, 2), 6.0),
        np.full((1, 2), 32.0),
        np.array([[1.0, 1.5]]),
    )

    assert amps[0] == pytest.approx([6.0, 26.0])


@given(depot=depots(), data=st.data())
@settings(deadline=None, max_examples=150)
def test_no_share_is_worth_more_and_no_limit_is_exceeded(
    depot: Depot, data: st.DataObject
) -> None:
    values = st.one_of(st.sampled_from([1.0, 1.01, 5.0]), st.floats(0.1, 50.0))
    value = table(data.draw, values, *depot.weight.shape)
    depot = Depot(
        tree=depot.tree, caps=depot.caps, lower=depot.lower, upper=depot.upper, weight=value
    )

    amps = most(depot)

    assert (amps >= depot.lower).all()
    assert (amps <= depot.upper).all()
    assert (depot.tree.loads(amps) <= depot.firm_caps() + 1e-6).all()
    reached = worth_of(depot.lower, depot.upper, value, amps)
    for period in range(amps.shape[0]):
        best, _ = oracle(one_period(depot, period))
        assert reached[period] >= best - 1e-5 * (1.0 + abs(best))


@pytest.mark.parametrize("phases", [False, True], ids=["single-limit", "per-phase"])
@pytest.mark.parametrize("seed", range(20))
def test_the_share_is_that_of_another_solver(seed: int, *, phases: bool) -> None:
    depot = valued(nested(12, fans=(3, 2), seed=seed, phases=phases), seed)

    assert np.abs(most(depot) - oracle(depot)[1]).max() <= 1e-4


@pytest.mark.parametrize("seed", range(5))
def test_it_charges_more_than_the_fair_share(seed: int) -> None:
    depot = nested(60, fans=(8, 3), seed=seed)
    value = np.ones(depot.weight.shape)

    charged = [
        worth_of(depot.lower, depot.upper, value, share(depot.tree, depot.caps, depot.lower,
                                                        depot.upper, value))
        for share in (throughput, allocate)
    ]  # fmt: skip

    assert charged[0] > charged[1]


def test_an_answer_does_not_hang_on_what_was_asked_before() -> None:
    one, other = (valued(nested(30, fans=(5, 3), seed=seed), seed) for seed in (1, 2))

    first = most(one)
    most(other)

    assert np.array_equal(most(one), first)


def test_a_period_has_the_same_share_alone_as_among_others() -> None:
    depot = valued(nested(20, fans=(5, 2), seed=4, periods=5), 4)

    together = most(depot)

    for period in range(5):
        assert np.array_equal(together[period], most(one_period(depot, period))[0])


def test_where_the_solver_does_not_get_there_the_share_is_fair(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tired = highspy.Highs()  # type: ignore[no-untyped-call] # its constructor has no types
    tired.setOptionValue("output_flag", False)  # noqa: FBT003 - its own way to take options
    tired.setOptionValue("presolve", "off")
    tired.setOptionValue("simplex_iteration_limit", 0)
    monkeypatch.setattr(module, "_solver", lambda: tired)
    depot = nested(20, fans=(5, 2), seed=4)

    assert np.array_equal(most(depot), depot.share())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"value": np.zeros((1, 4))}, "value must be positive"),
        ({"value": np.ones((1, 3))}, "value must have shape"),
        ({"upper": np.full((1, 4), -1.0)}, "below lower"),
        ({"caps": np.full((1, 3), np.nan)}, "caps must be numbers"),
    ],
)
def test_wrong_arguments_are_refused_by_name(change: dict[str, Floats], words: str) -> None:
    asked = {
        "caps": np.full((1, 3), 32.0),
        "lower": np.zeros((1, 4)),
        "upper": np.full((1, 4), 32.0),
        "value": np.ones((1, 4)),
    }

    with pytest.raises(ValueError, match=words):
        throughput(WIRES, **(asked | change))
