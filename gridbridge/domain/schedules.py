"""What one EVSE may draw, and when: a step function with an end of its own.

limit  32 A ─────┐           ┌── 24 A ──┐
└─ 10 A ────┘          └ standing profile
start    p1          p2         until
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from dataclasses import dataclass, field

from gridbridge.domain.units import Amperes, Instant, Watts


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `start` until the next period (or the schedule's end)."""

    start: Instant
    limit: Amperes
    """Most import per wire on the grid side of the EVSE; never negative."""
    limit_w: Watts
    """The same limit as the EVSE is told it in watts: AC at the plug, DC at the output."""
    setpoint_w: Watts | None = None
    """V2X: wanted power at the EVSE, import positive, discharge negative; None: charging only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Periods in ascending order; before the first its limit holds, from `until` on nothing does.

    What lies under a schedule is the station's standing profile.
    """

    periods: tuple[Period, ...]
    until: Instant
    _hash: int | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        starts = [period.start for period in self.periods]
        if not starts or any(a >= b for a, b in itertools.pairwise(starts)):
            message = "a schedule needs periods in ascending order"
            raise ValueError(message)
        if self.until <= starts[-1]:
            message = "a schedule ends after its last period starts"
            raise ValueError(message)

    def __hash__(self) -> int:
        """Worked out once: a schedule is a key of what many stations share."""
        if self._hash is None:
            object.__setattr__(self, "_hash", hash((self.periods, self.until)))
        return self._hash or 0

    def at(self, instant: Instant) -> Period | None:
        """The period that holds at `instant`; None once the schedule has ended."""
        if instant >= self.until:
            return None
        index = bisect_right(self.periods, instant, key=lambda period: period.start) - 1
        return self.periods[max(index, 0)]
