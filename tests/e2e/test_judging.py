"""The judge and the composite are held to examples, as everything else is held to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.composite import allowed, same_from
from tests.e2e.judge import Judge, Limit

if TYPE_CHECKING:
    from collections.abc import Callable

T0 = 1_800_000_000.0


def profile(
    purpose: str, stack: int, *periods: tuple[int, float], **more: float
) -> dict[str, Any]:
    return {
        "evse": 1,
        "charging_profile_purpose": purpose,
        "stack_level": stack,
        "charging_schedule": {
            "start_schedule": "2027-01-15T08:00:00Z",
            "charging_rate_unit": "A",
            "charging_schedule_period": [
                {"start_period": start, "limit": limit} for start, limit in periods
            ],
            **more,
        },
    }


DEFAULT_6 = profile("TxDefaultProfile", 0, (0, 6.0))
DEFAULT_20 = profile("TxDefaultProfile", 1, (0, 20.0), (600, 10.0), duration=1200)
TX_16 = profile("TxProfile", 1, (0, 16.0)) | {"transaction_id": "a"}
STATION_8 = profile("ChargingStationMaxProfile", 0, (0, 8.0)) | {"evse": 0}


@pytest.mark.parametrize(
    ("held", "into", "amps"),
    [
        # within a purpose the highest valid level leads
        ([DEFAULT_6, DEFAULT_20], 0, 20.0),
        ([DEFAULT_6, DEFAULT_20], 600, 10.0),
        # and once it ended, the one below
        ([DEFAULT_6, DEFAULT_20], 1200, 6.0),
        # a TxProfile overrules the default, even upwards
        ([DEFAULT_20, TX_16], 0, 16.0),
        ([DEFAULT_20, TX_16], 600, 16.0),
        # purposes combine by minimum
        ([DEFAULT_20, TX_16, STATION_8], 0, 8.0),
        # nothing holds before its start
        ([DEFAULT_6], -1, float("inf")),
        # one for the EVSE goes before one for the station
        ([DEFAULT_6, DEFAULT_20 | {"evse": 0}], 0, 6.0),
    ],
)
def test_the_composite_of_profiles(held: list[dict[str, Any]], into: float, amps: float) -> None:
    assert allowed(held, evse=1, transaction="a", at=T0 + into) == amps


def test_a_profile_of_another_transaction_says_nothing() -> None:
    assert allowed([DEFAULT_6, TX_16], evse=1, transaction="b", at=T0) == 6.0


def test_profiles_are_the_same_from_where_they_no_longer_differ() -> None:
    other = profile("TxDefaultProfile", 1, (0, 12.0), (600, 10.0), duration=1200)

    assert not same_from(DEFAULT_20, other, T0)
    assert same_from(DEFAULT_20, other, T0 + 600)


LIMIT = Limit(name="limit", watts=1000.0, start=100.0, end=200.0)


@pytest.mark.parametrize(
    ("power", "exceeded"),
    [
        (lambda _at: 1009.0, False),
        (lambda at: 1500.0 if 120 <= at <= 124.9 else 900.0, False),
        (lambda at: 1500.0 if 120 <= at <= 126 else 900.0, True),
        (lambda at: 1500.0 if at <= 104 else 900.0, False),
        (lambda at: 1500.0 if at >= 190 else 900.0, True),
        (lambda at: 1500.0 if at >= 200 else 900.0, False),
    ],
)
def test_a_limit_is_exceeded_beyond_one_percent_and_five_seconds(
    power: Callable[[float], float], *, exceeded: bool
) -> None:
    times = [at / 5 for at in range(5 * 300)]
    judge = Judge(stations=[], samples=[(at, power(at)) for at in times])

    assert bool(judge.exceeded(LIMIT)) is exceeded
