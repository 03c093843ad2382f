"""What the events of a story ask of its sites, read from the VTN's ledger and the contracts alone.

    version 0   |--------- 24 kW ---------|
    version 1   |--------- 24 kW ---------|-- 24 kW --|       answered while version 0 ran
    limits      [ arrival of version 0    )[ of 1     )

A version rules from the VTN's answer that carried it until the answer that carried the next. What
an earlier version asked for already, or more strictly, counts from that version's arrival.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from gridbridge.simulation.spec import GridLimit, LimitKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridbridge.simulation.asking import Asked, Version
    from gridbridge.simulation.spec import Site, Station
    from gridbridge.simulation.story import Story

_W_PER_KW = 1000.0


def grid_limits(story: Story, events: Mapping[str, Asked]) -> list[GridLimit]:
    """Every limit and target that was told to the VEN, site by site; prices ask for nothing."""
    return [
        limit
        for asked in events.values()
        for site in story.world.sites
        if site.id in asked.resources
        for limit in _of_event(story, asked, site)
    ]


def nameplate_w(site: Site) -> float:
    """What all EVSEs of a site could draw at once, on the grid side, each by its own nameplate."""
    return sum(_station_w(station, site.phase_voltage) for station in site.stations)


def _station_w(station: Station, phase_voltage: float) -> float:
    return sum(
        evse.dc.max_w / evse.dc.efficiency + evse.dc.standby_w
        if evse.dc is not None
        else evse.max_amps * len(evse.wires) * phase_voltage
        for evse in station.evses
    )


def _of_event(story: Story, asked: Asked, site: Site) -> list[GridLimit]:
    told = [version for version in asked.versions if version.answered_at is not None]
    marks = sorted({mark for version in told for mark in _marks(version)})
    found: list[GridLimit] = []
    for low, high in pairwise(marks):
        ruling = [v for v in told if v is told[0] or (v.answered_at or 0.0) <= low]
        values = [_watts(story, asked, version, low, site) for version in ruling]
        now = values.pop()
        if now is None:
            continue
        version = ruling.pop()
        while values and (before := values.pop()) is not None and before <= now:
            version = ruling.pop()
        limit = GridLimit(
            event=asked.id,
            site=site.id,
            start=low,
            end=high,
            arrival=version.answered_at or 0.0,
            watts=now,
            kind=_kind(version),
        )
        _append(found, limit)
    return found


def _append(found: list[GridLimit], limit: GridLimit) -> None:
    """Add a limit, or go on with the last one where it is the same."""
    if found and found[-1].end == limit.start:
        longer = replace(found[-1], end=limit.end)
        if longer == replace(limit, start=longer.start):
            found[-1] = longer
            return
    found.append(limit)


def _kind(version: Version) -> LimitKind:
    return LimitKind.TARGET if version.signal.name == "LOAD_DISPATCH" else LimitKind.LIMIT


def _marks(version: Version) -> list[float]:
    """Where what a version asks for may change, and where it begins to rule."""
    marks = [version.start]
    for seconds, _ in version.signal.intervals:
        marks.append(marks[-1] + seconds)
    return [*marks, version.answered_at or 0.0]


def _watts(story: Story, asked: Asked, version: Version, at: float, site: Site) -> float | None:
    """What a version asks of a site at an instant; None: nothing."""
    value = version.value_at(at)
    if value is None or version.cancelled:
        return None
    match version.signal.name:
        case "SIMPLE":
            program = next(each for each in story.programs if each.market == asked.market)
            # OpenADR 2.0b: level 0 is normal operation.
            return program.level_w[int(value)] if value else None
        case "LOAD_CONTROL":
            # x-loadControlCapacity: a share of the maximum consumption.
            return value * nameplate_w(site)
        case "LOAD_DISPATCH":
            return value * _W_PER_KW
    return None
