"""Reports a VTN asks for, held against what we offer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge_openadr.v2b import offer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridbridge.domain.units import Seconds
    from gridbridge_openadr.v2b.messages import ReportWish


def why_refused(
    wish: ReportWish, *, resources: tuple[str, ...], every: Mapping[str, Seconds]
) -> str | None:
    """What of the request we cannot serve, by name; None where we can serve all of it.

    `every` is the shortest interval of each resource that has one.
    """
    if wish.refused is not None:
        return wish.refused
    if wish.specifier not in offer.QUANTITIES:
        return f"reportSpecifierID {wish.specifier}"
    if not wish.points:
        return "no rID"
    for point in wish.points:
        if point not in resources:
            return f"rID {point}"
    rates = [offer.rate_of(point, every) for point in wish.points]
    return _why_out_of_range(
        wish,
        shortest=max(rate.shortest for rate in rates),
        longest=min(rate.longest for rate in rates),
    )


def _why_out_of_range(wish: ReportWish, *, shortest: Seconds, longest: Seconds) -> str | None:
    if not wish.granularity:
        # An interval is as long as the report then; a report asked for once has no length.
        wrong = 0 < wish.every < shortest
        return f"reportBackDuration of {wish.every:g} s" if wrong else None
    wrong = not shortest <= wish.granularity <= longest
    return f"granularity of {wish.granularity:g} s" if wrong else None
