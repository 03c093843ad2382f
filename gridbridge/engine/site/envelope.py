"""What the site's EVSEs may draw together over the horizon, from events, connection and loads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gridbridge.domain.decisions import Segment
from gridbridge.domain.events import Opt
from gridbridge.domain.limits import Authority, Limit, Source
from gridbridge.domain.programs import Lost, Program
from gridbridge.domain.units import FOREVER, Instant, Seconds, Watts
from gridbridge.engine.site import baseload
from gridbridge.policy.enrolled import EnrolledEvent, SiteBasis
from gridbridge.policy.envelope import Bound, bounds, everlasting
from gridbridge.policy.timeline import limits_of, settled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gridbridge.domain.ids import ProgramName
    from gridbridge.domain.site import Site
    from gridbridge.engine.site.state import Enrolled, SiteState

HALF_DAY = 12 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The bounds on the sum of the EVSEs, and what is kept free beside them."""

    bounds: tuple[Bound, ...]
    segments: tuple[Segment, ...]
    """For people: the least limit of each stretch and who asked for it."""
    until: Instant
    """When every schedule that is decided now ends."""
    reserve: Watts
    """What the loads nobody controls may draw: kept free."""
    export_room: Watts
    """What the EVSEs may give back: what may leave the site, and what its loads surely draw."""


class Envelopes:
    """The envelopes of one site: connection, loads nobody controls and every program's limits.

    From one decision to the next mostly only time passes, and time only cuts the past off.
    """

    def __init__(
        self, site: Site, programs: Mapping[ProgramName, Program], *, nameplate: Watts
    ) -> None:
        self._site = site
        self._programs = programs
        self._nameplate = nameplate
        self._asked: tuple[tuple[Enrolled, ...], dict[str, Instant]] | None = None
        self._limits: tuple[Limit, ...] = ()
        self._key: tuple[tuple[Limit, ...], Watts, Instant] | None = None
        self._bounds: tuple[Bound, ...] = ()
        self._segments: tuple[Segment, ...] = ()

    def of(self, state: SiteState, now: Instant) -> Envelope:
        """The envelope from now on."""
        limits = self._limits_of(state)
        until = horizon(limits, now)
        reserve = baseload.reserve(state.base, self._site, now)
        key = (limits, reserve, until)
        if key != self._key or now < self._bounds[0].start:
            self._bounds = self._combined(limits, reserve, now, until)
            self._segments = tuple(_segment(bound) for bound in self._bounds)
            self._key = key
        self._cut_off(now)
        return Envelope(
            bounds=self._bounds,
            segments=self._segments,
            until=until,
            reserve=reserve,
            export_room=Watts(self._site.export_w + baseload.surely(state.base, self._site, now)),
        )

    def _limits_of(self, state: SiteState) -> tuple[Limit, ...]:
        asked = (state.events, state.lost)
        if asked != self._asked:
            found = _program_limits(self._site, self._programs, state, self._nameplate)
            self._limits, self._asked = tuple(found), (state.events, dict(state.lost))
        return self._limits

    def _combined(
        self, limits: Sequence[Limit], reserve: Watts, now: Instant, until: Instant
    ) -> tuple[Bound, ...]:
        site = self._site
        room = Watts(max(site.import_w - reserve, 0.0))
        source = Source(
            kind="connection",
            name=site.id,
            detail=f"{site.import_w / 1000:g} kW"
            + (f" less {reserve / 1000:g} kW for loads" if reserve > 0 else ""),
        )
        hard = everlasting(room, authority=Authority.HARD, source=source, applies_to="evs")
        of_evses = [
            limit if limit.applies_to == "evs" else _less(limit, reserve) for limit in limits
        ]
        return bounds([hard, *of_evses], start=now, end=until, cap=room, cap_source=source)

    def _cut_off(self, now: Instant) -> None:
        """Let the first stretch start now."""
        past = next(place for place, bound in enumerate(self._bounds) if now < bound.end)
        first = self._bounds[past]
        if first.start == now:
            self._bounds, self._segments = self._bounds[past:], self._segments[past:]
        else:
            first = replace(first, start=now)
            self._bounds = (first, *self._bounds[past + 1 :])
            self._segments = (_segment(first), *self._segments[past + 1 :])


def _segment(bound: Bound) -> Segment:
    return Segment(
        start=bound.start,
        end=bound.end,
        max_import=bound.soft,
        source=bound.soft_source,
        target=bound.target,
    )


def horizon(limits: Sequence[Limit], now: Instant) -> Instant:
    """When schedules end: half a day to a day after all that is known, on a half day.

    So that what is sent outlives the gateway by at least half a day, and is written again twice a
    day where nothing changes.
    """
    last = max((limit.end for limit in limits if limit.end < FOREVER), default=now)
    return Instant((max(last, now) // HALF_DAY + 2) * HALF_DAY)


def prune(
    programs: Mapping[ProgramName, Program], state: SiteState, now: Instant
) -> tuple[Enrolled, ...]:
    """The events that still act or will, or whose end is still shown; the same where all do."""
    kept = tuple(
        enrolled
        for enrolled in state.events
        if (program := programs.get(enrolled.assigned.program)) is not None
        and (
            now < settled(program, as_policy_sees(enrolled)) + KEPT_FOR
            or _is_held(program, enrolled, state)
        )
    )
    return state.events if len(kept) == len(state.events) else kept


def _is_held(program: Program, enrolled: Enrolled, state: SiteState) -> bool:
    """Whether it goes on although it is over, because its VTN is away."""
    since = state.lost.get(program.name)
    return (
        since is not None
        and program.lost.then is Lost.HOLD
        and _acts(as_policy_sees(enrolled), Instant(since + program.lost.after))
    )


KEPT_FOR = Seconds(3600.0)
"""How long an event that is over is still shown."""


def as_policy_sees(enrolled: Enrolled) -> EnrolledEvent:
    """An assigned event without what only the ledger needs."""
    assigned = enrolled.assigned
    return EnrolledEvent(
        event=assigned.event,
        arrived=assigned.arrived,
        opted_in=assigned.answer.opt is Opt.IN,
        lifted=enrolled.lifted,
    )


def _program_limits(
    site: Site, programs: Mapping[ProgramName, Program], state: SiteState, nameplate: Watts
) -> list[Limit]:
    found: list[Limit] = []
    for enrolment in site.enrolments:
        program = programs[enrolment.program]
        basis = SiteBasis(
            import_w=site.import_w, nameplate_w=nameplate, nominated_w=enrolment.nominated_w
        )
        events = [
            as_policy_sees(each) for each in state.events if each.assigned.program == program.name
        ]
        since = state.lost.get(program.name)
        if since is not None:
            events, fallback = _after_loss(program, events, since)
            found += fallback
        found += limits_of(program, site.id, basis, events)
    return found


def _after_loss(
    program: Program, events: list[EnrolledEvent], since: Instant
) -> tuple[list[EnrolledEvent], list[Limit]]:
    """What holds once the VTN is lost: known events run to their own end in every case.

    What has no end of its own is held with ``hold`` and let go otherwise.
    """
    rule = program.lost
    gone = Instant(since + rule.after)
    if rule.then is Lost.HOLD:
        return [_held(event) if _acts(event, gone) else event for event in events], []
    events = [
        replace(event, lifted=gone)
        if event.event.end == FOREVER and event.lifted is None
        else event
        for event in events
    ]
    if rule.then is not Lost.KW or rule.limit is None:
        return events, []
    fallback = Limit(
        start=gone,
        end=FOREVER,
        authority=program.authority,
        source=Source(kind="lost", name=program.name, detail=f"{rule.limit / 1000:g} kW"),
        max_import=rule.limit,
        applies_to=program.applies_to,
        keep_floor=program.authority < Authority.BINDING,
    )
    return events, [fallback]


def _acts(event: EnrolledEvent, at: Instant) -> bool:
    return event.binds and event.lifted is None and event.event.start <= at < event.event.end


def _held(event: EnrolledEvent) -> EnrolledEvent:
    """The same event without an end: its last values go on."""
    signals = tuple(
        replace(
            signal,
            intervals=(*signal.intervals[:-1], replace(signal.intervals[-1], end=FOREVER)),
        )
        for signal in event.event.signals
    )
    return replace(event, event=replace(event.event, end=FOREVER, signals=signals))


def _less(limit: Limit, reserve: Watts) -> Limit:
    """A limit at the connection as one on the EVSEs: what the loads leave of it."""
    if limit.max_import is None:
        return limit
    return replace(limit, max_import=Watts(max(limit.max_import - reserve, 0.0)))
