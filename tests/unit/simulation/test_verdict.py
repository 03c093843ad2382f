"""What counts as a violation, and what is noise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gridbridge.simulation.record import Series, SiteRecord
from gridbridge.simulation.spec import (
    Behaviour,
    GridLimit,
    LimitKind,
    Node,
    Protocol,
    Site,
    Station,
)
from gridbridge.simulation.verdict import counted_from, judge_grid, judge_hard

STATION = Station(id="A", protocol=Protocol.V16, node="sub", behaviour=Behaviour(settle_s=4.0))
SLOW = Station(id="B", protocol=Protocol.V16, node="main", behaviour=Behaviour(settle_s=9.0))
SITE = Site(
    id="s",
    import_w=20_000,
    nodes=(
        Node(name="main"),
        Node(name="sub", parent="main", limit_amps=(16.0, 16.0, 16.0)),
    ),
    stations=(STATION, SLOW),
)
LIMIT = GridLimit(event="e", site="s", start=10.0, end=60.0, arrival=0.0, watts=10_000)


def series(*steps: tuple[float, float], until: float = 60.0) -> Series:
    """Samples every 0.5 s of a step function given as (from, value)."""
    made = Series()
    at = 0.0
    while at <= until:
        made.add(at, next(value for start, value in reversed(steps) if start <= at))
        at += 0.5
    return made


def record(evs: Series, amps: Series | None = None) -> SiteRecord:
    flat = series((0.0, 0.0))
    phases = (amps or flat, flat, flat)
    return SiteRecord(
        evs_w=evs,
        base_w=flat,
        connection_w=evs,
        node_w={"main": evs, "sub": evs},
        node_amps={"main": (flat, flat, flat), "sub": phases},
    )


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        pytest.param(LIMIT, 24.0, id="arrival, 15 s, the slowest station"),
        pytest.param(replace(LIMIT, start=40.0), 40.0, id="its start where that is later"),
        pytest.param(replace(LIMIT, applies_to="circuit:sub"), 19.0, id="only stations it cuts"),
    ],
)
def test_when_a_grid_limit_begins_to_count(limit: GridLimit, expected: float) -> None:
    assert counted_from(limit, SITE) == expected


@pytest.mark.parametrize(
    ("steps", "exceeded"),
    [
        pytest.param([(0, 30_000), (24, 9_000)], False, id="late but in time"),
        pytest.param([(0, 30_000), (26, 9_000)], True, id="too late"),
        pytest.param([(0, 10_099)], False, id="within a percent"),
        pytest.param([(0, 10_110)], True, id="beyond a percent"),
        pytest.param([(0, 9_000), (40, 12_000), (42, 9_000)], True, id="3 kW over for 2 s"),
        pytest.param([(0, 9_000), (40, 12_000), (41, 9_000)], False, id="a blip of a second"),
        pytest.param([(0, 9_000), (58, 50_000)], True, id="before its very end"),
    ],
)
def test_a_grid_limit_is_exceeded_by_its_highest_5_s_average(
    steps: list[tuple[float, float]], *, exceeded: bool
) -> None:
    assert judge_grid(LIMIT, SITE, record(series(*steps))).exceeded is exceeded


def test_a_limit_that_never_counts_for_5_s_is_not_exceeded_and_says_so() -> None:
    verdict = judge_grid(replace(LIMIT, end=28.0), SITE, record(series((0, 99_000))))

    assert verdict.highest_w is None
    assert not verdict.exceeded


def test_the_drop_is_timed_from_the_answer_to_the_metered_power() -> None:
    evs = series((0, 30_000), (3, 9_000), (4, 12_000), (7, 9_900))

    verdict = judge_grid(replace(LIMIT, arrival=1.0), SITE, record(evs))

    assert verdict.drop_s == 6.0
    assert verdict.after_due_s == 0.0


@pytest.mark.parametrize(
    ("power", "met"),
    [
        pytest.param(-5_000.0, True, id="met"),
        pytest.param(-4_600.0, True, id="met but for losses"),
        pytest.param(-4_000.0, False, id="not met"),
    ],
)
def test_a_target_is_met_or_not_and_never_a_violation(power: float, *, met: bool) -> None:
    target = replace(LIMIT, watts=-5_000.0, kind=LimitKind.TARGET)

    verdict = judge_grid(target, SITE, record(series((0, power))))

    assert verdict.met is met
    assert not verdict.exceeded


def test_connection_and_breakers_count_at_any_time_and_in_either_direction() -> None:
    evs = series((0, 20_500), (6, 1_000), (40, -500))
    amps = series((0, 0.0), (30, -17.0), (36, 0.0))

    found = {v.what: v for v in judge_hard(SITE, record(evs, amps))}

    assert found["connection"].exceeded
    assert found["connection"].highest == pytest.approx(20_500)
    assert found["export"].exceeded
    assert found["sub L1"].exceeded
    assert not found["sub L2"].exceeded
    assert "main L1" not in found
