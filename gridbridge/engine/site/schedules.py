"""From what may be told to the schedule that is told, and whether telling it is worth a write."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, inf
from typing import TYPE_CHECKING

import numpy as np

from gridbridge.domain.schedules import Period, Schedule
from gridbridge.domain.site import Kind
from gridbridge.domain.units import SKEW, Amperes, Instant, Seconds, Watts
from gridbridge.engine.site.steps import Steps, eroded, steps

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from gridbridge.domain.site import Evse
    from gridbridge.engine.site.wires import Wires

DEADBAND = Amperes(1.0)
"""A raise smaller than this is not worth a write to a station's flash."""
LEAD = Seconds(60.0)
"""A schedule starts this long ago, so that a station whose clock is behind follows it at once."""


def schedules_of(
    wires: Wires,
    *,
    grid: Sequence[float],
    amps: NDArray[np.float64],
    setpoints: Sequence[Steps | None],
    spreads: Sequence[int],
    now: Instant,
    until: Instant,
) -> list[Schedule]:
    """The schedules that keep each EVSE at or below ``amps[i, n]`` from ``grid[i]`` on.

    Cuts begin early and raises late, by what a station's clock and its inertia may be off.
    Setpoints (watts at the EVSE, signed; inf where none) are wishes inside the limit, on whole
    seconds. EVSEs that are told the same have one schedule in common.
    """
    limits: dict[tuple[bytes, float], Steps] = {}
    made: dict[tuple[object, ...], Schedule] = {}
    found: list[Schedule] = []
    for column, own in enumerate(np.ascontiguousarray(amps.T)):
        station, evse = wires.stations[column], wires.evses[column]
        told = (own.tobytes(), station.settle)
        wish = setpoints[column]
        key = (*told, wish, *_conversion(evse, spread=spreads[column]))
        if key not in made:
            if told not in limits:
                pieces = zip(grid, own.tolist(), strict=True)
                limits[told] = eroded(steps(pieces), early=SKEW, late=SKEW + station.settle)
            made[key] = _schedule(
                wires,
                evse,
                limits[told],
                wish,
                spread=spreads[column],
                now=now,
                until=until,
            )
        found.append(made[key])
    return found


def _conversion(evse: Evse, *, spread: int) -> tuple[object, ...]:
    """All that amperes become watts by at an EVSE."""
    if evse.kind is Kind.AC:
        return (evse.wiring.spread_per_amp(spread),)
    return (evse.wiring.conductors, evse.standby_w, evse.efficiency, evse.max_w)


def _schedule(
    wires: Wires,
    evse: Evse,
    limit: Steps,
    wish: Steps | None,
    *,
    spread: int,
    now: Instant,
    until: Instant,
) -> Schedule:
    begin = Instant(float(floor(now - LEAD)))
    limits = limit.since(now, begin=begin, until=until)
    if wish is None:
        told = {
            amps: (_in_milliamperes(amps), wires.evse_power(evse, amps, spread=spread))
            for amps in {amps for _, amps in limits}
        }
        return Schedule(
            periods=tuple(
                Period(start=Instant(start), limit=told[amps][0], limit_w=told[amps][1])
                for start, amps in limits
            ),
            until=until,
        )
    wishes = wish.since(now, begin=begin, until=until)
    starts = sorted({start for start, _ in (*limits, *wishes)})
    return Schedule(
        periods=tuple(
            _period(
                wires,
                evse,
                start,
                limit.at(max(start, now)),
                wish.at(max(start, now)),
                spread=spread,
            )
            for start in starts
        ),
        until=until,
    )


def _period(
    wires: Wires, evse: Evse, start: float, amps: float, setpoint: float, *, spread: int
) -> Period:
    return Period(
        start=Instant(start),
        limit=_in_milliamperes(amps),
        limit_w=wires.evse_power(evse, amps, spread=spread),
        setpoint_w=None if setpoint == inf else Watts(setpoint),
    )


def _in_milliamperes(amps: float) -> Amperes:
    """Down, since all that is left of a limit may be told; noise is not a milliampere."""
    return Amperes(floor(amps * 1000.0 + 1e-6) / 1000.0)


@dataclass(frozen=True, slots=True)
class Change:
    """What a new schedule changes for the station that holds an old one."""

    worth_telling: bool
    only_raises: bool
    """Nowhere it lets in less than the old one."""


def change(old: Schedule | None, new: Schedule, *, now: Instant, settle: Seconds) -> Change:
    """Whether `new` asks for a cut, or for a raise that `old` will not bring by itself soon.

    Same state, no send: an old schedule that is nowhere above the new one, and from shortly after
    now on within the deadband of it, stays.
    """
    if old is None:
        return Change(worth_telling=True, only_raises=False)
    soon = Instant(now + 2 * SKEW + settle)
    due = old.until <= now or old.until < new.until
    only_raises = old.until > now
    edges = sorted({now, soon, *_edges(old, now), *_edges(new, now)})
    for edge, mine, wanted in zip(edges, _each(old, edges), _each(new, edges), strict=True):
        if mine is None or wanted is None:
            continue
        # Watts may have to fall where amperes do not: its power was seen not to spread.
        cuts = mine.limit > wanted.limit or mine.limit_w > wanted.limit_w
        if cuts or mine.setpoint_w != wanted.setpoint_w:
            return Change(worth_telling=True, only_raises=False)
        due = due or (edge >= soon and _missing(mine, wanted))
    return Change(worth_telling=due, only_raises=only_raises)


def _missing(mine: Period, wanted: Period) -> bool:
    """Whether a raise is worth a write."""
    return (
        wanted.limit - mine.limit >= DEADBAND
        or (mine.limit == 0.0) != (wanted.limit == 0.0)
        or mine.limit_w < 0.9 * wanted.limit_w
    )


def _edges(schedule: Schedule, now: Instant) -> list[Instant]:
    return [period.start for period in schedule.periods if period.start > now]


def _each(schedule: Schedule, instants: Sequence[Instant]) -> Iterator[Period | None]:
    """`Schedule.at` for each of ascending instants."""
    periods, place = schedule.periods, 0
    for instant in instants:
        while place + 1 < len(periods) and periods[place + 1].start <= instant:
            place += 1
        yield None if instant >= schedule.until else periods[place]


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
