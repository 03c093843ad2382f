"""How an event is answered, before any power is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.domain.events import Answer, Event, EventStatus, Opt, RefusalReason, SignalKind
from gridbridge.policy.signals import unmapped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gridbridge.domain.programs import Program
    from gridbridge.domain.units import Instant


def answer(event: Event, program: Program | None, *, now: Instant) -> Answer:  # noqa: PLR0911 - a table of rules, first match answers
    """The answer to one version of an event; the same inputs give the same answer."""
    if event.status is EventStatus.CANCELLED:
        # OpenADR 2.0b conformance: a cancelled event is acknowledged with optIn.
        return _answer(event, Opt.IN, "cancelled")
    if program is None:
        return _answer(
            event,
            Opt.OUT,
            f"no program takes events of {event.market!r}",
            refused=RefusalReason.UNKNOWN_MARKET,
        )
    wrong = _first(unmapped(program, signal) for signal in event.signals)
    if wrong is not None:
        return _answer(event, Opt.OUT, wrong, refused=RefusalReason.UNKNOWN_SIGNAL)
    if event.test:
        return _answer(event, Opt.IN, "test event")
    if _never_opted_out(event, program):
        return _answer(event, Opt.IN, "level is never opted out")
    notice = program.respond.notice_below
    if notice is not None and event.start - now < notice:
        return _answer(
            event, Opt.OUT, f"notice of {event.start - now:.0f} s is below {notice:g} s"
        )
    return _answer(event, program.respond.default, f"default of {program.name}")


def _never_opted_out(event: Event, program: Program) -> bool:
    levels = {
        interval.value
        for signal in event.signals
        if signal.kind is SignalKind.SIMPLE
        for interval in signal.intervals
    }
    return any(level in program.respond.never_opt_out_levels for level in levels)


def _first(found: Iterable[str | None]) -> str | None:
    return next((each for each in found if each is not None), None)


def _answer(event: Event, opt: Opt, why: str, *, refused: RefusalReason | None = None) -> Answer:
    return Answer(
        event=event.id,
        version=event.version,
        opt=opt,
        why=why,
        refused=refused,
        cancels=event.status is EventStatus.CANCELLED,
    )
