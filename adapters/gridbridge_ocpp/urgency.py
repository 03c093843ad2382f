"""Which of several calls goes first: what secures, then what cuts, then what raises."""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache
from math import inf
from typing import TYPE_CHECKING

from gridbridge.domain.slots import Slot
from gridbridge_ocpp.parts import DischargeLimit, Part, Profile

if TYPE_CHECKING:
    from gridbridge.domain.units import Instant


class Urgency(IntEnum):
    """What goes first."""

    UNSECURED = 0
    """A standing profile where none is known to be held: until then the station counts in full."""
    CUT = 1
    RAISE = 2


def urgency(slot: Slot, part: Part, held: Part | None, now: Instant) -> Urgency:
    """How urgent a part is where the station holds `held` under its id (None: nobody knows)."""
    if slot is Slot.STANDING and held is None:
        return Urgency.UNSECURED
    if isinstance(part, Profile) and isinstance(held, Profile):
        return Urgency.CUT if _cuts(part, held, now) else Urgency.RAISE
    if isinstance(part, DischargeLimit) and isinstance(held, DischargeLimit):
        return Urgency.CUT if part.percent < held.percent else Urgency.RAISE
    # Nothing is known to be held, so it may be anything.
    return Urgency.CUT if isinstance(part, Profile | DischargeLimit) else Urgency.RAISE


def _cuts(wanted: Profile, held: Profile, now: Instant) -> bool:
    """Whether something allows less at some time; what cannot be compared counts as a cut."""
    if wanted.unit is not held.unit:
        return True
    until = inf if wanted.until is None else wanted.until
    if held.until is not None and held.until < until:
        until = held.until
    if until <= now:
        return False
    # From the last step on nothing has changed, so stations share the answer.
    return _allows_less(wanted, held, max(wanted.last_step(now), held.last_step(now)), until)


@lru_cache(maxsize=4096)
def _allows_less(new: Profile, old: Profile, since: float, until: float) -> bool:
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
