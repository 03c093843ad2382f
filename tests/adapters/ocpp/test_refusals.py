"""What the log says of stations that are not let in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import structlog

from gridbridge.domain.units import Seconds
from gridbridge.testing import VirtualClock
from gridbridge_ocpp.refusals import MOST_NAMES, TOLD_EVERY, Refusals

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping


@pytest.fixture
def logs() -> Iterator[list[MutableMapping[str, Any]]]:
    with structlog.testing.capture_logs() as told:
        yield told


async def test_a_station_that_goes_on_dialling_is_told_of_once_a_minute(
    logs: list[MutableMapping[str, Any]],
) -> None:
    clock = VirtualClock()
    refusals = Refusals(clock)
    for _ in range(3):
        refusals.tell("CP-1", "10.0.0.7", "wrong password")
        await clock.advance(Seconds(TOLD_EVERY / 2))

    assert (
        logs
        == [
            {
                "event": "station_refused",
                "log_level": "warning",
                "station_id": "CP-1",
                "peer": "10.0.0.7",
                "reason": "wrong password",
            }
        ]
        * 2
    )


async def test_a_flood_of_names_does_not_fill_the_log(
    logs: list[MutableMapping[str, Any]],
) -> None:
    clock = VirtualClock()
    refusals = Refusals(clock)
    for number in range(10 * MOST_NAMES):
        refusals.tell(f"X-{number}", None, "no site has this station")
    assert len(logs) == MOST_NAMES

    await clock.advance(TOLD_EVERY)
    refusals.tell("CP-1", None, "wrong password")

    assert len(logs) == MOST_NAMES + 1
