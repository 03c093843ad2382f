"""How all slots of a station stand, kept for as long as nothing changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from gridbridge.domain.slots import Slot

if TYPE_CHECKING:
    from gridbridge.domain.units import Instant
    from gridbridge_ocpp.slot_state import Look, SlotState

Key: TypeAlias = tuple[int, Slot]
"""One slot of one EVSE."""


class Survey:
    """What was seen of every slot that something is wanted for, in their order."""

    __slots__ = ("_since", "_until", "pending", "slots")

    def __init__(
        self, slots: list[tuple[Key, SlotState, Look]], *, since: Instant, until: Instant
    ) -> None:
        self.slots = slots
        self.pending = [each for each in slots if each[2].pending]
        """Those of them to which something is to be sent."""
        self._since = since
        self._until = until

    def holds_at(self, now: Instant) -> bool:
        """Whether the passing of time has changed nothing; a clock set back tells nothing."""
        return self._since == now or self._since < now < self._until
