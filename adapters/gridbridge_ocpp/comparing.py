"""A profile against the one held under its id: whether it is the same from now on, or cuts.

Stations share profiles and are told of them one after the other, so what was found for one holds
for the others, until either profile's next step.
"""

from __future__ import annotations

from functools import lru_cache
from math import inf
from typing import TYPE_CHECKING

from gridbridge_ocpp.parts import Comparison

if TYPE_CHECKING:
    from gridbridge_ocpp.parts import Profile


_SOON_S = 1.0
"""A profile has whole seconds, so a raise comes up to so much late: none is worth a write."""


def compare(wanted: Profile, held: Profile, now: float) -> Comparison:
    """Compare what is still to come of both; what only comes a moment late is the same."""
    # Most stations that want the one hold the same other.
    last = wanted.compared
    if last is not None and last.held is held and last.since <= now < last.until:
        return last
    found = _compared_at(wanted, held, now)
    if not found.same and not found.cuts:
        soon = found.until - _SOON_S
        if now < soon:
            found = found._replace(until=soon)
        elif _compared_at(wanted, held, found.until).same:
            found = found._replace(same=True, since=soon)
    wanted.remember(found)
    # It would keep alive what it replaced, and that what went before, for ever.
    held.remember(None)
    return found


def _compared_at(wanted: Profile, held: Profile, instant: float) -> Comparison:
    mine, theirs = wanted.step_at(instant), held.step_at(instant)
    # From the last step (or end) on nothing has changed.
    return _compared(wanted, held, max(mine.since, theirs.since))


@lru_cache(maxsize=4096)
def _compared(wanted: Profile, held: Profile, since: float) -> Comparison:
    mine, theirs = wanted.step_at(since), held.step_at(since)
    same = (
        wanted.frame == held.frame
        # What holds now is as good as ever, whenever it began.
        and wanted.steps[mine.place][1:] == held.steps[theirs.place][1:]
        and wanted.steps[mine.place + 1 :] == held.steps[theirs.place + 1 :]
    )
    end = min(inf if each.until is None else each.until for each in (wanted, held))
    cuts = end > since and (wanted.unit is not held.unit or _less(wanted, held, since, end))
    return Comparison(held, same, cuts, since, min(mine.until, theirs.until))


def _less(new: Profile, old: Profile, since: float, until: float) -> bool:
    """Whether a step of the new lies below what the old has at the same time."""
    wanted, held = new.steps, old.steps
    index = 0
    for step, after in zip(wanted, [*wanted[1:], None], strict=True):
        start = max(step.start, since) if step is not wanted[0] else since
        end = min(until, inf if after is None else after.start)
        if start >= end:
            continue
        while index + 1 < len(held) and held[index + 1].start <= start:
            index += 1
        # Everything that is held in between, this step's last one included.
        for other in held[index:]:
            if other.start >= end and other is not held[index]:
                break
            if step.is_setpoint or other.is_setpoint or step.value < other.value:
                return True
    return False
