"""From one reading of a meter to the next: how much energy flowed between them.

A register counts what flowed, so its difference is taken where it has one; elsewhere power times
time. The difference is spread evenly, and one over a longer time than `SPREAD` belongs to no
minute in particular and is left out. A station that sends registers and, more often, power is
taken at its registers alone, lest the same energy counts twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gridbridge.domain.units import HOUR, Instant, Seconds, WattHours, Watts

if TYPE_CHECKING:
    from gridbridge.domain.facts import Reading

SPREAD = Seconds(1_200.0)
"""The longest time between two values of a register; clock-aligned ones come every 15 min."""
HOLDS = Seconds(300.0)
"""The longest time between two values of power that tells how much flowed between."""
MOST = Watts(5e6)
"""No EVSE has more: a register that ran faster was set, not turned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerAt:
    """A value of power and when it was taken."""

    at: Instant
    value: Watts


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterAt:
    """A value of a register and when it was taken."""

    at: Instant
    value: WattHours


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """What a meter said last."""

    epoch: int = 0
    at: Instant = Instant(0.0)
    power: PowerAt | None = None
    imported: RegisterAt | None = None
    exported: RegisterAt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Energy that flowed evenly from `start` to `end`; export as a magnitude."""

    start: Instant
    end: Instant
    imported: WattHours = WattHours(0.0)
    exported: WattHours = WattHours(0.0)
    covers: bool
    """Whether it tells what was drawn in that time, be it nothing."""


def read(meter: Meter, reading: Reading, *, taken: Instant) -> tuple[Meter, tuple[Flow, ...]]:
    """The meter after a reading, and what flowed since the one before.

    One that is older than the last, or came over an older socket, changes nothing.
    """
    if reading.epoch < meter.epoch or taken < meter.at:
        return meter, ()
    flows = [
        _by_register(meter.imported, reading.energy, taken, exports=False)
        if _counts(meter.imported, taken)
        else _by_power(meter.power, reading.power, taken, exports=False),
        _by_register(meter.exported, reading.exported, taken, exports=True)
        if _counts(meter.exported, taken)
        else _by_power(meter.power, reading.power, taken, exports=True),
    ]
    after = replace(
        meter,
        epoch=reading.epoch,
        at=taken,
        power=meter.power if reading.power is None else PowerAt(at=taken, value=reading.power),
        imported=_turned(meter.imported, reading.energy, taken),
        exported=_turned(meter.exported, reading.exported, taken),
    )
    return after, tuple(each for each in flows if each is not None)


def _turned(
    before: RegisterAt | None, value: WattHours | None, taken: Instant
) -> RegisterAt | None:
    return before if value is None else RegisterAt(at=taken, value=value)


def _counts(register: RegisterAt | None, now: Instant) -> bool:
    """Whether a register will tell, so that power must not."""
    return register is not None and now - register.at <= SPREAD


def _by_register(
    before: RegisterAt | None, value: WattHours | None, taken: Instant, *, exports: bool
) -> Flow | None:
    if before is None or value is None or taken <= before.at:
        return None
    turned = WattHours(value - before.value)
    if not 0 <= turned <= MOST * (taken - before.at) / HOUR:
        return None
    return _flow(before.at, taken, turned, exports=exports)


def _by_power(
    before: PowerAt | None, value: Watts | None, taken: Instant, *, exports: bool
) -> Flow | None:
    if before is None or value is None or not 0 < taken - before.at <= HOLDS:
        return None
    mean = (before.value + value) / 2
    towards = max(-mean if exports else mean, 0.0)
    return _flow(
        before.at, taken, WattHours(towards * (taken - before.at) / HOUR), exports=exports
    )


def _flow(start: Instant, end: Instant, energy: WattHours, *, exports: bool) -> Flow | None:
    # What is drawn must be known for a minute to be covered; export is what few EVSEs can do.
    if exports:
        if not energy:
            return None
        return Flow(start=start, end=end, exported=energy, covers=False)
    return Flow(start=start, end=end, imported=energy, covers=True)
