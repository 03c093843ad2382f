"""The places on a station that we write to; each is replaced in place, never cleared first."""

from __future__ import annotations

from enum import StrEnum


class Slot(StrEnum):
    """One independently answered part of what an EVSE holds."""

    STANDING = "standing"
    """The safe profile without an end, under everything else."""
    PLAN = "plan"
    """The schedule with an end of its own."""
    DER = "der"
    """OCPP 2.1: the DER controls."""
