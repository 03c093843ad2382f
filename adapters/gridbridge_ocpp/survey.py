"""How all slots of a station stand, kept for as long as nothing changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from gridbridge.domain.slots import Slot

if TYPE_CHECKING:
    from gridbridge.domain.units import Instant
    from gridbridge_ocpp.slot_state import Look, SlotState

Key: TypeAlias = tuple[int, Slot]
"""One slot of one EVSE."""

Seen: TypeAlias = "tuple[Key, SlotState, Look]"


class Survey(NamedTuple):
    """What was seen of every slot that something is wanted for, in their order."""

    slots: list[Seen]
    pending: list[Seen]
    """Those of them to which something is to be sent."""
    since: Instant
    until: Instant
    """It holds from `since` until then; what a clock that was set back says is not known."""
