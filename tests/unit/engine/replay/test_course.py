"""What another policy would have come to, told from the recorded facts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gridbridge.domain.decisions import Decided
from gridbridge.domain.facts import ProfileAnswered
from gridbridge.domain.site import Mode
from gridbridge.domain.units import Amperes, Instant, Watts
from gridbridge.engine.replay.course import _Course, fold
from gridbridge.engine.replay.figures import Figures
from gridbridge.engine.replay.recording import Rules
from tests.unit.engine.replay.histories import history
from tests.unit.engine.replay.runs import BEGAN, Run, plain

SEEDS = range(12)
RULES = Rules(site=plain(stations=2), programs={}, config="c")
"""48 A for two cars of 32 A: 24 A each, 16.6 kW."""
STRICT = replace(RULES, site=replace(RULES.site, import_w=Watts(16_000.0)))


@pytest.fixture
def run() -> Run:
    """Two cars come and draw 15 kW each for ten minutes."""
    it = Run(RULES)
    it.day()
    it.plugged("CP-1", occupied=True)
    for _ in range(10):
        it.metered(15_000.0, 15_000.0)
    return it


def folded(run: Run, rules: Rules, *, since: Instant = BEGAN) -> Figures:
    return fold(rules, run.recording, since=since, until=run.now)


def written(run: Run, *, since: Instant = BEGAN) -> int:
    facts = (each.recorded.fact for each in run.log)
    return sum(
        len(each.changes) for each in facts if isinstance(each, Decided) and each.now >= since
    )


def test_its_own_policy_comes_to_what_was_recorded(run: Run) -> None:
    found = folded(run, RULES)

    assert found.writes == written(run)
    assert found.drawn == pytest.approx(found.recorded)
    assert found.over == 0.0
    assert found.peak == pytest.approx(30_000.0)


def test_a_stricter_policy_lets_in_less_and_says_for_how_long_more_was_drawn(run: Run) -> None:
    before, found = folded(run, RULES), folded(run, STRICT)

    assert found.recorded == before.recorded
    assert found.allowed < before.allowed
    assert found.drawn < before.drawn
    assert found.peak <= 16_000.0
    assert found.over == pytest.approx(600.0)


def test_a_car_without_more_is_not_made_to_draw_more(run: Run) -> None:
    wide = replace(RULES, site=plain(stations=2, main_amps=80.0))

    found, before = folded(run, wide), folded(run, RULES)

    assert found.allowed > before.allowed
    assert found.drawn == pytest.approx(before.drawn)


def test_what_came_before_the_stretch_is_folded_as_recorded(run: Run) -> None:
    since = Instant(run.now - 300.0)

    found = folded(run, RULES, since=since)

    assert found.writes == written(run, since=since) == 0
    assert found.recorded == pytest.approx(30_000.0 * 300.0 / 3600.0)


def test_answers_that_are_owed_when_the_stretch_begins_are_yes(run: Run) -> None:
    course = _Course(RULES.engine(None), run.now)
    for entry in run.log:
        if not isinstance(entry.recorded.fact, ProfileAnswered):
            course.receive(entry.recorded, entry=entry.id)
    course.begin(tell_anew=False)

    evses = [own for each in course._engine.state.stations.values() for own in each.evses.values()]
    assert all(own.secured and not own.told and own.accepted is not None for own in evses)


def test_a_site_that_only_observes_is_decided_upon_as_if_in_control(run: Run) -> None:
    watching = replace(RULES, site=replace(RULES.site, mode=Mode.OBSERVE))

    assert folded(run, watching) == folded(run, RULES)


def test_stations_that_a_policy_does_not_know_are_passed_over(run: Run) -> None:
    found = folded(run, replace(RULES, site=plain(stations=1)))

    assert found.recorded == pytest.approx(folded(run, RULES).recorded / 2)


def test_cars_are_compared_by_mean_power_while_plugged_in(run: Run) -> None:
    uneven = plain(stations=2)
    small = replace(uneven.stations[1].evses[0], max_amps=Amperes(8.0))
    first, second = uneven.stations
    site = replace(uneven, stations=(first, replace(second, evses=(small,))))

    even = folded(run, RULES).fairness
    found = folded(run, replace(RULES, site=site)).fairness

    assert even is not None
    assert found is not None
    assert found < even


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happened_nobody_draws_more_than_recorded_nor_than_allowed(seed: int) -> None:
    world = history(seed, steps=25)
    start, end = world.log[0].recorded.at, world.now

    found = fold(world.rules, world.recording, since=start, until=end)

    assert found.drawn <= found.recorded + 1e-6
    assert found.drawn <= found.allowed + 1e-6
    assert found.fairness is None or 0.0 < found.fairness <= 1.0 + 1e-9
