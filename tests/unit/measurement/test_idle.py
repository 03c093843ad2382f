"""An EVSE is idle while its station says so and is in touch, never on a guess."""

from __future__ import annotations

import pytest

from gridbridge.domain.facts import (
    EvseStatusChanged,
    Fact,
    SessionEnded,
    SessionStarted,
    StationConnected,
    StationDisconnected,
    VenStarted,
)
from gridbridge.domain.ids import SessionId, SiteId, StationId, VenName
from gridbridge.domain.units import Instant
from gridbridge.measurement.idle import Idle

SITE = SiteId("depot")
CP = StationId("CP-1")


def status(*, occupied: bool, evse: int = 1, epoch: int = 1) -> Fact:
    return EvseStatusChanged(
        site=SITE, station=CP, epoch=epoch, evse=evse, occupied=occupied, status="said"
    )


def started(epoch: int = 1) -> Fact:
    return SessionStarted(site=SITE, station=CP, epoch=epoch, evse=1, session=SessionId("s"))


def ended(epoch: int = 1) -> Fact:
    return SessionEnded(site=SITE, station=CP, epoch=epoch, evse=1, session=SessionId("s"))


def connected(epoch: int) -> Fact:
    return StationConnected(site=SITE, station=CP, epoch=epoch, protocol="ocpp1.6")


def gone(epoch: int = 1) -> Fact:
    return StationDisconnected(site=SITE, station=CP, epoch=epoch, reason="closed")


FREE, CABLE = status(occupied=False), status(occupied=True)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param([], [], id="nobody said anything"),
        pytest.param([(0, FREE)], [(0, 100)], id="free until now"),
        pytest.param([(0, FREE), (40, CABLE)], [(0, 40)], id="free until a cable comes"),
        pytest.param(
            [(0, FREE), (40, CABLE), (60, FREE)], [(0, 40), (60, 100)], id="and again when it goes"
        ),
        pytest.param([(0, FREE), (10, FREE)], [(0, 100)], id="said twice"),
        pytest.param(
            [(0, FREE), (40, started())], [(0, 40)], id="a session needs no word of the cable"
        ),
        pytest.param(
            [(0, FREE), (40, started()), (50, FREE), (60, ended())],
            [(0, 40), (60, 100)],
            id="a session is over before it is idle",
        ),
        pytest.param(
            [(0, CABLE), (10, started()), (60, ended())], [], id="after a session the cable stays"
        ),
        pytest.param(
            [(0, FREE), (40, gone()), (70, connected(2))],
            [(0, 40), (70, 100)],
            id="out of reach nobody knows",
        ),
        pytest.param(
            [(0, FREE), (40, gone()), (70, connected(2)), (70, status(occupied=True, epoch=2))],
            [(0, 40)],
            id="a car that came meanwhile",
        ),
        pytest.param(
            [(0, FREE), (40, connected(2)), (50, gone(1)), (60, status(occupied=True, epoch=1))],
            [(0, 100)],
            id="an older socket says nothing any more",
        ),
        pytest.param(
            [(0, FREE), (40, VenStarted(ven=VenName("utility")))], [(0, 100)], id="other facts"
        ),
    ],
)
def test_when_an_evse_is_idle(
    facts: list[tuple[float, Fact]], expected: list[tuple[float, float]]
) -> None:
    idle = Idle()
    for at, fact in facts:
        idle.receive(fact, at=Instant(at))

    spans = idle.spans(until=Instant(100.0)).get((CP, 1), ())

    assert [(each.start, each.end) for each in spans] == expected


def test_each_evse_is_on_its_own() -> None:
    idle = Idle()
    idle.receive(status(occupied=False, evse=1), at=Instant(0.0))
    idle.receive(status(occupied=True, evse=2), at=Instant(0.0))

    assert list(idle.spans(until=Instant(10.0))) == [(CP, 1)]
