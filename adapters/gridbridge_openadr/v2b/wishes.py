"""Reports a VTN asks for, held against what we offer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge_openadr.v2b import offer

if TYPE_CHECKING:
    from gridbridge_openadr.v2b.messages import ReportWish


def why_refused(wish: ReportWish, *, resources: tuple[str, ...]) -> str | None:
    """What of the request we cannot serve, by name; None where we can serve all of it."""
    if wish.refused is not None:
        return wish.refused
    if wish.specifier not in offer.QUANTITIES:
        return f"reportSpecifierID {wish.specifier}"
    if not wish.points:
        return "no rID"
    for point in wish.points:
        if point not in resources:
            return f"rID {point}"
    if 0 < wish.granularity < offer.SHORTEST or wish.granularity > offer.LONGEST:
        return f"granularity of {wish.granularity} s"
    return None
