"""Equal schedules as one object: comparing two that are equal costs more than all that follows."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gridbridge.domain.schedules import Schedule

_MOST = 2048
# By identity: the schedule itself, which keeps its identity from being used again, and its equal.
_known: dict[int, tuple[Schedule, Schedule]] = {}


def shared(schedule: Schedule) -> Schedule:
    """The first schedule seen that is equal, so that lookups by it end at its identity."""
    known = _known.get(id(schedule))
    if known is None:
        if len(_known) >= _MOST:
            _known.clear()
        known = _known[id(schedule)] = (schedule, _first(schedule))
    return known[1]


@lru_cache(maxsize=_MOST)
def _first(schedule: Schedule) -> Schedule:
    return schedule
