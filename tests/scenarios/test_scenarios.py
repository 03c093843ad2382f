"""Site behaviour, one rule a file: each is played and held to what it expects."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.scenarios.comparing import difference
from tests.scenarios.playing import Play
from tests.scenarios.reading import Scenario, Written, read, scenario

FOLDER = Path(__file__).parent
FILES = sorted(FOLDER.glob("*.yaml"))


def first_difference(it: Scenario) -> str:
    """The first step that is not as expected, as a diff."""
    play = Play(it)
    for step in it.steps:
        play.step(step)
        found = difference(it, step, play)
        if found:
            return found
    return ""


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_the_site_behaves_as_the_scenario_says(
    path: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    written = read(path)
    if written.xfail is not None:
        request.node.add_marker(pytest.mark.xfail(reason=written.xfail, strict=True))

    found = first_difference(scenario(written, path.name, tmp_path))

    assert not found, f"\n{found}"


ONE_STATION = {
    "rule": "a car may draw all there is",
    "config": {
        "sites": {"depot": {"voltage": 400, "import_kw": 50, "stations": {"CP-1": {"max_a": 32}}}}
    },
}


def test_a_difference_names_its_step_and_shows_both_sides(tmp_path: Path) -> None:
    steps = [
        {"at": "0s", "connect": ["CP-1"]},
        {"at": "5m", "expect": {"amps": {"CP-1": 16}, "alarms": []}},
    ]
    written = Written.model_validate(ONE_STATION | {"steps": steps})

    found = first_difference(scenario(written, "one.yaml", tmp_path))

    assert found.splitlines() == [
        "one.yaml, step 2, at 300 s: a car may draw all there is",
        "- amps of CP-1: 16.00",
        "+ amps of CP-1: 32.00",
    ]


def test_an_expectation_that_nobody_reads_is_refused() -> None:
    steps = [{"at": "0s", "expect": {"amperes": {"CP-1": 16}}}]

    with pytest.raises(ValidationError, match="amperes"):
        Written.model_validate(ONE_STATION | {"steps": steps})
