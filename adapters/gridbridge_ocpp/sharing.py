"""Equal schedules as one object: comparing two that are equal costs more than all that follows."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from gridbridge.domain.schedules import Schedule

_MOST = 2048


class Shared(NamedTuple):
    """A schedule, and what is asked of it for every station."""

    schedule: Schedule
    """The first one seen that is equal, so that lookups by it end at its identity."""
    sets_power: bool
    """Whether it has setpoints."""


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
    return Shared(schedule, any(period.setpoint_w is not None for period in schedule.periods))
