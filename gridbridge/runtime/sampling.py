"""What the enrolled sites of a VEN draw, read for its reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.codec import decode
from gridbridge.domain.facts import ResourceSampled
from gridbridge.domain.views import SiteView

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gridbridge.domain.ids import VenName
    from gridbridge.domain.units import Instant
    from gridbridge.engine.ven.engine import Member
    from gridbridge.ports.store import Decisions


async def samples(
    store: Decisions, ven: VenName, members: Iterable[Member], now: Instant
) -> list[ResourceSampled]:
    """One of each site that was shown so far; raises StoreDownError."""
    taken = []
    for site in sorted({member.site for member in members}):
        document = await store.view(site)
        if document is None:
            continue
        view = decode(document, SiteView)
        taken.append(
            ResourceSampled(
                ven=ven,
                site=site,
                taken=now,
                power=view.power,
                energy=view.energy,
                complete=view.complete,
            )
        )
    return taken
