"""The site's envelope: the strictest limit at each instant, by who may bind, with its source.

hard      ───────────────────────── import_kw
binding          ┌──────┐
voluntary    ┌───┼──────┼───┐            the least of all; floors hold against voluntary ones
envelope     └───┘      └───┘
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from gridbridge.domain.limits import Authority, Limit, Source
from gridbridge.domain.units import FOREVER, Instant, Watts

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What binds over ``[start, end)``."""

    start: Instant
    end: Instant
    firm: Watts
    """The least that hard and binding limits allow; no floor stands against it."""
    firm_source: Source
    soft: Watts
    """The least that any limit allows; equal to `firm` where nothing softer binds."""
    soft_source: Source
    target: Watts | None
    """Wanted net power, where a dispatch asks for one: of several, the one least in import."""


def bounds(
    limits: Sequence[Limit], *, start: Instant, end: Instant, cap: Watts, cap_source: Source
) -> tuple[Bound, ...]:
    """Combine limits that apply to the same thing, all over ``[start, end)``.

    `cap` holds wherever nothing stricter does. Consecutive stretches differ in something.
    """
    live = [limit for limit in limits if limit.end > start and limit.start < end]
    edges = sorted(
        {start}
        | {limit.start for limit in live if limit.start > start}
        | {limit.end for limit in live if limit.end < end}
    )
    waiting = sorted(live, key=lambda limit: limit.start)
    here: list[Limit] = []
    upcoming = 0
    stretches: list[tuple[Instant, _Strictest]] = []
    for edge in edges:
        here = [limit for limit in here if edge < limit.end]
        while upcoming < len(waiting) and waiting[upcoming].start <= edge:
            here.append(waiting[upcoming])
            upcoming += 1
        strictest = _strictest(here, cap, cap_source)
        if not stretches or strictest != stretches[-1][1]:
            stretches.append((edge, strictest))
    ends = [*(edge for edge, _ in stretches[1:]), end]
    return tuple(
        Bound(
            start=edge,
            end=until,
            firm=firm,
            firm_source=firm_source,
            soft=soft,
            soft_source=soft_source,
            target=target,
        )
        for (edge, (firm, firm_source, soft, soft_source, target)), until in zip(
            stretches, ends, strict=True
        )
    )


_Strictest: TypeAlias = tuple[Watts, Source, Watts, Source, Watts | None]
"""What a `Bound` says beside its stretch, in its order."""


def _strictest(here: Sequence[Limit], cap: Watts, cap_source: Source) -> _Strictest:
    firm, firm_source = cap, cap_source
    soft, soft_source = cap, cap_source
    target: Watts | None = None
    for limit in here:
        if limit.target is not None and (target is None or limit.target < target):
            target = limit.target
        if limit.max_import is None:
            continue
        if limit.max_import < soft:
            soft, soft_source = limit.max_import, limit.source
        if not limit.keep_floor and limit.max_import < firm:
            firm, firm_source = limit.max_import, limit.source
    return firm, firm_source, soft, soft_source, target


def everlasting(limit: Watts, *, authority: Authority, source: Source, applies_to: str) -> Limit:
    """A limit that has always held and always will."""
    return Limit(
        start=Instant(0.0),
        end=FOREVER,
        authority=authority,
        source=source,
        max_import=limit,
        applies_to=applies_to,
        keep_floor=False,
    )
