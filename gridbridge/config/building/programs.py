"""One program."""

from __future__ import annotations

from gridbridge.config.building.electrical import watts
from gridbridge.config.sections.programs import ProgramSection
from gridbridge.config.sections.signals import NOMINATED, Level
from gridbridge.domain.events import Opt
from gridbridge.domain.ids import ProgramName, VenName
from gridbridge.domain.limits import Authority
from gridbridge.domain.programs import (
    Basis,
    LevelRule,
    Lost,
    LostRule,
    PriceRule,
    PriceThreshold,
    Program,
    ReleaseRule,
    RespondRule,
)
from gridbridge.domain.units import Seconds


def build_program(name: str, section: ProgramSection) -> Program:
    """A program as the engines know it."""
    signals = section.signals
    return Program(
        name=ProgramName(name),
        ven=VenName(section.match.ven),
        market=section.match.market_context,
        authority=Authority[section.authority.upper()],
        applies_to=section.applies_to,
        simple={number: _level(level) for number, level in signals.simple.items()},
        load_control=signals.control is not None,
        dispatch=signals.dispatch is not None,
        capacity_limit=signals.capacity is not None,
        price=_price(section),
        respond=_respond(section),
        lost=_lost(section),
        release=ReleaseRule(
            ramp=Seconds(section.release.ramp), stagger=Seconds(section.release.stagger)
        ),
        report_every=Seconds(section.report.every) if section.report else None,
    )


def _level(level: Level) -> LevelRule:
    (basis,) = level.bases
    value = getattr(level, basis)
    if basis == "pause":
        return LevelRule(basis=Basis.PAUSE, keep_floor=level.keep_floor)
    if value == NOMINATED:
        return LevelRule(basis=Basis.SHED_NOMINATED, keep_floor=level.keep_floor)
    number = value if basis.startswith("pct") else watts(value)
    return LevelRule(basis=Basis(basis), value=number, keep_floor=level.keep_floor)


def _price(section: ProgramSection) -> PriceRule | None:
    if section.price is None:
        return None
    return PriceRule(
        thresholds=tuple(
            PriceThreshold(above_per_kwh=each.above_per_kwh, pct_of_import=each.pct_of_import)
            for each in section.price.thresholds
        ),
        add_per_kwh=section.price.add_per_kwh,
    )


def _respond(section: ProgramSection) -> RespondRule:
    respond = section.respond
    return RespondRule(
        default=Opt(respond.default),
        notice_below=Seconds(respond.opt_out_if.notice_below) if respond.opt_out_if else None,
        never_opt_out_levels=frozenset(
            int(level.removeprefix("SIMPLE-")) for level in respond.never_opt_out
        ),
    )


def _lost(section: ProgramSection) -> LostRule:
    after, then = Seconds(section.lost.after), section.lost.then
    if isinstance(then, str):
        return LostRule(after=after, then=Lost(then))
    return LostRule(after=after, then=Lost.KW, limit=watts(then))
