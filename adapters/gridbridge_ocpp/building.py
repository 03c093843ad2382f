"""Profiles out of what is desired, built once for all stations that are told the same."""

from __future__ import annotations

from functools import lru_cache
from math import inf, isfinite
from typing import TYPE_CHECKING, NamedTuple

from gridbridge.domain.slots import Slot
from gridbridge_ocpp.parts import Part, Profile, Purpose
from gridbridge_ocpp.periods import CannotExpressError, Step, fewest, tenths, whole_seconds
from gridbridge_ocpp.rungs import RateUnit, Rung
from gridbridge_ocpp.versions import OcppVersion

if TYPE_CHECKING:
    from gridbridge.domain.schedules import Schedule

STANDING_SINCE = 1_577_836_800
"""2020-01-01: standing profiles start in the past."""

LEAD_S = 86_400
"""How long before its first step a profile begins, at least."""

_STACK = {Slot.STANDING: 0, Slot.PLAN: 1}
_IDS_PER_EVSE = 8


class Making(NamedTuple):
    """How a station is told."""

    version: OcppVersion
    rung: Rung
    unit: RateUnit
    first_id: int
    max_periods: int


class Place(NamedTuple):
    """What of an EVSE shapes its profiles."""

    evse: int
    phases: int
    dc: bool


def profile_id(first_id: int, evse: int, slot: Slot, *, transaction: bool) -> int:
    """The id of a slot's profile: the same for ever, for every purpose it may have."""
    place = 3 if transaction else _STACK[slot] + 1
    return first_id + evse * _IDS_PER_EVSE + place


# Stations that are told the same share one profile, so what is worked out of it is shared too.
@lru_cache(maxsize=4096)
def standing_profile(place: Place, making: Making, limit: float) -> tuple[Part, ...]:
    """The profile without an end. Raises CannotExpressError, as do all here."""
    steps = (Step(STANDING_SINCE, checked(limit)),)
    return (_profile(place, making, Slot.STANDING, steps=steps, start=STANDING_SINCE, until=None),)


@lru_cache(maxsize=4096)
def default_profile(
    place: Place, making: Making, schedule: Schedule, after: float, day: int
) -> Profile:
    """The schedule as a default profile; it begins on the day before `day` at the latest."""
    steps, until = _steps(schedule, making, after)
    # A day's beginning before the first step, and before now: the same for many stations.
    start = (min(int(steps[0].start // LEAD_S), day) - 1) * LEAD_S
    return _profile(place, making, Slot.PLAN, steps=steps, start=start, until=until)


def _profile(
    place: Place,
    making: Making,
    slot: Slot,
    *,
    steps: tuple[Step, ...],
    start: int,
    until: int | None,
) -> Profile:
    if place.dc and making.unit is RateUnit.AMPS:
        raise CannotExpressError("amperes_on_dc")
    setpoints = any(step.is_setpoint for step in steps)
    if setpoints and making.rung is Rung.STATION_MAX:
        raise CannotExpressError("setpoint_needs_per_connector")
    whole_station = making.rung is Rung.STATION_MAX
    return Profile(
        id=profile_id(making.first_id, place.evse, slot, transaction=False),
        evse=0 if whole_station else place.evse,
        purpose=Purpose.STATION_MAX if whole_station else Purpose.TX_DEFAULT,
        stack=_STACK[slot],
        unit=making.unit,
        # 2.x K01.FR.44: no phase fields for DC.
        phases=None if place.dc else place.phases,
        start=start,
        steps=steps,
        until=until,
    )


@lru_cache(maxsize=1024)
def _steps(schedule: Schedule, making: Making, after: float) -> tuple[tuple[Step, ...], int]:
    wanted: list[Step] = []
    for period in schedule.periods:
        if period.setpoint_w is not None:
            if making.version is not OcppVersion.V21:
                raise CannotExpressError("setpoint_needs_ocpp_2_1")
            if making.unit is not RateUnit.WATTS:
                raise CannotExpressError("setpoint_needs_watts")
            if not isfinite(period.setpoint_w):
                raise CannotExpressError("not_finite")
            wanted.append(Step(period.start, tenths(period.setpoint_w), is_setpoint=True))
        else:
            limit = period.limit if making.unit is RateUnit.AMPS else period.limit_w
            wanted.append(Step(period.start, checked(limit)))
    steps, until = whole_seconds(wanted, schedule.until, after=after)
    return fewest(steps, until, most=making.max_periods), until


def checked(limit: float) -> float:
    """The limit as a station takes it."""
    if 0.0 <= limit < inf:
        return tenths(limit)
    raise CannotExpressError("negative_limit" if -inf < limit < 0.0 else "not_finite")
