"""The facts of a log give its decisions again, to the last byte; what does not is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gridbridge.domain.decisions import Decided
from gridbridge.domain.facts import ConfigAdopted, Metered
from gridbridge.domain.units import Instant, Watts
from gridbridge.engine.replay.recording import Recording
from gridbridge.engine.replay.sameness import Reason, Sameness, compare
from gridbridge.ports.store import Entry, Snapshot
from tests.safety.sites import SITE
from tests.unit.engine.replay.histories import RecordedWorld, history

SEEDS = range(12)
ALWAYS = Instant(0.0)


def decided(entries: tuple[Entry, ...]) -> list[Decided]:
    return [each.recorded.fact for each in entries if isinstance(each.recorded.fact, Decided)]


def with_decision(world: RecordedWorld, changed: Decided) -> Recording:
    """The same log, but with another content of one decision."""
    return Recording(
        start=None,
        entries=tuple(
            replace(each, recorded=replace(each.recorded, fact=changed))
            if isinstance(each.recorded.fact, Decided) and each.recorded.fact.now == changed.now
            else each
            for each in world.log
        ),
    )


def compared(world: RecordedWorld, recording: Recording) -> Sameness:
    return compare(world.rules, recording, since=ALWAYS)


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happened_every_decision_follows_from_the_facts_before_it(seed: int) -> None:
    world = history(seed)

    found = compared(world, world.recording)

    assert found.difference is None
    assert found.same == len(decided(world.recording.entries)) > 3


@pytest.mark.parametrize("seed", SEEDS)
def test_it_can_begin_anywhere_from_a_state_that_was_kept(seed: int) -> None:
    world = history(seed, steps=15)
    start = Snapshot(upto=world.engine.upto, state=world.engine.snapshot())
    before = len(world.log)
    world.run(25)
    rest = tuple(world.log[before:])

    found = compared(world, Recording(start=start, entries=rest))

    assert found.difference is None
    assert found.same == len(decided(rest))


@pytest.mark.parametrize("seed", SEEDS)
def test_what_came_before_is_folded_and_not_compared(seed: int) -> None:
    world = history(seed)
    middle = decided(world.recording.entries)[2].now

    found = compare(world.rules, world.recording, since=middle)

    assert found.difference is None
    assert found.same == sum(each.now >= middle for each in decided(world.recording.entries))


@pytest.mark.parametrize("seed", SEEDS)
def test_who_reads_the_log_has_the_state_of_who_wrote_it(seed: int) -> None:
    world = history(seed)
    reader = world.rules.engine(None)
    for entry in world.log:
        reader.receive(entry.recorded, entry=entry.id)
    for each in (reader, world.engine):
        each.expire(world.now)

    assert reader.snapshot() == world.engine.snapshot()


def test_a_decision_that_says_something_else_is_told_with_what_differs() -> None:
    world = history(1)
    made = decided(world.recording.entries)
    place = next(place for place, each in enumerate(made) if place and each.alarms and each.why)
    other = replace(made[place], alarms=(), why=())

    found = compared(world, with_decision(world, other))

    assert found.same == place
    assert found.difference is not None
    assert found.difference.reason is Reason.CONTENT
    assert found.difference.recorded == other
    assert set(found.difference.parts) == {"why", "alarms"}


def test_a_fact_that_was_another_one_shows() -> None:
    world = history(1)
    changed = tuple(
        replace(each, recorded=replace(each.recorded, fact=_louder(each.recorded.fact)))
        if isinstance(each.recorded.fact, Metered)
        else each
        for each in world.log
    )

    found = compared(world, Recording(start=None, entries=changed))

    assert found.difference is not None


def _louder(fact: Metered) -> Metered:
    readings = tuple(replace(each, power=Watts(90e3), amps=None) for each in fact.readings)
    return replace(fact, readings=readings)


def test_another_configuration_is_named_as_the_reason() -> None:
    world = history(1)

    found = compare(replace(world.rules, config="d"), world.recording, since=ALWAYS)

    assert found.difference is not None
    assert found.difference.reason is Reason.CONFIG


def test_a_decision_after_a_fact_that_is_not_in_the_log_is_named_as_such() -> None:
    world = history(1)
    last = decided(world.recording.entries)[-1]
    without = tuple(each for each in world.log if each.id != last.upto)

    found = compared(world, Recording(start=None, entries=without))

    assert found.difference is not None
    assert found.difference.reason is Reason.GAP
    assert found.difference.recorded == last


def test_a_decision_without_cause_is_told() -> None:
    world = history(1)
    world.calm_down()
    again = replace(
        decided(world.recording.entries)[-1], upto=world.log[-1].id, now=Instant(world.now)
    )
    seq = len(world.log) + 1
    recorded = replace(world.log[-1].recorded, seq=seq, fact=again)
    entries = (*world.log, Entry(id=str(seq), recorded=recorded))

    found = compared(world, Recording(start=None, entries=entries))

    assert found.difference is not None
    assert found.difference.recorded == again


def test_what_an_owner_only_wrote_down_is_folded_and_not_compared() -> None:
    world = history(1)
    last = decided(world.recording.entries)[-1]
    told = tuple(
        replace(each, version=world.engine.state.version + 1) for each in world.engine.desired()
    )
    world._log(
        replace(last, upto=world.engine.upto, now=world.now, changes=told, why=(), envelope=()),
        world.now,
    )
    world.run(20)

    found = compared(world, world.recording)

    assert found.difference is None
    assert found.put_back == 1


def test_facts_are_counted_without_decisions() -> None:
    world = history(1)
    world._fact(ConfigAdopted(site=SITE, config="c"))
    world.run(20)

    found = compared(world, world.recording)

    assert 0 < found.facts <= len(world.log) - len(decided(world.recording.entries))
