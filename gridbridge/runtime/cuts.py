"""What may be told to stations while the store is away: cuts, and nothing else.

Without the store a decision is not written down, so nobody could count what it raises. What it
lowers may go out all the same. A decision mixes both, even within one schedule, so each of its
schedules is told as the lower of itself and of what the EVSE was told before, at every instant:

    told before  ────┐  ┌──────      what is decided  ──┐  ┌────      what is told  ──┐  ┌────
                     └──┘                               │  │                          │  │
                                                        └──┘                          └──┘

Why that is safe whatever becomes of the decision:

- What is told lets in no more than what the log says was told, so whoever counts by the log (this
  owner after a reload, or another one) counts at least as much as the station may draw.
- It lets in no more than the decision, so the engine that made it counts enough as well.
- It carries the version of what was told before. The log never hands that out again, and an answer
  to it says at most that the station holds what the log has under that version, which lets in as
  much or more. A version of its own would be one that the log gives to something else later: an
  answer would then vouch for what the station never heard of, and a connection that knows it would
  leave out what is really newer.

After the outage the engine is read anew from the log. What was cut is put there as a decision with
versions of the log's own, and the engine decides again from what stations really hold: a raise
then waits for the drop that pays for it, as always. Where another owner has the log by then, its
word counts and the cuts are taken back: it counted more all along.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING

from gridbridge.domain.schedules import Period, Schedule
from gridbridge.domain.units import Instant, Watts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gridbridge.domain.commands import EvseDesired, StationDesired
    from gridbridge.domain.ids import StationId


def cuts_of(
    held: Mapping[StationId, StationDesired], changes: Iterable[StationDesired], *, now: Instant
) -> tuple[StationDesired, ...]:
    """The part of a decision that lowers what stations were told last, `held`.

    A station that was never told anything is left alone, and so is one that nothing is cut of.
    """
    found = []
    for change in changes:
        before = held.get(change.station)
        if before is None:
            continue
        wanted = {each.evse: each for each in change.evses}
        evses = tuple(
            _lowered(each, wanted[each.evse], now) if each.evse in wanted else each
            for each in before.evses
        )
        if evses != before.evses:
            found.append(replace(before, evses=evses))
    return tuple(found)


def _lowered(held: EvseDesired, wanted: EvseDesired, now: Instant) -> EvseDesired:
    discharge = _least(held.max_discharge_pct, wanted.max_discharge_pct)
    schedule = held.schedule
    if schedule is not None and wanted.schedule is not None:
        schedule = _lower(held, schedule, wanted.schedule, now)
    return replace(held, schedule=schedule, max_discharge_pct=discharge)


def _least(one: float | None, other: float | None) -> float | None:
    return other if one is None else one if other is None else min(one, other)


def _lower(held: EvseDesired, before: Schedule, wanted: Schedule, now: Instant) -> Schedule:
    """The lower of both; `before` itself where that is it already from `now` on."""
    # It starts as long ago as the decision does, for stations whose clock is behind.
    begin = min(wanted.periods[0].start, now)
    until = max(before.until, wanted.until)
    edges = {period.start for each in (before, wanted) for period in each.periods}
    edges |= {before.until, wanted.until}
    starts = [begin, *sorted(edge for edge in edges if begin < edge < until)]
    periods: list[Period] = []
    cut = False
    for start, end in itertools.pairwise([*starts, until]):
        was = before.at(start) or _standing(held, start)
        lower = _both(start, was, wanted.at(start) or _standing(held, start))
        cut |= end > now and not _same(lower, was)
        if not periods or not _same(lower, periods[-1]):
            periods.append(lower)
    return Schedule(periods=tuple(periods), until=until) if cut else before


def _standing(held: EvseDesired, start: Instant) -> Period:
    """What holds where no schedule does."""
    return Period(start=start, limit=held.standing_amps, limit_w=held.standing_w)


def _both(start: Instant, one: Period, other: Period) -> Period:
    return Period(
        start=start,
        limit=min(one.limit, other.limit),
        limit_w=min(one.limit_w, other.limit_w),
        setpoint_w=_between(one.setpoint_w, other.setpoint_w),
    )


def _between(one: Watts | None, other: Watts | None) -> Watts | None:
    """A setpoint that takes no more than either and gives back no more than either."""
    if one is None and other is None:
        return None
    taken = min(inf if each is None else max(each, 0.0) for each in (one, other))
    given = min(max(-(each or 0.0), 0.0) for each in (one, other))
    return Watts(-given if given > 0.0 else taken)


def _same(one: Period, other: Period) -> bool:
    return (one.limit, one.limit_w, one.setpoint_w) == (
        other.limit,
        other.limit_w,
        other.setpoint_w,
    )
