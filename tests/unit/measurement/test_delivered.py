"""What was delivered is the baseline less what was metered, and nothing where nothing is known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridbridge.domain.units import Instant, Seconds, WattHours, Watts
from gridbridge.measurement.baseline.flat import as_agreed
from gridbridge.measurement.baseline.result import Baseline
from gridbridge.measurement.delivered import Asked, Performance, performance
from gridbridge.measurement.loads import Load, Quality, Span

NINE = Instant(1_800_003_600.0)
QUARTER = Seconds(900.0)
MEASURED, ESTIMATED, MISSING = Quality.MEASURED, Quality.ESTIMATED, Quality.MISSING


def load(number: int, kw: float | None, quality: Quality = MEASURED) -> Load:
    return Load(
        start=Instant(NINE + number * QUARTER),
        width=QUARTER,
        power=None if kw is None else Watts(kw * 1_000),
        quality=MISSING if kw is None else quality,
    )


def baseline(*kw: float) -> Baseline:
    return Baseline(
        method="test", loads=tuple(load(number, each) for number, each in enumerate(kw))
    )


def metered(*kw: float | None, quality: Quality = MEASURED) -> dict[Instant, Load]:
    loads = [load(number, each, quality) for number, each in enumerate(kw)]
    return {each.start: each for each in loads}


def delivered(found: Performance) -> list[float | None]:
    return [None if each.power is None else each.power / 1_000 for each in found.intervals]


@pytest.mark.parametrize(
    ("expected", "drawn", "asked", "kw"),
    [
        pytest.param([100, 90], [60, 60], Asked.LESS, [40, 30], id="a shed"),
        pytest.param([20, 20], [-30, 0], Asked.LESS, [50, 20], id="a dispatch to export"),
        pytest.param([-10, 0], [-30, -30], Asked.LESS, [20, 30], id="more export than expected"),
        pytest.param([20, 20], [50, 10], Asked.MORE, [30, -10], id="a dispatch to import"),
        pytest.param([100, 90], [120, 90], Asked.LESS, [-20, 0], id="the other way is negative"),
    ],
)
def test_the_sign_is_the_way_that_was_asked(
    expected: list[float], drawn: list[float], asked: Asked, kw: list[float]
) -> None:
    assert delivered(performance(baseline(*expected), metered=metered(*drawn), asked=asked)) == kw


def test_a_summary_by_hand() -> None:
    """40, 10, -20 kW and one missing: 10 kWh + 2.5 kWh - 5 kWh over three quarters of an hour."""
    found = performance(
        baseline(100, 100, 100, 100), metered=metered(60, 90, 120, None), asked=Asked.LESS
    )

    assert found.energy == WattHours(7_500.0)
    assert found.energy_where_positive == WattHours(12_500.0)
    assert found.mean == Watts(10_000.0)
    assert found.least == Watts(-20_000.0)
    assert (found.share(MEASURED), found.share(MISSING)) == (0.75, 0.25)
    assert found.kept(Watts(10_000.0)) == 0.5


def test_each_interval_says_how_well_it_is_known() -> None:
    found = performance(baseline(9, 9), metered=metered(3, quality=ESTIMATED), asked=Asked.LESS)

    assert [each.quality for each in found.intervals] == [ESTIMATED, MISSING]
    assert delivered(found) == [6, None]


def test_without_a_meter_nothing_is_delivered_that_is_known() -> None:
    found = performance(baseline(100, 100), metered={}, asked=Asked.LESS)

    assert (found.mean, found.least, found.energy) == (None, None, WattHours(0.0))
    assert found.kept(Watts(0.0)) == 0
    assert found.share(MISSING) == 1


def test_a_firm_level_is_kept_where_the_meter_stays_below_it() -> None:
    """250 kW agreed, firm 100 kW: committed are 150 kW; 101 kW in one quarter are too much."""
    agreed = as_agreed(
        Watts(250_000.0), event=Span(start=NINE, end=Instant(NINE + 3_600)), width=QUARTER
    )
    assert isinstance(agreed, Baseline)
    found = performance(agreed, metered=metered(80, 100, 101, 0), asked=Asked.LESS)

    assert delivered(found) == [170, 150, 149, 250]
    assert found.kept(Watts(150_000.0)) == 0.75
    assert found.kept(Watts(150_001.0)) == 0.75
    assert found.kept(Watts(150_001.1)) == 0.5


KW = st.floats(-500, 500)


@given(st.lists(st.tuples(KW, st.none() | KW), min_size=1, max_size=96), st.sampled_from(Asked))
def test_delivered_energy_is_the_difference_of_the_energies(
    pairs: list[tuple[float, float | None]], asked: Asked
) -> None:
    found = performance(
        baseline(*(expected for expected, _ in pairs)),
        metered=metered(*(drawn for _, drawn in pairs)),
        asked=asked,
    )

    known = [(expected, drawn) for expected, drawn in pairs if drawn is not None]
    less = sum(each for each, _ in known) / 4 - sum(each for _, each in known) / 4
    assert found.energy / 1_000 == pytest.approx(
        less if asked is Asked.LESS else -less, rel=1e-9, abs=1e-9
    )
    assert found.share(MISSING) == pytest.approx(1 - len(known) / len(pairs))
    assert found.energy_where_positive >= max(found.energy, 0.0) - 1e-6
    if found.mean is not None and found.least is not None:
        assert found.least <= found.mean + 1e-6
