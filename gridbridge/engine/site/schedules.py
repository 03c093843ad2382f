"""From what may be told to the schedule that is told, and whether telling it is worth a write."""

from __future__ import annotations

from math import ceil, floor, inf
from typing import TYPE_CHECKING

from gridbridge.domain.schedules import Period, Schedule
from gridbridge.domain.units import SKEW, Amperes, Instant, Seconds, Watts
from gridbridge.engine.site.steps import Steps, eroded, steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridbridge.domain.site import Evse, Station
    from gridbridge.engine.site.wires import Wires

DEADBAND = Amperes(1.0)
"""A raise smaller than this is not worth a write to a station's flash."""
LEAD = Seconds(60.0)
"""A schedule starts this long ago, so that a station whose clock is behind follows it at once."""


def schedule_of(
    wires: Wires,
    station: Station,
    evse: Evse,
    *,
    grid: Sequence[float],
    amps: Sequence[float],
    setpoints: Sequence[float] | None,
    spread: int,
    now: Instant,
    until: Instant,
) -> Schedule:
    """The schedule that keeps an EVSE at or below ``amps[i]`` from ``grid[i]`` on.

    Cuts begin early and raises late, by what its clock and its inertia may be off. Setpoints
    (watts at the EVSE, signed; nan where none) are wishes inside the limit and keep their time.
    """
    pieces = zip(grid, amps, strict=True)
    limit = eroded(steps(pieces), early=SKEW, late=SKEW + station.settle)
    wish = steps([]) if setpoints is None else _whole(zip(grid, setpoints, strict=True))
    edges = [edge for edge in limit.edges if now < edge < until]
    if wish.edges:
        edges = sorted({*edges, *(edge for edge in wish.edges if now < edge < until)})
    return Schedule(
        periods=tuple(
            _period(wires, evse, limit, wish, at=at, start=start, spread=spread)
            for at, start in ((now, Instant(floor(now - LEAD))), *((edge, edge) for edge in edges))
        ),
        until=until,
    )


def _whole(pieces: zip[tuple[float, float]]) -> Steps:
    return steps([(ceil(start), setpoint) for start, setpoint in pieces])


def _period(
    wires: Wires, evse: Evse, limit: Steps, wish: Steps, *, at: float, start: float, spread: int
) -> Period:
    amps = limit.at(at)
    setpoint = wish.at(at) if wish.edges else inf
    return Period(
        start=Instant(float(start)),
        limit=Amperes(round(amps, 3)),
        limit_w=wires.evse_power(evse, amps, spread=spread),
        setpoint_w=None if setpoint == inf else Watts(setpoint),
    )


def worth_telling(old: Schedule | None, new: Schedule, *, now: Instant, settle: Seconds) -> bool:
    """Whether `new` asks for a cut, or for a raise that `old` will not bring by itself soon.

    Same state, no send: an old schedule that is nowhere above the new one, and from shortly after
    now on within the deadband of it, stays.
    """
    if old is None or old.until <= now or old.until < new.until:
        return True
    soon = Instant(now + 2 * SKEW + settle)
    for edge in sorted({now, soon, *_edges(old, now), *_edges(new, now)}):
        mine, wanted = old.at(Instant(edge)), new.at(Instant(edge))
        if mine is None or wanted is None:
            continue
        if mine.limit > wanted.limit or mine.setpoint_w != wanted.setpoint_w:
            return True
        if edge >= soon and wanted.limit - mine.limit >= DEADBAND:
            return True
        if edge >= soon and (mine.limit == 0.0) != (wanted.limit == 0.0):
            return True
        if edge >= soon and mine.limit_w < 0.9 * wanted.limit_w:
            return True
    return False


def is_raise(old: Schedule | None, new: Schedule, now: Instant) -> bool:
    """Whether `new` lets in more than `old` anywhere (and nowhere less)."""
    if old is None:
        return False
    edges = {now, *_edges(old, now), *_edges(new, now)}
    for edge in edges:
        mine, wanted = old.at(Instant(edge)), new.at(Instant(edge))
        if mine is not None and wanted is not None and wanted.limit < mine.limit:
            return False
    return True


def _edges(schedule: Schedule, now: Instant) -> list[float]:
    return [period.start for period in schedule.periods if period.start > now]


def either(one: Schedule, other: Schedule) -> Schedule:
    """A schedule that lets in, and out, at least what each does at every instant up to its end."""
    starts = sorted({period.start for each in (one, other) for period in each.periods})
    return Schedule(
        periods=tuple(
            _wider(start, [p for each in (one, other) if (p := each.at(start)) is not None])
            for start in starts
        ),
        until=max(one.until, other.until),
    )


def _wider(start: Instant, periods: Sequence[Period]) -> Period:
    setpoints = [period.setpoint_w for period in periods if period.setpoint_w is not None]
    return Period(
        start=start,
        limit=max((period.limit for period in periods), default=Amperes(0.0)),
        limit_w=max((period.limit_w for period in periods), default=Watts(0.0)),
        setpoint_w=min(setpoints, default=None),
    )
