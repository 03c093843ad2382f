"""Which of several calls goes first: what secures, then what cuts, then what raises."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from gridbridge.domain.slots import Slot
from gridbridge_ocpp.comparing import compare
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
        return Urgency.CUT if compare(part, held, now).cuts else Urgency.RAISE
    if isinstance(part, DischargeLimit) and isinstance(held, DischargeLimit):
        return Urgency.CUT if part.percent < held.percent else Urgency.RAISE
    # Nothing is known to be held, so it may be anything.
    return Urgency.CUT if isinstance(part, Profile | DischargeLimit) else Urgency.RAISE
