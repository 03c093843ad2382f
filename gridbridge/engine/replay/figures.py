"""What a policy comes to over a stretch of time, in figures.

Time is cut where anything changes, so that all holds from one edge to the next.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from gridbridge.domain.units import HOUR, Instant, Seconds, WattHours, Watts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gridbridge.domain.decisions import Decided, Segment
    from gridbridge.engine.replay.drawing import Draws

MINUTE = Seconds(60.0)
NOISE = 1.01
"""Of a limit: what is metered above it by less is not above it."""
NOISE_FOR = Seconds(5.0)
"""Nor is what lasts no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of the EVSEs of a site, at its meter."""

    allowed: WattHours
    """What cars that were there might have drawn by what their EVSEs were told."""
    drawn: WattHours
    """What they drew of it."""
    recorded: WattHours
    """What they drew as recorded, whatever is allowed here."""
    peak: Watts
    """The highest mean of a minute of what they drew; minutes begin with the stretch."""
    over: Seconds
    """How long what was recorded lies above the limit on all EVSEs together."""
    fairness: float | None
    """Jain's index over sessions, of mean power while plugged in: 1 is alike, 1/n one has all."""
    sessions: int
    writes: int
    """Stations written to, each time counted."""
    metered: float | None
    """The part of the time with a car of which a meter tells; None without a car."""


@dataclass(slots=True)
class _Session:
    plugged: float = 0.0
    energy: float = 0.0


@dataclass(slots=True)
class _Minute:
    """The minute that is being summed up."""

    end: float
    told: float = 0.0
    energy: float = 0.0


@dataclass(slots=True)
class _Sums:
    allowed: float = 0.0
    drawn: float = 0.0
    recorded: float = 0.0
    peak: float = 0.0
    over: float = 0.0
    over_for: float = 0.0
    """Of the stretch above the limit that goes on."""
    writes: int = 0
    plugged: float = 0.0
    metered: float = 0.0
    sessions: list[_Session] = field(default_factory=list)
    open: dict[int, _Session] = field(default_factory=dict)


class Tally:
    """Adds up as time passes; `pass_to` before anything changes, `decided` when it has."""

    def __init__(self, draws: Draws, columns: int, *, start: Instant) -> None:
        self._draws = draws
        self._columns = range(columns)
        self._now = start
        self._segments: Sequence[Segment] = ()
        self._minute = _Minute(end=start + MINUTE)
        self._sums = _Sums()

    def pass_to(self, now: Instant) -> None:
        """All stays as it is until then, but for what schedules say by themselves."""
        if now <= self._now:
            return
        for start, end in pairwise(sorted({self._now, now, *self._edges(now)})):
            self._piece(Instant(start), end - start)
        self._now = now

    def decided(self, decided: Decided) -> None:
        """Another limit on all together, and what is written to stations."""
        self._segments = decided.envelope or self._segments
        self._sums.writes += len(decided.changes)

    def figures(self) -> Figures:
        """All so far."""
        self._close_minute()
        sums = self._sums
        self._end_over()
        sessions = [each for each in (*sums.sessions, *sums.open.values()) if each.plugged > 0]
        return Figures(
            allowed=WattHours(sums.allowed),
            drawn=WattHours(sums.drawn),
            recorded=WattHours(sums.recorded),
            peak=Watts(sums.peak),
            over=Seconds(sums.over),
            fairness=jain([max(each.energy, 0.0) / each.plugged for each in sessions]),
            sessions=len(sessions),
            writes=sums.writes,
            metered=sums.metered / sums.plugged if sums.plugged else None,
        )

    # --- inside --------------------------------------------------------------------------------

    def _edges(self, until: Instant) -> Iterator[float]:
        """Where a schedule, the limit or a reading turns by itself, and the minutes."""
        now, edge = self._now, self._minute.end
        while edge < until:
            yield edge
            edge += MINUTE
        turns = [segment.end for segment in self._segments]
        for column in self._columns:
            turns.append(self._draws.expires(column))
            desired = self._draws.own(column).desired
            if desired is not None and desired.schedule is not None:
                turns += [period.start for period in desired.schedule.periods]
                turns.append(desired.schedule.until)
        yield from (turn for turn in turns if now < turn < until)

    def _piece(self, at: Instant, length: float) -> None:
        sums, hours = self._sums, length / HOUR
        drawn_w = recorded_w = 0.0
        for column in self._columns:
            own = self._draws.own(column)
            if not own.has_car:
                if column in sums.open:
                    sums.sessions.append(sums.open.pop(column))
                continue
            session = sums.open.setdefault(column, _Session())
            session.plugged += length
            sums.plugged += length
            sums.allowed += self._draws.allowed(column, at) * hours
            drawn = self._draws.drawn(column, at)
            if drawn is not None:
                sums.metered += length
                session.energy += drawn * hours
                drawn_w += drawn
                recorded_w += self._draws.power(column, at) or 0.0
        sums.drawn += drawn_w * hours
        sums.recorded += recorded_w * hours
        self._in_minute(at, length, drawn_w * hours)
        self._above(at, length, recorded_w)

    def _in_minute(self, at: Instant, length: float, energy: float) -> None:
        if at >= self._minute.end:
            self._close_minute()
            self._minute = _Minute(end=self._minute.end + MINUTE)
        self._minute.told += length
        self._minute.energy += energy

    def _close_minute(self) -> None:
        minute, sums = self._minute, self._sums
        # What is left of the last one says little, unless there is nothing else.
        if minute.told >= MINUTE / 2 or (minute.told > 0 and sums.peak == 0.0):
            sums.peak = max(sums.peak, minute.energy * HOUR / minute.told)

    def _above(self, at: Instant, length: float, recorded_w: float) -> None:
        limit = next(
            (each.max_import for each in self._segments if each.start <= at < each.end), None
        )
        if limit is not None and recorded_w > limit * NOISE:
            self._sums.over_for += length
        else:
            self._end_over()

    def _end_over(self) -> None:
        if self._sums.over_for > NOISE_FOR:
            self._sums.over += self._sums.over_for
        self._sums.over_for = 0.0


def jain(shares: Sequence[float]) -> float | None:
    """Jain's index of fairness; None where nobody has anything."""
    squares = sum(share * share for share in shares)
    return sum(shares) ** 2 / (len(shares) * squares) if squares else None
