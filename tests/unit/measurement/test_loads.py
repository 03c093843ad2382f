"""A load is known as well as its meters tell, and silence is never zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridbridge.domain.history import EnergyBucket, Every, EvseEnergy
from gridbridge.domain.ids import StationId
from gridbridge.domain.units import Instant, Seconds, WattHours, Watts
from gridbridge.measurement.loads import Load, Quality, Span, loads, starts

NINE = Instant(1_800_003_600.0)
"""2027-01-15T09:00:00Z."""
QUARTER = Seconds(900.0)
ONE = (StationId("CP-1"), 1)
TWO = (StationId("CP-2"), 1)


def bucket(
    *rows: tuple[tuple[StationId, int], float, float], after: float = 0.0, exported: float = 0.0
) -> EnergyBucket:
    """(meter, Wh, seconds told) from so long after nine on."""
    return EnergyBucket(
        start=Instant(NINE + after),
        evses=tuple(
            EvseEnergy(
                station=where[0],
                evse=where[1],
                imported=WattHours(energy),
                exported=WattHours(exported),
                covered=Seconds(told),
            )
            for where, energy, told in rows
        ),
    )


def span(start: float, end: float) -> Span:
    return Span(start=Instant(NINE + start), end=Instant(NINE + end))


def quarter(
    *buckets: EnergyBucket,
    meters: tuple[tuple[StationId, int], ...] = (ONE, TWO),
    idle: Mapping[tuple[StationId, int], Sequence[Span]] | None = None,
) -> tuple[float | None, str]:
    """(kW, quality) from nine to a quarter past."""
    (only,) = loads(
        buckets,
        meters,
        every=Every.QUARTER,
        over=span(0, 900),
        width=QUARTER,
        idle=idle or {},
    )
    return None if only.power is None else round(only.power / 1_000, 6), only.quality.value


@pytest.mark.parametrize(
    ("buckets", "expected"),
    [
        pytest.param(
            [bucket((ONE, 2_750, 900), (TWO, 1_000, 900))],
            (15.0, "measured"),
            id="the sum of both",
        ),
        pytest.param(
            [bucket((ONE, 2_750, 899.2), (TWO, 1_000, 900))],
            (15.0, "measured"),
            id="a second untold is rounding",
        ),
        pytest.param(
            [bucket((ONE, 2_750, 900), (TWO, 898, 898))],
            (14.6, "estimated"),
            id="two are a part that nobody told",
        ),
        pytest.param(
            [bucket((ONE, 2_750, 900), (TWO, 500, 450))],
            (15.0, "estimated"),
            id="half is filled in with what was told",
        ),
        pytest.param(
            [bucket((ONE, 2_750, 900), (TWO, 500, 440))],
            (None, "missing"),
            id="less than half is not",
        ),
        pytest.param(
            [bucket((ONE, 2_750, 900))],
            (None, "missing"),
            id="a meter that is not there told nothing",
        ),
        pytest.param([], (None, "missing"), id="no bucket at all"),
        pytest.param(
            [bucket((ONE, 0, 900), (TWO, 0, 900))], (0.0, "measured"), id="nothing drawn is a load"
        ),
    ],
)
def test_how_well_a_load_is_known(
    buckets: list[EnergyBucket], expected: tuple[float | None, str]
) -> None:
    assert quarter(*buckets) == expected


def test_what_is_given_back_counts_against_what_is_drawn() -> None:
    assert quarter(bucket((ONE, 0, 900), exported=500), meters=(ONE,)) == (-2.0, "measured")


def test_meters_that_are_not_asked_for_have_no_part() -> None:
    both = bucket((ONE, 2_750, 900), (TWO, 9_999, 1))

    assert quarter(both, meters=(ONE,)) == (11.0, "measured")


def test_an_evse_without_a_cable_needs_no_meter() -> None:
    free = {TWO: (span(-60, 900),)}

    assert quarter(bucket((ONE, 2_750, 900)), idle=free) == (11.0, "measured")


@pytest.mark.parametrize(
    ("free", "row", "expected"),
    [
        pytest.param((-60, 480), (700, 420), (13.8, "measured"), id="it came after eight minutes"),
        pytest.param((480, 960), (700, 480), (13.8, "measured"), id="or stayed for seven"),
        pytest.param(
            (-60, 600), (250, 150), (13.0, "estimated"), id="five, of which half is told"
        ),
        pytest.param((-60, 600), (250, 140), (None, "missing"), id="of which less is told"),
        pytest.param((-60, 800), None, (None, "missing"), id="of which nothing is told"),
        pytest.param(
            (-60, 600), (500, 500), (14.6, "estimated"), id="who tells while idle is not added up"
        ),
        pytest.param(
            (-60, 600), (500, 900), (13.0, "measured"), id="unless it tells all the time"
        ),
        pytest.param((-60, 960), (0, 500), (11.0, "measured"), id="idle all the time"),
    ],
)
def test_only_the_time_with_a_cable_needs_a_meter(
    free: tuple[float, float],
    row: tuple[float, float] | None,
    expected: tuple[float | None, str],
) -> None:
    rows = [(ONE, 2_750.0, 900.0)] + ([] if row is None else [(TWO, *row)])

    assert quarter(bucket(*rows), idle={TWO: (span(*free),)}) == expected


def test_each_of_many_times_without_a_cable_counts_in_its_own_bucket() -> None:
    free = {TWO: (span(-900, -60), span(0, 300), span(600, 780), span(1_800, 3_600))}

    assert quarter(bucket((ONE, 2_750, 900), (TWO, 700, 420)), idle=free) == (13.8, "measured")


def test_what_is_filled_in_is_like_the_time_with_a_cable() -> None:
    """Seven minutes without a cable, then eight of which four are told at 11 kW."""
    minutes = [bucket((ONE, 11_000 / 60, 60), after=60 * number) for number in range(7, 11)]
    free = {ONE: (span(0, 420),)}

    (only,) = loads(
        minutes, [ONE], every=Every.MINUTE, over=span(0, 900), width=QUARTER, idle=free
    )

    assert only.power == pytest.approx(11_000 * 8 / 15)
    assert only.quality is Quality.ESTIMATED


def test_minutes_become_wider_intervals() -> None:
    minutes = [bucket((ONE, 100, 60), after=60 * number) for number in range(10)]

    found = loads(
        minutes, [ONE], every=Every.MINUTE, over=span(0, 900), width=Seconds(300.0), idle={}
    )

    assert [(each.start - NINE, each.power) for each in found] == [
        (0, Watts(6_000.0)),
        (300, Watts(6_000.0)),
        (600, None),
    ]


def test_only_intervals_wholly_in_a_span_count() -> None:
    assert starts(span(-1, 2_701), width=QUARTER) == (NINE, NINE + 900, NINE + 1_800)
    assert starts(span(1, 2_699), width=QUARTER) == (NINE + 900,)
    assert starts(span(1, 899), width=QUARTER) == ()
    assert starts(span(1, 2), width=QUARTER) == ()


def test_a_missing_load_has_no_power() -> None:
    with pytest.raises(ValueError, match="missing"):
        Load(start=NINE, width=QUARTER, power=Watts(0.0), quality=Quality.MISSING)
    with pytest.raises(ValueError, match="measured"):
        Load(start=NINE, width=QUARTER, power=None, quality=Quality.MEASURED)


def test_what_cannot_be_added_up_is_refused() -> None:
    with pytest.raises(ValueError, match="no meter"):
        loads([], [], every=Every.MINUTE, over=span(0, 900), width=QUARTER, idle={})
    with pytest.raises(ValueError, match="15m"):
        loads([], [ONE], every=Every.QUARTER, over=span(0, 900), width=Seconds(60.0), idle={})


TOLD = st.sampled_from([(60.0,), (60.0, 59.5), (0.0, 30.0, 60.0), (10.0, 60.0)])


@given(
    TOLD.flatmap(
        lambda told: st.lists(
            st.tuples(st.floats(0, 400), st.sampled_from(told)), min_size=30, max_size=30
        )
    )
)
def test_a_fully_told_interval_has_exactly_its_energy_and_an_untold_one_none(
    minutes: list[tuple[float, float]],
) -> None:
    buckets = [
        bucket((ONE, energy, told), after=60 * number)
        for number, (energy, told) in enumerate(minutes)
        if told
    ]

    found = loads(buckets, [ONE], every=Every.MINUTE, over=span(0, 1_800), width=QUARTER, idle={})

    for load, part in zip(found, (minutes[:15], minutes[15:]), strict=True):
        told = sum(seconds for _, seconds in part)
        if load.quality is Quality.MISSING:
            assert told < 450
        elif load.quality is Quality.MEASURED:
            energy = sum(energy for energy, seconds in part if seconds)
            assert load.power == pytest.approx(energy * 4)
        else:
            assert 450 <= told < 899
