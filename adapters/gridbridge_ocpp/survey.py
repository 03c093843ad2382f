"""How all slots of a station stand, kept for as long as nothing changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from gridbridge.domain.slots import Slot
from gridbridge.domain.units import FOREVER

if TYPE_CHECKING:
    from gridbridge.domain.units import Instant
    from gridbridge_ocpp.slot_state import Look, SlotState

Key: TypeAlias = tuple[int, Slot]
"""One slot of one EVSE."""

Seen: TypeAlias = "tuple[Key, SlotState, Look]"


class Survey:
    """What was seen of every slot that something is wanted for, in their order."""

    __slots__ = ("pending", "since", "slots", "until")

    def __init__(self, now: Instant) -> None:
        self.slots: list[Seen] = []
        self.pending: list[Seen] = []
        """Those of them to which something is to be sent."""
        self.since = now
        self.until = FOREVER
        """It holds from `since` until then; what a clock that was set back says is not known."""

    def add(self, key: Key, state: SlotState, look: Look, until: Instant) -> None:
        """Note how a slot looks, and until when it does so."""
        seen = (key, state, look)
        self.slots.append(seen)
        if look.pending:
            self.pending.append(seen)
        self.until = min(self.until, until)
