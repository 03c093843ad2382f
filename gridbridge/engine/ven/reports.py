"""Reports: even intervals from samples, filed into the outbox at the VTN's own rhythm."""

from __future__ import annotations

import itertools
from math import ceil
from typing import TYPE_CHECKING

from gridbridge.domain.decisions import ReportUpdate, Sample
from gridbridge.domain.units import Instant, WattHours, Watts
from gridbridge.engine.ven.state import Running, VenState

if TYPE_CHECKING:
    from gridbridge.domain.facts import ReportRequested, ResourceSampled


def begin(state: VenState, wanted: ReportRequested, at: Instant) -> None:
    """Start a report; the same request again changes nothing."""
    known = state.reports.get(wanted.request)
    if known is not None and known.wanted == wanted:
        return
    start = Instant(ceil(at / wanted.granularity) * wanted.granularity if wanted.every else at)
    state.reports[wanted.request] = Running(wanted=wanted, since=start, next_sample=start)


def sample(state: VenState, taken: ResourceSampled, resource: str) -> None:
    """Add a sample of a resource to every report that waits for one."""
    for running in state.reports.values():
        if resource not in running.wanted.resources or running.done:
            continue
        if taken.taken < running.next_sample:
            continue
        running.samples[resource] = (*running.samples.get(resource, ()), taken)


def advance(state: VenState, at: Instant) -> None:
    """Move every report whose moment has come to its next one."""
    for running in state.reports.values():
        step = running.wanted.granularity or 1.0
        while not running.done and running.next_sample <= at:
            running.next_sample = Instant(running.next_sample + step)


def next_sample(state: VenState) -> Instant | None:
    """When the next sample of any report is due."""
    return min(
        (running.next_sample for running in state.reports.values() if not running.done),
        default=None,
    )


def due(running: Running, at: Instant) -> ReportUpdate | None:
    """The update that is due; its samples are taken out of `running`."""
    wanted = running.wanted
    fullest = max((len(samples) for samples in running.samples.values()), default=0)
    if running.done or fullest == 0:
        return None
    if wanted.every > 0:
        whole = max(ceil(wanted.every / wanted.granularity), 1)
        if fullest < whole + 1:
            return None
    running.filed += 1
    update = ReportUpdate(
        id=f"{wanted.request}-{running.filed}",
        request=wanted.request,
        specifier=wanted.specifier,
        created=at,
        samples={
            resource: _intervals(wanted, taken) for resource, taken in running.samples.items()
        },
    )
    running.done = wanted.every <= 0
    running.samples = {resource: taken[-1:] for resource, taken in running.samples.items()}
    return update


def _intervals(wanted: ReportRequested, taken: tuple[ResourceSampled, ...]) -> tuple[Sample, ...]:
    if len(taken) == 1:
        only = taken[0]
        return (
            Sample(
                start=only.taken,
                length=wanted.granularity,
                power=only.power,
                energy=WattHours(0.0),
                complete=only.complete,
            ),
        )
    return tuple(
        Sample(
            start=before.taken,
            length=wanted.granularity,
            power=Watts((before.power + after.power) / 2),
            energy=WattHours(after.energy - before.energy),
            complete=before.complete and after.complete,
        )
        for before, after in itertools.pairwise(taken)
    )
