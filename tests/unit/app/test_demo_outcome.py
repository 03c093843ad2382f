"""The demo fails wherever an event was not obeyed, not answered, or a limit exceeded."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gridbridge.app.demo.api import GatewayApi
from gridbridge.app.demo.child import GatewayProcess
from gridbridge.app.demo.outcome import Outcome, outcome
from gridbridge.app.demo.stage import Stage
from gridbridge.app.demo.witness import Accepted, Witness
from gridbridge.simulation.scenario import DEPOT, HARBOR, default_story
from gridbridge.simulation.story import SendSimple, tell
from gridbridge.simulation.vtn import ReportSample, Vtn
from tests.unit.app.props import T0, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

EVENT = "peak-afternoon"
LENGTH_S = 40


@asynccontextmanager
async def unplayed() -> AsyncIterator[Stage]:
    """A stage on which nothing runs but what a test does."""
    running = asyncio.create_task(asyncio.sleep(0))
    here = world()
    here.step(T0)
    yield Stage(
        story=default_story({}),
        vtn=Vtn(clock=lambda: T0),
        world=here,
        gateway=GatewayProcess(Path("unused.yaml")),
        api=GatewayApi("http://unused"),
        running=running,
    )
    await running


def played(
    stage: Stage, *, draws: bool = False, opt: str | None = "optIn", answered: bool = True
) -> None:
    """Have the VTN ask the depot for little from the first second on, and time pass."""
    step = next(s for s in stage.story.steps if isinstance(s, SendSimple) and s.event == EVENT)
    tell(stage.story, step, stage.vtn, begin=T0)
    stage.vtn.modify(EVENT, start=T0, intervals=((LENGTH_S, 2),))
    stage.vtn.events[EVENT].versions.pop(0)
    version = stage.vtn.events[EVENT].latest
    version.opt = opt
    if answered:
        version.answered_at = T0
    stage.world.begin(T0)
    for tick in range(1, 5 * LENGTH_S):
        stage.world.step(T0 + tick / 5)
        if draws and tick == 5 * 5:
            for name, station in stage.world.stations.items():
                if name.startswith("CP"):
                    station.start(1, "TAG", T0 + 5.0)


def witness(stage: Stage, *, accepted: bool = True) -> Witness:
    seen = Witness(stage.world)
    if accepted:
        version = stage.vtn.events[EVENT].latest
        seen.accepted[EVENT, DEPOT, version.number] = Accepted(
            event=EVENT, site=DEPOT, version=version.number, answered_at=T0, last_at=T0 + 0.2
        )
    return seen


def reported(stage: Stage, *sites: str) -> None:
    for site in sites:
        stage.vtn.samples.append(ReportSample(r_id=site, at=T0, value=1.0, received=T0))


async def judged(*, accepted: bool = True, **how: Any) -> Outcome:  # noqa: ANN401 - of `played`
    async with unplayed() as stage:
        played(stage, **how)
        return outcome(stage, witness(stage, accepted=accepted), seconds=1.0)


async def test_a_limit_that_was_kept_is_told_with_its_times() -> None:
    result = await judged()

    (event,) = result.events
    assert (event.event, event.site, event.exceeded) == (EVENT, DEPOT, False)
    assert event.accepted_s == pytest.approx(0.2)
    assert event.drop_s == 0.0
    assert result.violations == 0
    assert not any(EVENT in failure for failure in result.failures)


async def test_cars_that_draw_on_regardless_are_a_violation() -> None:
    result = await judged(draws=True)

    (event,) = result.events
    assert event.exceeded
    assert result.violations >= 1
    assert any(f"{EVENT} at {DEPOT}" in failure for failure in result.failures)
    assert not result.passed


@pytest.mark.parametrize(
    ("how", "words"),
    [
        pytest.param({"opt": None}, "answered nothing", id="no answer"),
        pytest.param({"opt": "optOut"}, "answered optOut", id="opted out"),
        pytest.param({"answered": False}, "never asked for it", id="never fetched"),
        pytest.param({"accepted": False}, "not every station in reach", id="not accepted"),
    ],
)
async def test_an_event_must_be_answered_and_accepted(how: dict[str, Any], words: str) -> None:
    result = await judged(**how)

    assert any(EVENT in failure and words in failure for failure in result.failures)


async def test_every_site_must_have_reported_and_the_v2g_station_been_told() -> None:
    async with unplayed() as stage:
        reported(stage, HARBOR)
        result = outcome(stage, Witness(stage.world), seconds=1.0)

    assert result.telemetry == {DEPOT: 0, HARBOR: 1}
    assert set(result.failures) == {
        "depot: no TELEMETRY_USAGE reached the VTN",
        "HB-3: no CentralSetpoint profile with a setpoint below zero",
        "HB-3: no SetDERControl LimitMaxDischarge",
    }


async def test_an_error_in_the_gateways_log_and_a_broken_schema_are_failures() -> None:
    async with unplayed() as stage:
        stage.gateway.errors.append('task_failed {"task": "sites"}')
        stage.world.stations["CP-1"].faults.append("SetChargingProfile: 1 is not a string")
        result = outcome(stage, Witness(stage.world), seconds=1.0)

    assert 'the gateway logged an error: task_failed {"task": "sites"}' in result.failures
    assert "CP-1: SetChargingProfile: 1 is not a string" in result.failures
