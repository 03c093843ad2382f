"""DER controls: setting, superseding, starting, clearing (block R)."""

from __future__ import annotations

from typing import Any

import pytest

from gridbridge.simulation.stations.der import DerControls
from gridbridge.simulation.stations.samples import rfc3339

Json = Any  # what a JSON value may be
T0 = 1_800_000_000.0


def request(
    control_id: str = "a", priority: int = 1, start: float | None = None, **changes: Json
) -> dict[str, Any]:
    body: dict[str, Any] = {"priority": priority, "pctMaxDischargePower": 50.0}
    if start is not None:
        body |= {"startTime": rfc3339(start), "duration": 60}
    return {
        "isDefault": start is None,
        "controlId": control_id,
        "controlType": "LimitMaxDischarge",
        "limitMaxDischarge": body,
        **changes,
    }


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        pytest.param(request(), "Accepted", id="a default"),
        pytest.param(request(start=T0), "Accepted", id="a scheduled one"),
        pytest.param(request(isDefault=False), "Rejected", id="scheduled without a time"),
        pytest.param(request(start=T0, isDefault=True), "Rejected", id="a default with a time"),
        pytest.param(
            request(gradient={"priority": 1, "gradient": 1.0, "softGradient": 1.0}),
            "Rejected",
            id="two controls",
        ),
        pytest.param(request(controlType="VoltVar"), "NotSupported", id="another type"),
    ],
)
def test_what_is_taken(asked: dict[str, Any], status: str) -> None:
    assert DerControls().set(asked, T0)["status"] == status


def test_the_lower_priority_value_supersedes_at_once() -> None:
    controls = DerControls()
    controls.set(request("old", 2), T0)

    answer = controls.set(request("new", 1), T0)

    assert answer == {"status": "Accepted", "supersededIds": ["old"]}
    found = controls.in_force("LimitMaxDischarge", T0)
    assert found is not None
    assert found.id == "new"


def test_a_higher_priority_value_is_superseded_from_birth() -> None:
    controls = DerControls()
    controls.set(request("old", 1), T0)

    assert controls.set(request("new", 2), T0)["supersededIds"] == ["new"]


def test_the_same_id_is_replaced() -> None:
    controls = DerControls()
    controls.set(request("a", 1), T0)

    assert controls.set(request("a", 1), T0) == {"status": "Accepted"}
    assert len(controls.controls) == 1


def test_a_scheduled_control_rules_over_the_default_while_it_runs() -> None:
    controls = DerControls()
    controls.set(request("default", 0), T0)
    controls.set(request("tonight", 5, start=T0 + 10), T0)

    ruling = [controls.in_force("LimitMaxDischarge", T0 + at) for at in (9, 10, 69, 70)]

    assert [each.id if each else None for each in ruling] == [
        "default",
        "tonight",
        "tonight",
        "default",
    ]


def test_start_and_stop_are_told_once_each() -> None:
    controls = DerControls()
    controls.set(request("a", start=T0 + 10), T0)

    told = [controls.starts_and_stops(T0 + at) for at in (5, 10, 11, 70, 71)]

    assert told == [
        [],
        [{"controlId": "a", "started": True}],
        [],
        [{"controlId": "a", "started": False}],
        [],
    ]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        pytest.param({"isDefault": True, "controlId": "a"}, "Accepted", id="by id"),
        pytest.param({"isDefault": False, "controlId": "a"}, "NotFound", id="of the other kind"),
        pytest.param({"isDefault": True, "controlType": "VoltVar"}, "NotSupported", id="type"),
        pytest.param({"isDefault": False}, "Accepted", id="none of them, all the same"),
    ],
)
def test_clearing(asked: dict[str, Any], status: str) -> None:
    controls = DerControls()
    controls.set(request("a"), T0)

    assert controls.clear(asked) == {"status": status}
