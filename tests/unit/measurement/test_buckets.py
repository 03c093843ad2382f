"""Buckets lie on UTC's minutes, and what flowed is in them once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridbridge.domain.history import EnergyBucket, Every
from gridbridge.domain.ids import StationId
from gridbridge.domain.units import Instant, WattHours
from gridbridge.measurement.buckets import added, cut, rounded
from gridbridge.measurement.energy import Flow

NINE = Instant(1_800_003_600.0)
"""2027-01-15T09:00:00Z."""
ONE = (StationId("CP-1"), 1)
TWO = (StationId("CP-1"), 2)
MAIN = (StationId("CP-1"), 0)


def flow(start: float, end: float, *, imported: float = 0.0, exported: float = 0.0) -> Flow:
    return Flow(
        start=Instant(NINE + start),
        end=Instant(NINE + end),
        imported=WattHours(imported),
        exported=WattHours(exported),
        covers=not exported,
    )


def rows(buckets: list[EnergyBucket]) -> list[tuple[float, float, float]]:
    """(start after nine, imported, covered)."""
    return [(each.start - NINE, round(each.imported, 6), each.covered) for each in buckets]


def test_a_flow_is_cut_at_the_minutes() -> None:
    buckets = list(cut(ONE, flow(30, 135, imported=6.3), every=Every.MINUTE))

    assert rows(buckets) == [(0, 1.8, 30), (60, 3.6, 60), (120, 0.9, 15)]


def test_minutes_become_quarters_of_an_hour() -> None:
    minutes = cut(ONE, flow(600, 1_500, imported=90), every=Every.MINUTE)

    assert rows(added(minutes, every=Every.QUARTER)) == [(0, 30, 300), (900, 60, 600)]


def test_a_site_is_the_sum_of_its_evses_without_main_meters() -> None:
    parts = [
        *cut(ONE, flow(0, 60, imported=10), every=Every.MINUTE),
        *cut(TWO, flow(0, 30, imported=5), every=Every.MINUTE),
        *cut(TWO, flow(0, 60, exported=3), every=Every.MINUTE),
        *cut(MAIN, flow(0, 60, imported=17), every=Every.MINUTE),
    ]

    (bucket,) = added(parts, every=Every.MINUTE)

    assert [bucket.imported, bucket.exported, bucket.covered] == [15, 3, 30]
    assert [(each.station, each.evse) for each in bucket.evses] == [MAIN, ONE, TWO]


@given(
    st.floats(0.0, 5_000.0),
    st.floats(0.001, 5_000.0),
    st.floats(0.0, 1e5),
    st.sampled_from(Every),
)
def test_cutting_and_adding_loses_and_doubles_nothing(
    start: float, lasts: float, energy: float, every: Every
) -> None:
    whole = flow(start, start + lasts, imported=energy)

    buckets = added(cut(ONE, whole, every=every), every=every)

    assert sum(each.imported for each in buckets) == pytest.approx(energy)
    assert sum(each.covered for each in buckets) == pytest.approx(whole.end - whole.start)
    assert all(each.start % every.width == 0 for each in buckets)
    assert all(0 <= each.covered <= every.width for each in buckets)
    assert [each.start for each in buckets] == sorted({each.start for each in buckets})


def test_what_is_written_down_has_three_decimals() -> None:
    (bucket,) = cut(ONE, flow(0, 60, imported=1 / 3), every=Every.MINUTE)

    assert rounded(bucket).imported == 0.333
