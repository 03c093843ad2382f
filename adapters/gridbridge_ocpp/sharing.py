"""Equal schedules as one object: comparing two that are equal costs more than all that follows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from gridbridge.domain.schedules import Schedule

_MOST = 2048


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """A schedule, and what is asked of it for every station; known by its identity."""

    schedule: Schedule | None
    """The first one seen that is equal, so that lookups by it end at its identity."""
    sets_power: bool
    """Whether it has setpoints."""


NONE = Shared(None, sets_power=False)
"""No schedule."""

# By identity: the schedule itself, which keeps its identity from being used again, and its equal.
_known: dict[int, tuple[Schedule, Shared]] = {}


def shared(schedule: Schedule) -> Shared:
    """What all equal schedules share."""
    known = _known.get(id(schedule))
    if known is None:
        if len(_known) >= _MOST:
            _known.clear()
        known = _known[id(schedule)] = (schedule, _first(schedule))
    return known[1]


@lru_cache(maxsize=_MOST)
def _first(schedule: Schedule) -> Shared:
    return Shared(
        schedule, sets_power=any(period.setpoint_w is not None for period in schedule.periods)
    )
