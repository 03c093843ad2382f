"""The stage that the scenes of these tests share, and the demo's story as one of them."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.scenes import Stage, scene_of

if TYPE_CHECKING:
    from collections.abc import Iterator

STORY = "the demo's story"


@pytest.fixture(scope="session")
def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """A stage on which the scenes of all tests that were asked for play."""
    tests = [item for item in request.session.items if isinstance(item, pytest.Function)]
    with Stage() as it:
        if any("outcome" in test.fixturenames for test in tests):
            it.begin(STORY, story)
        for test in tests:
            if "stage" in test.fixturenames:
                play = scene_of(test, tmp_path_factory.mktemp("scene"))
                if play is not None:
                    it.begin(test.nodeid, play)
        yield it


async def story() -> dict[str, Any]:
    """What the demo says of itself at its end."""
    demo = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "gridbridge", "demo", "--json"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(170):
            printed, complaint = await demo.communicate()
    finally:
        if demo.returncode is None:
            demo.kill()
            await demo.wait()
    last: dict[str, Any] = json.loads(printed.splitlines()[-1])
    assert demo.returncode == 0, (last.get("failures"), complaint[-2000:])
    return last


@pytest.fixture(scope="session")
def outcome(stage: Stage) -> dict[str, Any]:
    """What the demo says of itself at its end."""
    told: dict[str, Any] = stage.end(STORY)
    return told
