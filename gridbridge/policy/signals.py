"""What a signal's value means: a bound on import power, or a wanted power."""

from __future__ import annotations

from dataclasses import dataclass

from gridbridge.domain.events import Signal, SignalKind
from gridbridge.domain.programs import Basis, LevelRule, PriceRule, Program
from gridbridge.domain.units import Watts
from gridbridge.policy.enrolled import SiteBasis


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one value asks for; both None: nothing (a level 0, a low price)."""

    max_import: Watts | None = None
    target: Watts | None = None
    detail: str = ""
    keep_floor: bool | None = None


NOTHING = Asked()


class UnmappedSignalError(ValueError):
    """The program has no rule for a signal or value, so it must be refused by name."""


def unmapped(program: Program, signal: Signal) -> str | None:
    """Why a program cannot take a signal; None where every value has a meaning."""
    try:
        basis = SiteBasis(import_w=Watts(1.0), nameplate_w=Watts(1.0), nominated_w=Watts(1.0))
        for interval in signal.intervals:
            asked(program, signal.kind, interval.value, basis)
    except UnmappedSignalError as error:
        return str(error)
    return None


def asked(program: Program, kind: SignalKind, value: float, basis: SiteBasis) -> Asked:
    """What a value of a signal asks of a site.

    Raises UnmappedSignalError where the program has no rule for it.
    """
    if kind is SignalKind.SIMPLE:
        return _level(program, value, basis)
    if kind is SignalKind.PRICE:
        return _price(program, value, basis)
    if kind is SignalKind.LOAD_CONTROL_CAPACITY and program.load_control:
        # OpenADR 2.0b, x-loadControlCapacity: a share of the maximum consumption, 0 to 1.
        if not 0.0 <= value <= 1.0:
            message = f"x-loadControlCapacity {value:g} is not between 0 and 1"
            raise UnmappedSignalError(message)
        return Asked(
            max_import=Watts(value * basis.nameplate_w),
            detail=f"x-loadControlCapacity {value:g} of nameplate {basis.nameplate_w / 1000:g} kW",
        )
    if kind is SignalKind.IMPORT_CAPACITY_LIMIT and program.capacity_limit:
        if value < 0.0:
            message = f"IMPORT_CAPACITY_LIMIT {value:g} W is negative"
            raise UnmappedSignalError(message)
        return Asked(max_import=Watts(value), detail=f"IMPORT_CAPACITY_LIMIT {value / 1000:g} kW")
    if kind is SignalKind.LOAD_DISPATCH and program.dispatch:
        return Asked(
            max_import=Watts(max(value, 0.0)),
            target=Watts(value),
            detail=f"LOAD_DISPATCH {value / 1000:g} kW",
        )
    message = f"program {program.name} has no rule for {kind.value}"
    raise UnmappedSignalError(message)


def _level(program: Program, value: float, basis: SiteBasis) -> Asked:
    if value == 0.0:
        return NOTHING
    level = int(value)
    rule = program.simple.get(level) if level == value else None
    if rule is None:
        message = f"program {program.name} has no rule for SIMPLE {value:g}"
        raise UnmappedSignalError(message)
    return Asked(
        max_import=_level_limit(program, rule, basis),
        detail=f"SIMPLE {level} -> {rule}",
        keep_floor=rule.keep_floor,
    )


def _level_limit(program: Program, rule: LevelRule, basis: SiteBasis) -> Watts:
    match rule.basis:
        case Basis.KW | Basis.FIRM_KW:
            return Watts(rule.value)
        case Basis.PAUSE:
            return Watts(0.0)
        case Basis.PCT_OF_IMPORT:
            return Watts(basis.import_w * rule.value / 100)
        case Basis.PCT_OF_NAMEPLATE:
            return Watts(basis.nameplate_w * rule.value / 100)
        case Basis.SHED_KW | Basis.SHED_NOMINATED:
            shed = rule.value if rule.basis is Basis.SHED_KW else basis.nominated_w
            if shed is None:
                message = f"program {program.name} sheds what is nominated: nominate for the site"
                raise UnmappedSignalError(message)
            return Watts(max(basis.import_w - shed, 0.0))


def _price(program: Program, value: float, basis: SiteBasis) -> Asked:
    if program.price is None:
        message = f"program {program.name} has no rule for prices"
        raise UnmappedSignalError(message)
    price = value + program.price.add_per_kwh
    share = _share_at(program.price, price)
    if share is None:
        return NOTHING
    return Asked(
        max_import=Watts(basis.import_w * share / 100),
        detail=f"price {price:g} per kWh -> {share:g} % of import",
    )


def _share_at(rule: PriceRule, price: float) -> float | None:
    reached = [each for each in rule.thresholds if price >= each.above_per_kwh]
    return min((each.pct_of_import for each in reached), default=None)
