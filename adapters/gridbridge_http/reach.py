"""Whether a VEN's VTN is in reach: one word for scripts and one line for people."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from gridbridge.domain.programs import Lost
from gridbridge.domain.units import Seconds

if TYPE_CHECKING:
    from gridbridge.domain.units import Instant
    from gridbridge.domain.views import LostProgramView, VenView


class Reach(StrEnum):
    """How a VTN is in reach; the first that holds."""

    UNKNOWN = "unknown"
    """No owner has shown the VEN yet."""
    LOST = "lost"
    """It is silent for so long that the `lost` rule of a program acts."""
    NEVER_HEARD = "never_heard"
    NOT_REGISTERED = "not_registered"
    """It answered once, but does not know us (any more)."""
    REGISTERED = "registered"


def reach_of(view: VenView | None) -> Reach:
    """The word."""
    if view is None:
        return Reach.UNKNOWN
    if view.lost:
        return Reach.LOST
    if view.registered:
        return Reach.REGISTERED
    return Reach.NEVER_HEARD if view.heard is None else Reach.NOT_REGISTERED


def line(view: VenView | None, now: Instant) -> str:
    """The line: registered or not, when the VTN was heard, what holds while it is lost."""
    if view is None:
        return "nobody speaks as this VEN yet"
    registered = f"registered as {view.ven_id}" if view.registered else "not registered"
    parts = [registered, _heard(view, now)]
    if view.lost_programs:
        parts.append(f"lost rule acts: {', '.join(map(_rule, view.lost_programs))}")
    return ", ".join(parts)


def _heard(view: VenView, now: Instant) -> str:
    if view.heard is None:
        return "the VTN was never heard"
    silent = now - view.heard
    if silent < LATELY and not view.lost:
        return f"the VTN was heard less than {LATELY / 60:.0f} min ago"
    return f"the VTN was heard {_long(silent)} ago"


def _rule(of: LostProgramView) -> str:
    if of.then is Lost.KW and of.limit is not None:
        return f"{of.program} (at most {of.limit / 1000:g} kW)"
    return f"{of.program} ({of.then.value})"


LATELY = Seconds(180.0)
"""A VTN that answers every minute is shown as heard that long ago: it is written down, and shown,
at most once a minute each."""
_LENGTHS = (("d", 86_400.0), ("h", 3_600.0), ("min", 60.0))


def _long(seconds: float) -> str:
    for unit, length in _LENGTHS:
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(seconds, 0.0):.0f} s"
