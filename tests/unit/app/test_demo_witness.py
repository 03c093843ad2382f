"""What the demo notes while it runs: who said yes when, and what a V2G station was told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gridbridge.app.demo.witness import Witness
from tests.unit.app.props import T0, asked, version, world

if TYPE_CHECKING:
    from gridbridge.simulation.world import World

EVENT = "e"


def document(
    *,
    known: int | None = 0,
    told: int = 3,
    accepted: int = 3,
    connected: bool = True,
    lifted: str | None = None,
) -> dict[str, Any]:
    event = {"event": EVENT, "version": known, "status": "active", "lifted": lifted}
    evse = {"evse": 1, "version": told, "accepted_version": accepted}
    return {
        "site": "depot",
        "events": [] if known is None else [event],
        "stations": [{"station": "CP-1", "connected": connected, "evses": [evse]}],
    }


def write(world: World, at: float, *, station: str = "CP-1", **period: object) -> None:
    profile = {
        "id": 1,
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [{"chargingSchedulePeriod": [{"startPeriod": 0, **period}]}],
    }
    world.stations[station].hardware.holdings.put(1, profile, at)


def test_the_last_acceptance_is_the_last_write_since_the_vtns_answer() -> None:
    here = world()
    seen = Witness(here)
    write(here, T0 - 5.0)
    seen.look([], [])
    write(here, T0 + 0.25)
    seen.look([asked(version())], [document()])

    assert seen.accepted[EVENT, "depot", 0].after_s == pytest.approx(0.25)


def test_where_nothing_had_to_be_sent_it_took_no_time() -> None:
    seen = Witness(world())
    seen.look([asked(version())], [document()])

    assert seen.accepted[EVENT, "depot", 0].last_at is None
    assert seen.accepted[EVENT, "depot", 0].after_s == 0.0


def test_what_is_told_and_written_after_a_version_was_known_belongs_to_others() -> None:
    here = world()
    seen = Witness(here)
    asks = [asked(version())]
    seen.look(asks, [document(known=None, told=2, accepted=2)])
    write(here, T0 + 0.25)
    seen.look(asks, [document(told=3, accepted=2)])
    assert not seen.accepted
    write(here, T0 + 1.0)
    seen.look(asks, [document(told=4, accepted=3)])

    assert seen.accepted[EVENT, "depot", 0].after_s == pytest.approx(0.25)


def test_what_was_told_before_a_version_was_known_is_not_waited_for() -> None:
    seen = Witness(world())
    asks = [asked(version())]
    seen.look(asks, [document(known=None, told=3, accepted=2)])
    seen.look(asks, [document(told=3, accepted=2)])

    assert seen.accepted[EVENT, "depot", 0].last_at is None


@pytest.mark.parametrize(
    ("given", "accepted"),
    [
        pytest.param(document(accepted=2), False, id="one has not said yes"),
        pytest.param(document(accepted=2, connected=False), True, id="that one is out of reach"),
        pytest.param(document(known=None), False, id="not decided with it in mind"),
        pytest.param({**document(), "site": "harbor"}, False, id="another site"),
    ],
)
def test_a_version_is_accepted_once_every_station_in_reach_said_yes(
    given: dict[str, Any], *, accepted: bool
) -> None:
    seen = Witness(world())
    seen.look([asked(version())], [given])

    assert bool(seen.accepted) is accepted


@pytest.mark.parametrize(
    ("given", "accepted"),
    [
        pytest.param(document(), False, id="still stands"),
        pytest.param(document(lifted="2027-01-15T08:00:00Z"), True, id="lifted"),
        pytest.param(document(known=None), True, id="forgotten"),
    ],
)
def test_a_cancelled_version_is_accepted_once_it_asks_nothing_any_more(
    given: dict[str, Any], *, accepted: bool
) -> None:
    seen = Witness(world())
    seen.look([asked(version(1, cancelled=True))], [given])

    assert bool(seen.accepted) is accepted


def test_prices_ask_no_station_for_anything() -> None:
    seen = Witness(world())
    seen.look([asked(version(signal="ELECTRICITY_PRICE"))], [document()])

    assert not seen.accepted


def test_the_deepest_setpoint_of_a_central_setpoint_profile_is_kept() -> None:
    here = world()
    seen = Witness(here)
    for setpoint in (-4_000.0, -5_400.0, -1_000.0):
        write(here, T0, station="HB-3", operationMode="CentralSetpoint", setpoint=setpoint)
        seen.look([], [])

    assert seen.discharges["HB-3"].setpoint_w == -5_400.0


@pytest.mark.parametrize(
    "period",
    [
        pytest.param({"operationMode": "CentralSetpoint", "setpoint": 3_000.0}, id="charges"),
        pytest.param({"operationMode": "ChargingOnly", "setpoint": -3_000.0}, id="other mode"),
        pytest.param({"limit": 3_000.0}, id="a limit"),
    ],
)
def test_nothing_else_counts_as_a_discharge(period: dict[str, object]) -> None:
    here = world()
    seen = Witness(here)
    write(here, T0, station="HB-3", **period)
    seen.look([], [])

    assert not seen.discharges
