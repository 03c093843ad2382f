"""Reports: even intervals from samples, filed into the outbox at the VTN's own rhythm."""

from __future__ import annotations

import itertools
from math import ceil
from typing import TYPE_CHECKING

from gridbridge.domain.decisions import ReportUpdate, Sample
from gridbridge.domain.units import Instant, Seconds, WattHours, Watts
from gridbridge.engine.ven.state import Running, VenState

if TYPE_CHECKING:
    from gridbridge.domain.facts import ReportRequested, ResourceSampled

LATE = Seconds(5.0)
"""A sample that nobody took for so long is left out."""


def begin(state: VenState, wanted: ReportRequested, at: Instant) -> None:
    """Start a report; the same request again changes nothing."""
    known = state.reports.get(wanted.request)
    if known is not None and known.wanted == wanted:
        return
    step = _step(wanted)
    start = Instant(ceil(at / step) * step if wanted.every else at)
    state.reports[wanted.request] = Running(wanted=wanted, since=start, next_sample=start)


def sample(state: VenState, taken: ResourceSampled, resource: str) -> None:
    """Add a sample of a resource to every report that waits for one; the same twice counts once.

    The first sample of a moment, whosesoever it is, moves every report on whose moment has come;
    the samples of its own resources in that moment still belong to it.
    """
    for running in state.reports.values():
        if not running.done and taken.taken >= running.next_sample:
            running.moment = taken.taken
            _advance(running, taken.taken)
        if resource not in running.wanted.resources or running.done:
            continue
        known = running.samples.get(resource, ())
        if taken.taken != running.moment or (known and known[-1].taken >= taken.taken):
            continue
        running.samples[resource] = (*known, taken)


def skip(state: VenState, at: Instant) -> None:
    """Move on where nobody could take a sample, as before a site was ever shown."""
    for running in state.reports.values():
        if running.next_sample + LATE <= at:
            _advance(running, at)


def _advance(running: Running, at: Instant) -> None:
    step = _step(running.wanted)
    while not running.done and running.next_sample <= at:
        running.next_sample = Instant(running.next_sample + step)


def next_sample(state: VenState) -> Instant | None:
    """When the next sample of any report is due."""
    return min(
        (running.next_sample for running in state.reports.values() if not running.done),
        default=None,
    )


def due(running: Running, at: Instant) -> ReportUpdate | None:
    """The update that is due; `filed` takes its samples out of the report."""
    wanted = running.wanted
    fullest = max((len(samples) for samples in running.samples.values()), default=0)
    if running.done or fullest == 0:
        return None
    if wanted.every > 0:
        whole = max(ceil(wanted.every / _step(wanted)), 1)
        if fullest < whole + 1:
            return None
    return ReportUpdate(
        id=f"{wanted.request}-{running.filed + 1}",
        request=wanted.request,
        specifier=wanted.specifier,
        created=at,
        samples={
            resource: _intervals(wanted, taken) for resource, taken in running.samples.items()
        },
    )


def filed(state: VenState, update: ReportUpdate) -> None:
    """Put an update into the outbox, once; the next one starts from its last samples."""
    if any((each.id, each.created) == (update.id, update.created) for each in state.outbox):
        return
    state.outbox += (update,)
    running = state.reports.get(update.request)
    if running is None:
        return
    running.filed += 1
    running.done = running.wanted.every <= 0
    running.samples = {resource: taken[-1:] for resource, taken in running.samples.items()}


def _step(wanted: ReportRequested) -> Seconds:
    """The time between samples; without a granularity an interval is as long as a report."""
    return wanted.granularity or wanted.every or Seconds(1.0)


def _intervals(wanted: ReportRequested, taken: tuple[ResourceSampled, ...]) -> tuple[Sample, ...]:
    if len(taken) == 1:
        only = taken[0]
        return (
            Sample(
                start=only.taken,
                length=_step(wanted) if wanted.every else wanted.granularity,
                power=only.power,
                energy=WattHours(0.0),
                complete=only.complete,
            ),
        )
    return tuple(
        Sample(
            start=before.taken,
            length=_step(wanted) if wanted.every else wanted.granularity,
            power=Watts((before.power + after.power) / 2),
            energy=WattHours(after.energy - before.energy),
            complete=before.complete and after.complete,
        )
        for before, after in itertools.pairwise(taken)
    )
