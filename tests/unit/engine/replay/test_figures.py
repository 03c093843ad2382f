"""How the figures of a comparison are made."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gridbridge.domain.decisions import Decided
from gridbridge.domain.facts import Metered, Reading
from gridbridge.domain.ids import StationId
from gridbridge.domain.units import Instant, Watts
from gridbridge.engine.replay.drawing import Draws
from gridbridge.engine.replay.figures import Tally, jain
from gridbridge.engine.replay.recording import Rules
from tests.unit.engine.replay.runs import Run, plain

LIMIT_W = 8_000.0


class Sums:
    """A tally of one car at a site of 8 kW, whose power is set by hand."""

    def __init__(self) -> None:
        site = replace(plain(stations=1), import_w=Watts(LIMIT_W))
        run = Run(Rules(site=site, programs={}, config="c"))
        run.day()
        run.plugged("CP-1", occupied=True)
        self.now = run.now
        self._site = run.rules.site
        self._draws = Draws(run.engine)
        self.tally = Tally(self._draws, 1, start=run.now)
        decided = [each.recorded.fact for each in run.log]
        self.tally.decided(
            replace(next(each for each in decided if isinstance(each, Decided)), changes=())
        )

    def draws(self, watts: float, *, seconds: float) -> None:
        reading = Reading(
            station=StationId("CP-1"), epoch=1, evse=1, taken=self.now, power=Watts(watts)
        )
        self._draws.take(Metered(site=self._site.id, readings=(reading,)), self.now)
        self.now = Instant(self.now + seconds)
        self.tally.pass_to(self.now)


@pytest.mark.parametrize(
    ("shares", "index"),
    [
        pytest.param([5.0, 5.0, 5.0], 1.0, id="alike"),
        pytest.param([9.0, 0.0, 0.0], 1 / 3, id="one has all"),
        pytest.param([2.0, 1.0], 0.9, id="in between"),
        pytest.param([0.0, 0.0], None, id="nobody has anything"),
        pytest.param([], None, id="nobody is there"),
    ],
)
def test_fairness_is_jains_index(shares: list[float], index: float | None) -> None:
    assert jain(shares) == (None if index is None else pytest.approx(index))


def test_the_peak_is_the_highest_mean_of_a_minute() -> None:
    sums = Sums()
    sums.draws(2_000.0, seconds=60.0)
    sums.draws(6_000.0, seconds=30.0)
    sums.draws(1_000.0, seconds=30.0)

    assert sums.tally.figures().peak == pytest.approx(3_500.0)


def test_the_rest_of_a_minute_counts_only_where_it_is_half_of_one() -> None:
    short, long = Sums(), Sums()
    for each, seconds in ((short, 20.0), (long, 30.0)):
        each.draws(2_000.0, seconds=60.0)
        each.draws(6_000.0, seconds=seconds)

    assert short.tally.figures().peak == pytest.approx(2_000.0)
    assert long.tally.figures().peak == pytest.approx(6_000.0)


@pytest.mark.parametrize(
    ("watts", "seconds", "over"),
    [
        pytest.param(LIMIT_W * 1.2, 60.0, 60.0, id="above"),
        pytest.param(LIMIT_W * 1.2, 4.0, 0.0, id="above for a moment"),
        pytest.param(LIMIT_W * 1.005, 60.0, 0.0, id="within what meters are off"),
    ],
)
def test_time_above_the_limit_is_of_what_was_recorded(
    watts: float, seconds: float, over: float
) -> None:
    sums = Sums()
    sums.draws(1_000.0, seconds=60.0)
    sums.draws(watts, seconds=seconds)
    sums.draws(1_000.0, seconds=60.0)

    assert sums.tally.figures().over == pytest.approx(over)


def test_time_with_a_car_that_no_meter_tells_of_is_told() -> None:
    sums = Sums()
    sums.draws(1_000.0, seconds=600.0)

    assert sums.tally.figures().metered == pytest.approx(0.5)
    assert sums.tally.figures().drawn == pytest.approx(1_000.0 * 300.0 / 3600.0)
