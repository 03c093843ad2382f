"""Random draws that a restart repeats: a hash of what they are for."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from gridbridge.domain.units import Seconds

if TYPE_CHECKING:
    from gridbridge.domain.ids import EventId, SiteId

_TWO_TO_64 = 2**64


def draw(*, event: EventId, site: SiteId, purpose: str, upto: Seconds) -> Seconds:
    """A whole number of seconds in ``[0, upto]``, uniform over (event, site, purpose).

    The version of the event does not enter, so a modification keeps the draw.
    """
    digest = blake2b(f"{purpose}\0{event}\0{site}".encode(), digest_size=8).digest()
    share = int.from_bytes(digest, "big") / _TWO_TO_64
    return Seconds(float(int(share * (upto + 1.0))))
