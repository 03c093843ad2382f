"""What a step expects beside what is so, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.domain.units import Instant
from tests.scenarios.playing import START, ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gridbridge.domain.views import EvseView, SiteView
    from tests.scenarios.playing import Play
    from tests.scenarios.reading import Expected, Scenario, Step

NEAR = 0.051
"""Limits are told in tenths."""


def difference(scenario: Scenario, step: Step, play: Play) -> str:
    """A diff that names the step; empty where all is as expected."""
    if step.expect is None:
        return ""
    lines = [
        f"- {what}: {_words(wanted)}\n+ {what}: {_words(found)}"
        for what, wanted, found in _compared(step.expect, play)
        if not _same(wanted, found)
    ]
    if not lines:
        return ""
    number = scenario.steps.index(step) + 1
    head = f"{scenario.name}, step {number}, at {step.at:g} s: {scenario.rule}"
    return "\n".join([head, *lines])


def _compared(expected: Expected, play: Play) -> Iterator[tuple[str, object, object]]:
    view = play.engine.view(play.now)
    for name, amps in (expected.amps or {}).items():
        yield f"amps of {name}", amps, play.holds(ref(name))
    yield from _of_site(expected, view)
    evses = {
        (station.station, evse.evse): evse for station in view.stations for evse in station.evses
    }

    def evse_of(name: str) -> EvseView:
        it = ref(name)
        return evses[it.station, it.evse]

    for name, told in (expected.told_kw or {}).items():
        yield f"told {name}, kW", told, _kw(evse_of(name).limit_w)
    for name, wanted in (expected.setpoints_kw or {}).items():
        yield f"setpoint of {name}, kW", wanted, _kw(evse_of(name).setpoint_w)
    for name, worst in (expected.worst_amps or {}).items():
        yield f"worst of {name}, A", worst, evse_of(name).worst
    for name, words in (expected.why or {}).items():
        chain = " < ".join(str(step.source) for step in reversed(evse_of(name).why))
        yield f"why of {name}", words, words if words in chain else chain
    for event, opt in (expected.opts or {}).items():
        yield f"answer to {event}", opt, play.opts.get(event)
    if expected.writes is not None:
        yield "profiles written", expected.writes, play.writes
        play.writes = 0


def _of_site(expected: Expected, view: SiteView) -> Iterator[tuple[str, object, object]]:
    powers = (
        ("EVs, kW", expected.evs_kw, view.limit),
        ("target, kW", expected.target_kw, view.target),
        ("reserve, kW", expected.reserve_kw, view.reserve),
    )
    for what, kw, watts in powers:
        if kw is not None:
            yield what, kw, _kw(watts)
    for after, kw in (expected.envelope_kw or {}).items():
        at = Instant(START + after)
        found = [
            _kw(segment.max_import)
            for segment in view.envelope
            if segment.start <= at < segment.end
        ]
        yield f"envelope at {after:g} s, kW", kw, found[0] if found else None
    if expected.alarms is not None:
        raised = sorted({f"{alarm.name} {alarm.subject}" for alarm in view.alarms})
        yield "alarms", sorted(expected.alarms), raised


def _kw(watts: float | None) -> float | None:
    return None if watts is None else watts / 1000


def _same(wanted: object, found: object) -> bool:
    if isinstance(wanted, float) and isinstance(found, float):
        return abs(wanted - found) < NEAR
    return wanted == found


def _words(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
