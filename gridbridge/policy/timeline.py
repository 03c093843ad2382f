"""The limits of one program at one site over time.

    strength 2            ├── B ──┤                      the stronger event rules where both stand
    strength 1      ├──────── A ────────┤
    result          ├─ A ─┼── B ──┼─ A ─┼ stagger ┼ ramp ┤      then nothing

Within a program the strongest priority rules each instant and, of equals, every limit stands (the
strictest wins when limits are combined). Where the program stops asking, its last limit is held
for the site's draw and let go in steps, so that sites do not come back all at once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gridbridge.domain.limits import Authority, Limit, Source
from gridbridge.domain.units import FOREVER, Instant, Seconds, Watts
from gridbridge.policy.draws import draw
from gridbridge.policy.signals import NOTHING, Asked, asked

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gridbridge.domain.events import Event
    from gridbridge.domain.ids import SiteId
    from gridbridge.domain.programs import Program
    from gridbridge.policy.enrolled import EnrolledEvent, SiteBasis

RAMP_STEPS = 8
"""Steps of a release: few enough for stations that take 24 periods."""


def limits_of(
    program: Program, site: SiteId, basis: SiteBasis, events: Sequence[EnrolledEvent]
) -> tuple[Limit, ...]:
    """Every limit of a program at a site, releases included, in no particular order."""
    binding = [event for event in events if event.binds]
    raw = [(event, limit) for event in binding for limit in _limits(program, site, basis, event)]
    ruling = _strongest(raw)
    return (*ruling, *_releases(program, site, basis, ruling))


def settled(program: Program, event: EnrolledEvent) -> Instant:
    """When nothing of an event, its random shift and its release included, acts any more."""
    end = event.event.end if event.lifted is None else min(event.event.end, event.lifted)
    rule = program.release
    return Instant(end + event.event.start_after + rule.stagger + rule.ramp)


def _limits(
    program: Program, site: SiteId, basis: SiteBasis, enrolled: EnrolledEvent
) -> Iterable[Limit]:
    event = enrolled.event
    # OpenADR 2.0b, tolerance/startafter: the start is randomised and the end with it.
    shift = draw(event=event.id, site=site, purpose="start", upto=event.start_after)
    cut_short = FOREVER if enrolled.lifted is None else enrolled.lifted
    for signal in event.signals:
        # A signal repeats few values over many intervals.
        said: dict[float, tuple[Asked, Source]] = {}
        for interval in signal.intervals:
            found = said.get(interval.value)
            if found is None:
                wanted = asked(program, signal.kind, interval.value, basis)
                found = said[interval.value] = (wanted, _source(program, event, wanted))
            wanted, source = found
            start = Instant(interval.start + shift)
            end = Instant(min(interval.end + shift, cut_short))
            if wanted is NOTHING or end <= start:
                continue
            yield Limit(
                start=start,
                end=end,
                authority=program.authority,
                source=source,
                max_import=wanted.max_import,
                target=wanted.target,
                applies_to=program.applies_to,
                keep_floor=_keeps_floor(program.authority, wanted.keep_floor),
            )


def _source(program: Program, event: Event, wanted: Asked) -> Source:
    return Source(kind="event", name=event.id, detail=f"{program.name}: {wanted.detail}")


def _keeps_floor(authority: Authority, asked_for: bool | None) -> bool:  # noqa: FBT001 - three-valued, as configured
    return authority < Authority.BINDING or bool(asked_for)


def _strongest(raw: Sequence[tuple[EnrolledEvent, Limit]]) -> list[Limit]:
    """Cut each limit to where no stronger event of the program stands."""
    events = {id(event): event for event, _ in raw}
    stronger = {
        key: [
            (other.event.start, _end(other))
            for other in events.values()
            if other.event.strength > event.event.strength
        ]
        for key, event in events.items()
    }
    ruling: list[Limit] = []
    for event, limit in raw:
        holes = stronger[id(event)]
        if not holes:
            ruling.append(limit)
            continue
        ruling += [
            replace(limit, start=start, end=end)
            for start, end in _without(limit.start, limit.end, holes)
        ]
    return ruling


def _end(event: EnrolledEvent) -> Instant:
    return event.event.end if event.lifted is None else min(event.event.end, event.lifted)


def _without(
    start: Instant, end: Instant, holes: Sequence[tuple[Instant, Instant]]
) -> list[tuple[Instant, Instant]]:
    pieces = [(start, end)]
    for hole_start, hole_end in holes:
        pieces = [
            piece
            for a, b in pieces
            for piece in ((a, min(b, hole_start)), (max(a, hole_end), b))
            if piece[0] < piece[1]
        ]
    return pieces


def _releases(
    program: Program, site: SiteId, basis: SiteBasis, ruling: Sequence[Limit]
) -> Iterable[Limit]:
    """Hold and ramp after each limit that nothing of the program follows."""
    rule = program.release
    starts = {limit.start for limit in ruling}
    for limit in ruling:
        if limit.max_import is None or limit.end == FOREVER or limit.end in starts:
            continue
        if any(other.start <= limit.end < other.end for other in ruling):
            continue
        event = limit.source.name
        yield from _ramp(
            limit,
            Source(kind="release", name=event, detail=f"{program.name}: {rule.ramp:g} s"),
            hold=draw(event=event, site=site, purpose="end", upto=rule.stagger),  # type: ignore[arg-type]  # Source.name is a plain string
            length=rule.ramp,
            to=basis.import_w,
        )


def _ramp(
    of: Limit, source: Source, *, hold: Seconds, length: Seconds, to: Watts
) -> Iterable[Limit]:
    low = of.max_import
    if low is None or low >= to:
        return
    ramp_start = Instant(of.end + hold)
    if hold > 0:
        yield _softened(of, source, start=of.end, end=ramp_start, max_import=low)
    steps = RAMP_STEPS if length > 0 else 0
    for step in range(steps):
        yield _softened(
            of,
            source,
            start=Instant(ramp_start + length * step / steps),
            end=Instant(ramp_start + length * (step + 1) / steps),
            max_import=Watts(low + (to - low) * (step + 1) / (steps + 1)),
        )


def _softened(
    of: Limit, source: Source, *, start: Instant, end: Instant, max_import: Watts
) -> Limit:
    """Part of a release: it binds no harder than a voluntary limit, and wants no power."""
    return Limit(
        start=start,
        end=end,
        authority=min(of.authority, Authority.VOLUNTARY),
        source=source,
        max_import=max_import,
        applies_to=of.applies_to,
        keep_floor=True,
    )
