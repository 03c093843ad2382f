"""One moment of the demo: the gateway's words beside the world's physics."""

from __future__ import annotations

from typing import Any

import pytest

from gridbridge.app.demo.frame import frame, reason
from gridbridge.simulation.view import EvseView, SiteView, StationView, View
from tests.unit.app.props import T0, asked, version

HARDWARE = {"kind": "hardware", "name": "CP-1/1", "detail": "most it can draw"}
SHARE = {"kind": "share", "name": "feeder-fault", "detail": "of 22 kW, event: SIMPLE 1"}
WAITS = {"kind": "waits", "name": "depot", "detail": "until the cuts of others are seen"}
SILENT = {"kind": "silent", "name": "CP-1", "detail": "silent: counted at the most"}
TOLD = {"kind": "told", "name": None, "detail": None}
METERED = {"kind": "metered", "name": None, "detail": None}


def view(grid_w: float = 4_400.0) -> View:
    evse = EvseView(
        id=1,
        car="van-1",
        soc=0.4,
        charging=True,
        watts=grid_w,
        grid_w=grid_w,
        amps=(6.4, 6.4, 6.4),
        limit=6.5,
        setpoint=None,
        unit="A",
        mode="ChargingOnly",
    )
    return View(
        at=T0 + 5.0,
        script_s=5.0,
        sites=(SiteView(id="depot", evs_w=grid_w, base_w=0.0, connection_w=grid_w, node_amps={}),),
        stations=(
            StationView(
                id="CP-1",
                site="depot",
                protocol="ocpp1.6",
                online=True,
                profile_writes=1,
                faults=0,
                evses=(evse,),
            ),
        ),
    )


def document(*, connected: bool = True, **evse: object) -> dict[str, Any]:
    told = {
        "evse": 1,
        "limit_a": 6.5,
        "setpoint_w": None,
        "version": 3,
        "accepted_version": 3,
        "outcome": "accepted",
        "power_w": 4_300.0,
        "why": [HARDWARE, SHARE, TOLD, METERED],
        **evse,
    }
    return {
        "site": "depot",
        "limit_w": 22_000.0,
        "target_w": None,
        "envelope": [{"source": "event feeder-fault"}],
        "alarms": [{"name": "dispatch_short", "subject": "depot", "detail": "1 kW"}],
        "stations": [{"station": "CP-1", "connected": connected, "evses": [told]}],
    }


def test_what_was_metered_stands_beside_what_physics_say() -> None:
    (site,) = frame(view(), [document()], [], begin=T0).sites
    (evse,) = site.evses

    assert (evse.metered_w, evse.physical_w) == (4_300.0, 4_400.0)
    assert (site.envelope_w, site.envelope_of) == (22_000.0, "event feeder-fault")
    assert site.alarms == ("dispatch_short depot: 1 kW",)


@pytest.mark.parametrize(
    ("chain", "words"),
    [
        pytest.param([], "", id="nothing known"),
        pytest.param([HARDWARE, TOLD, METERED], "its hardware", id="hardware"),
        pytest.param(
            [HARDWARE, SHARE, TOLD, METERED], "feeder-fault: of 22 kW, SIMPLE 1", id="share"
        ),
        pytest.param(
            [HARDWARE, SHARE, WAITS], "waits until the cuts of others are seen", id="waits"
        ),
        pytest.param([HARDWARE, SILENT], "silent: counted at the most", id="silent, said once"),
    ],
)
def test_the_reason_is_the_tightest_bound_not_what_came_of_it(
    chain: list[dict[str, Any]], words: str
) -> None:
    assert reason(chain) == words


@pytest.mark.parametrize(
    ("given", "state"),
    [
        pytest.param(document(), "holds", id="accepted"),
        pytest.param(document(accepted_version=2, outcome=None), "asked", id="no answer yet"),
        pytest.param(document(accepted_version=2, outcome="unknown"), "no answer", id="timeout"),
        pytest.param(document(accepted_version=2, outcome="refused"), "refused", id="refused"),
        pytest.param(document(connected=False), "silent", id="not connected"),
        pytest.param({"site": "depot"}, "unknown", id="never told of"),
    ],
)
def test_a_limit_holds_only_where_the_newest_was_accepted(
    given: dict[str, Any], state: str
) -> None:
    (site,) = frame(view(), [given], [], begin=T0).sites

    assert site.evses[0].state == state


@pytest.mark.parametrize(
    ("given", "status", "value"),
    [
        pytest.param({"answered_at": None, "start": T0 + 10}, "sent", None, id="not fetched"),
        pytest.param({"start": T0 + 10}, "far", None, id="later"),
        pytest.param({"start": T0}, "active", 1.0, id="first interval"),
        pytest.param({"start": T0 - 7}, "active", 2.0, id="second interval"),
        pytest.param({"start": T0 - 20}, "completed", None, id="over"),
        pytest.param({"start": T0, "cancelled": True}, "cancelled", None, id="cancelled"),
    ],
)
def test_an_event_is_shown_as_the_vtn_keeps_it(
    given: dict[str, Any], status: str, value: float | None
) -> None:
    two = ((10, 1.0), (10, 2.0))

    (row,) = frame(view(), [], [asked(version(intervals=two, **given))], begin=T0).events

    assert (row.status, row.value) == (status, value)
