"""Baselines of one number: as metered before an event, or as agreed beforehand.

NAESB WEQ-015 calls them "Meter Before / Meter After" and "Maximum Base Load"; programs call the
second a firm service level. A level is agreed to be kept below; what is delivered counts from the
load that the contract says would be there without it, such as PJM's peak load contribution.
"""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING

from gridbridge.domain.units import Instant
from gridbridge.measurement.baseline.result import (
    Baseline,
    NoBaseline,
    Reason,
    no_whole_interval,
)
from gridbridge.measurement.loads import Load, Quality, Span, mean, starts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridbridge.domain.units import Seconds, Watts
    from gridbridge.measurement.baseline.notice import Notice

BEFORE_AND_AFTER = "meter before and after"
AGREED = "firm service level"


def as_before(
    metered: Mapping[Instant, Load],
    *,
    event: Span,
    width: Seconds,
    lasting: Seconds,
    notice: Notice,
) -> Baseline | NoBaseline:
    """What was drawn on average for so long before anybody knew of the event, or it began.

    What is drawn after the notice, or to charge ahead, has no part in it.
    """
    until = min(event.start, notice.untouched_until)
    # On whole intervals: the last one before, and as many as there are in that time.
    end = Instant(floor(until / width) * width)
    window = starts(Span(start=Instant(end - lasting), end=end), width=width)
    found = [load for at in window if (load := metered.get(at)) and load.power is not None]
    if not window or len(found) < len(window):
        return NoBaseline(
            method=BEFORE_AND_AFTER,
            reason=Reason.NOTHING_BEFORE,
            detail=f"{len(found)} of the {len(window)} intervals before the event are metered",
        )
    power, quality = mean(found)
    return _flat(BEFORE_AND_AFTER, power, event=event, width=width, quality=quality)


def as_agreed(load: Watts, *, event: Span, width: Seconds) -> Baseline | NoBaseline:
    """The load that a contract says would be there; nothing in it is estimated."""
    return _flat(AGREED, load, event=event, width=width, quality=Quality.MEASURED)


def _flat(
    method: str, power: Watts, *, event: Span, width: Seconds, quality: Quality
) -> Baseline | NoBaseline:
    at = starts(event, width=width)
    if not at:
        return no_whole_interval(method, width)
    return Baseline(
        method=method,
        loads=tuple(Load(start=each, width=width, power=power, quality=quality) for each in at),
    )
