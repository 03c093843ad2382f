"""What is kept free for loads that nobody controls."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gridbridge.domain.units import Instant, Watts
from gridbridge.engine.site.baseload import sample
from gridbridge.engine.site.state import BaseLoad
from tests.unit.engine.site.sites import depot

SITE = replace(depot(), import_w=Watts(100e3))
GRAIN_W = 2e3


def reserved(loads: list[float], *, every_s: float = 5.0) -> tuple[list[float], int]:
    """What is reserved after each sample, and how often it moved."""
    base = BaseLoad()
    moved, found = 0, []
    for number, load in enumerate(loads):
        at = Instant(1000.0 + number * every_s)
        moved += sample(
            base, SITE, power=Watts(load + 7e3), evses=Watts(7e3), evses_at_most=Watts(7e3), at=at
        )
        found.append(base.reserved)
    return found, moved


@pytest.mark.parametrize("load", [0.0, 100.0, 1999.0, 2000.0, 37e3])
def test_never_less_than_the_load_is_kept_free(load: float) -> None:
    found, _ = reserved([load] * 40)

    assert min(found) >= load
    assert found[-1] <= load + 2 * GRAIN_W


def test_a_load_that_wanders_within_a_grain_moves_the_reserve_once() -> None:
    wandering = [10e3 + 400.0 * (number % 5) for number in range(60)]

    assert reserved(wandering)[1] == 1


def test_a_load_that_grows_slowly_does_not_move_the_reserve_at_every_grain() -> None:
    growing = [10e3 + 100.0 * number for number in range(80)]

    found, moved = reserved(growing)

    # Of three samples the middle one counts.
    assert all(kept >= load for kept, load in zip(found[1:], growing, strict=False))
    assert moved <= 4


def test_a_fall_is_followed_only_after_it_lasted() -> None:
    found, moved = reserved([20e3] * 5 + [5e3] * 20)

    assert found[4] == found[10] >= 20e3
    assert found[-1] <= 5e3 + GRAIN_W
    assert moved == 2
