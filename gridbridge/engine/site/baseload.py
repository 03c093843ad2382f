"""What a site draws beside its EVSEs: measured, smoothed one way only, and reserved.

A rise is reserved at once; a fall only after it lasted, so that a compressor that cycles does not
make every station write a profile each time.
"""

from __future__ import annotations

from math import ceil
from statistics import median
from typing import TYPE_CHECKING

from gridbridge.domain.units import Instant, Seconds, Watts

if TYPE_CHECKING:
    from gridbridge.domain.site import Site
    from gridbridge.engine.site.state import BaseLoad

SAMPLES = 3
"""The meter and the EVSEs are read at different moments: the median of so many samples counts."""
GRAIN_W = 500.0
"""What is reserved comes in multiples of this, or of `GRAIN_OF_IMPORT` where that is more."""
GRAIN_OF_IMPORT = 0.02
"""Of the connection: a load that wanders by less writes no profile."""
FALL_AFTER = Seconds(60.0)
"""How long it must stay lower before less is reserved."""


def sample(
    base: BaseLoad,
    site: Site,
    *,
    power: Watts,
    evses: Watts,
    evses_at_most: Watts,
    at: Instant,
) -> bool:
    """Take a reading of the site's meter beside what the EVSEs drew; True if the reserve moved."""
    base.power, base.read_at = power, at
    base.recent = (*base.recent, max(power - evses, 0.0))[-SAMPLES:]
    base.least = (*base.least, max(power - evses_at_most, 0.0))[-SAMPLES:]
    grain = max(GRAIN_W, GRAIN_OF_IMPORT * site.import_w)
    wanted = ceil(median(base.recent) / grain) * grain
    if wanted > base.reserved:
        # Half a grain more: a load on its way up would write to every station at each grain.
        base.reserved = ceil((median(base.recent) + grain / 2) / grain) * grain
        base.lower_since = None
        return True
    if wanted >= base.reserved - grain:
        base.lower_since = None
        return False
    base.lower_since = at if base.lower_since is None else base.lower_since
    if at - base.lower_since < FALL_AFTER:
        return False
    base.reserved, base.lower_since = wanted, None
    return True


def fresh(base: BaseLoad, site: Site, now: Instant) -> bool:
    """Whether the site has a meter and its last reading is not stale."""
    return (
        site.meter is not None
        and base.read_at is not None
        and now - base.read_at <= site.meter.stale
    )


def reserve(base: BaseLoad, site: Site, now: Instant) -> Watts:
    """What is kept free at the meter for loads nobody controls."""
    if site.meter is None:
        return Watts(0.0)
    if fresh(base, site, now):
        return Watts(base.reserved)
    return site.meter.reserve_w


def surely(base: BaseLoad, site: Site, now: Instant) -> Watts:
    """What the loads draw at the least, so that as much may be given back without export."""
    if not fresh(base, site, now) or len(base.least) < SAMPLES:
        return Watts(0.0)
    return Watts(min(base.least) // GRAIN_W * GRAIN_W)


def stale_at(base: BaseLoad, site: Site) -> Instant | None:
    """When the last reading becomes stale; None without a meter or a reading."""
    if site.meter is None or base.read_at is None:
        return None
    return Instant(base.read_at + site.meter.stale)
