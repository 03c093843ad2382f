"""What a station's slots are known by."""

from __future__ import annotations

from typing import TypeAlias

from gridbridge.domain.slots import Slot

Key: TypeAlias = tuple[int, Slot]
"""One slot of one EVSE."""
