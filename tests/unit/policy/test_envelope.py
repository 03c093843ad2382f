"""The strictest limit at each instant, and what floors may stand against."""

from __future__ import annotations

import pytest

from gridbridge.domain.limits import Authority, Source
from gridbridge.domain.units import Instant, Watts
from gridbridge.policy.envelope import bounds
from gridbridge.policy.timeline import limits_of
from tests.unit.policy.programs import BASIS, SITE, event, program

CAP = Source(kind="connection", name="depot")


@pytest.mark.parametrize(
    ("authority", "keep_floor", "firm"),
    [
        pytest.param(Authority.VOLUNTARY, None, 100_000.0, id="floors stand against a wish"),
        pytest.param(Authority.PRICE, None, 100_000.0, id="and against a price"),
        pytest.param(Authority.BINDING, None, 20_000.0, id="they yield to what binds"),
        pytest.param(Authority.BINDING, True, 100_000.0, id="unless it keeps them by name"),
    ],
)
def test_floors_yield_only_to_what_binds(
    authority: Authority, *, keep_floor: bool | None, firm: float
) -> None:
    rules = program(authority=authority, keep_floor=keep_floor)
    limits = limits_of(rules, SITE, BASIS, [event("a", 10, 20)])

    found = bounds(
        limits, start=Instant(0.0), end=Instant(50.0), cap=Watts(100_000.0), cap_source=CAP
    )

    assert [(each.start, each.end, each.soft) for each in found] == [
        (0.0, 10.0, 100_000.0),
        (10.0, 20.0, 20_000.0),
        (20.0, 50.0, 100_000.0),
    ]
    assert found[1].firm == firm
    assert found[1].soft_source.name == "a"


def test_programs_combine_by_minimum() -> None:
    one = limits_of(program(), SITE, BASIS, [event("a", 0, 30, level=1.0)])
    other = limits_of(program(), SITE, BASIS, [event("b", 10, 20)])

    found = bounds(
        [*one, *other], start=Instant(0.0), end=Instant(30.0), cap=BASIS.import_w, cap_source=CAP
    )

    assert [each.soft for each in found] == [70_000.0, 20_000.0, 70_000.0]
