"""The safety property: no decision lets the worst that stations may draw grow above a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridbridge.engine.site import discharge, plan, rows
from tests.safety.histories import violations_in_all, violations_of

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.timeout(300)
def test_no_decision_raises_the_worst_above_a_limit() -> None:
    assert violations_in_all() == []


@pytest.mark.timeout(300)
@settings(
    max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
@given(seed=st.integers(min_value=10**6, max_value=2**63), steps=st.integers(1, 8))
def test_no_history_raises_the_worst_above_a_limit(seed: int, steps: int) -> None:
    assert violations_of(seed, steps=steps, calm=False) == []


def test_an_engine_that_raises_before_the_cut_is_seen_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(plan, "committed", lambda *_arrays, wanted, **_others: wanted)

    caught = [seed for seed in range(100) if violations_of(seed, steps=6, calm=False)]

    assert len(caught) > 5


@pytest.mark.parametrize(
    ("rule", "without"),
    [
        pytest.param(
            "committed", lambda *_arrays, wanted, **_others: wanted, id="raises before the cut"
        ),
        pytest.param(
            "_in_turn", lambda *arrays: arrays[-1], id="lets one begin before the other ends"
        ),
    ],
)
def test_an_engine_that_gives_back_too_soon_is_caught(
    monkeypatch: pytest.MonkeyPatch, rule: str, without: Callable[..., object]
) -> None:
    monkeypatch.setattr(discharge, rule, without)

    # Few histories tell: the first that does is enough.
    assert any(violations_of(seed, steps=25, calm=False) for seed in range(50, 200))


@pytest.mark.parametrize("sum_of", ["on_wire", "between_wires"])
def test_an_engine_that_leaves_out_loads_between_wires_is_caught(
    monkeypatch: pytest.MonkeyPatch, sum_of: str
) -> None:
    whole = getattr(rows, sum_of)
    monkeypatch.setattr(
        rows, sum_of, lambda wiring, *wires: () if wiring.between else whole(wiring, *wires)
    )

    caught = [seed for seed in range(100) if violations_of(seed, steps=6, calm=False)]

    assert caught


def test_an_engine_that_trusts_schedules_at_once_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gridbridge.engine.site.metering.SKEW", -1000.0)
    monkeypatch.setattr("gridbridge.engine.site.holds.SKEW", 0.0)
    monkeypatch.setattr("gridbridge.engine.site.schedules.SKEW", 0.0)

    caught = [seed for seed in range(200) if violations_of(seed, steps=6, calm=False)]

    assert caught
