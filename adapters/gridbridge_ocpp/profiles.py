"""From what a station should hold to the charging profiles that carry it.

Slots, stack levels, ids. Each EVSE has a STANDING profile on stack level 0, without an end, and a
PLAN on stack level 1 that ends by itself; each has one id for ever, and the same id replaces in
place in every version (1.6 section 5.16.4, 2.x K01.FR.05), so nothing is ever cleared first. Both
have the same purpose: within a purpose the highest valid stack level prevails, while purposes
combine by minimum, and a standing TxDefaultProfile under a plan of another purpose would cap it.

Purposes, by rung:

- `station-max` (one EVSE): ChargePointMaxProfile / ChargingStationMaxProfile on 0. It binds
  whatever TxProfile there may be, by minimum, so neither slot can be overruled upwards.
- `per-connector` (several EVSEs, or setpoints): TxDefaultProfile on each EVSE, never on 0, which
  would exclude it (2.x K01.FR.52, .53), and for a running transaction the plan as TxProfile too:
  many stations apply a new default to the next transaction only. A TxProfile overrules a
  TxDefaultProfile even if it is higher, so ours has the plan's own end and the plan's own values:
  there is no moment at which it allows more than the default that it hides.
  A station-wide profile is not used there, as firmware exists that applies it to each connector.

K01.FR.06 forbids two profiles of equal purpose, stack level and EVSE whose validity overlaps under
different ids: the slots differ in stack level, the EVSEs in their number.

Setpoints (2.1) need a purpose open to operationMode CentralSetpoint, which the station-wide
profile is not, hence `per-connector`; a period has either a setpoint or a limit, never both
(Q03.FR.02).

Every schedule is Absolute and starts long before it is sent: a station's clock may be behind, and
before the first period its limit holds already.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from math import inf, isfinite
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from gridbridge.domain.slots import Slot
from gridbridge_ocpp.periods import CannotExpressError, Step, fewest, tenths, whole_seconds
from gridbridge_ocpp.rungs import RateUnit, Rung
from gridbridge_ocpp.sharing import shared
from gridbridge_ocpp.versions import OcppVersion

if TYPE_CHECKING:
    from gridbridge.domain.commands import EvseDesired, StationDesired
    from gridbridge.domain.schedules import Schedule
    from gridbridge.domain.units import Instant
    from gridbridge_ocpp.directory import StationEntry

STANDING_SINCE = 1_577_836_800
"""2020-01-01: standing profiles start in the past."""

_LEAD_S = 86_400
_STACK = {Slot.STANDING: 0, Slot.PLAN: 1}
_IDS_PER_EVSE = 8


class Purpose(StrEnum):
    """What a profile is for; each version has its own word."""

    STATION_MAX = "max"
    TX_DEFAULT = "default"
    TX = "tx"


class _Found(NamedTuple):
    """The step that holds for some time, and for how long."""

    place: int
    since: float
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One charging profile, in no version's words."""

    id: int
    evse: int
    """0: the station."""
    purpose: Purpose
    stack: int
    unit: RateUnit
    phases: int | None
    """AC: how many conductors carry it; None for DC."""
    start: int
    """Seconds since the epoch; the first step holds from here."""
    steps: tuple[Step, ...]
    until: int | None
    """Its end; None: it stands for ever."""
    transaction: str | None = None
    _hash: int | None = field(default=None, init=False, repr=False, compare=False)
    _found: _Found = field(default=_Found(0, inf, inf), init=False, repr=False, compare=False)

    def __hash__(self) -> int:
        """Worked out once: a profile is a key of what many stations share."""
        if self._hash is None:
            object.__setattr__(self, "_hash", hash((self.frame, self.start, self.steps)))
        return self._hash or 0

    def same_from(self, instant: Instant, other: Part) -> bool:
        """Whether a station that holds the other does the same from `instant` on."""
        if not isinstance(other, Profile):
            return False
        mine, theirs = self.index_at(instant), other.index_at(instant)
        # What holds now is seen soonest to differ.
        return (
            self.steps[mine][1:] == other.steps[theirs][1:]
            and self.frame == other.frame
            and self.steps[mine + 1 :] == other.steps[theirs + 1 :]
        )

    def value_at(self, instant: float) -> float:
        """What holds at an instant before its end."""
        return self.steps[self.index_at(instant)].value

    @property
    def frame(self) -> tuple[object, ...]:
        """Everything but its steps and where they begin."""
        return (
            self.id,
            self.evse,
            self.purpose,
            self.stack,
            self.unit,
            self.phases,
            self.until,
            self.transaction,
        )

    def last_step(self, instant: float) -> float:
        """When what holds at an instant began; -inf before the first step."""
        return self._find(instant).since

    def next_step(self, instant: float) -> float:
        """When the next step begins; inf after the last."""
        return self._find(instant).until

    def index_at(self, instant: float) -> int:
        """The step that holds at an instant, or else the first."""
        return self._find(instant).place

    def _find(self, instant: float) -> _Found:
        # Stations share a profile and are told of it one after the other.
        found = self._found
        if not found.since <= instant < found.until:
            after = bisect_right(self.steps, (instant, inf))
            since = self.steps[after - 1].start if after else -inf
            until = self.steps[after].start if after < len(self.steps) else inf
            found = _Found(max(after - 1, 0), since, until)
            object.__setattr__(self, "_found", found)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class DischargeLimit:
    """OCPP 2.1: the default DER control that bounds discharge."""

    percent: float
    """Of the most that the station can discharge."""
    id: int = 0
    control: str = "gridbridge-max-discharge"
    """Its id at the station; the same id replaces it."""

    def same_from(self, _instant: Instant, other: Part) -> bool:
        """Whether the other bounds the same."""
        return self == other


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """Take a profile of ours away that nothing replaces."""

    id: int

    def same_from(self, _instant: Instant, other: Part) -> bool:
        """Whether the other removes the same."""
        return self == other


Part: TypeAlias = Profile | DischargeLimit | Removal
"""What one call tells a station; its id says what it replaces."""


class Making(NamedTuple):
    """How a station is told."""

    version: OcppVersion
    rung: Rung
    unit: RateUnit
    first_id: int
    max_periods: int


_ONLY_PER_CONNECTOR = (Rung.PER_CONNECTOR,)
_BOTH_RUNGS = (Rung.STATION_MAX, Rung.PER_CONNECTOR)
_ONLY_WATTS = (RateUnit.WATTS,)
_BOTH_UNITS = (RateUnit.AMPS, RateUnit.WATTS)


def rungs(entry: StationEntry, desired: StationDesired) -> tuple[Rung, ...]:
    """The rungs to try, best first."""
    if entry.rung is not None:
        return (entry.rung,)
    if entry.v2x or len(desired.evses) > 1 or len(entry.evses) > 1:
        return _ONLY_PER_CONNECTOR
    for evse in desired.evses:
        if evse.max_discharge_pct is not None or _has_setpoints(evse.schedule):
            return _ONLY_PER_CONNECTOR
    return _BOTH_RUNGS


def units(entry: StationEntry, desired: EvseDesired, slot: Slot) -> tuple[RateUnit, ...]:
    """The units to try for one slot, best first: what flows in a DC cable is counted in watts."""
    if entry.rate_unit is not None:
        return (entry.rate_unit,)
    if desired.dc or (slot is Slot.PLAN and _has_setpoints(desired.schedule)):
        return _ONLY_WATTS
    return _BOTH_UNITS


def standing(desired: EvseDesired, making: Making) -> tuple[Part, ...]:
    """The profile without an end. Raises CannotExpressError, as do all builders here."""
    limit = desired.standing_amps if making.unit is RateUnit.AMPS else desired.standing_w
    return _standing(_place(desired), making, float(limit))


def plan(
    desired: EvseDesired, making: Making, *, transaction: str | None, now: Instant
) -> tuple[Part, ...]:
    """The schedule with an end of its own; the running transaction's first: it binds at once."""
    if desired.schedule is None:
        return ()
    after = desired.standing_amps if making.unit is RateUnit.AMPS else desired.standing_w
    default = _default(
        _place(desired), making, shared(desired.schedule), float(after), int(now // _LEAD_S)
    )
    if making.rung is Rung.STATION_MAX or transaction is None:
        return (default,)
    running = profile_id(making.first_id, desired.evse, Slot.PLAN, transaction=True)
    bound = replace(default, id=running, purpose=Purpose.TX, transaction=transaction)
    return (bound, default)


def discharge_limit(desired: StationDesired, version: OcppVersion) -> tuple[Part, ...]:
    """The DER control; it holds for the station, so of several EVSEs the lowest counts."""
    wanted = [
        evse.max_discharge_pct for evse in desired.evses if evse.max_discharge_pct is not None
    ]
    if version is not OcppVersion.V21:
        raise CannotExpressError("der_needs_ocpp_2_1")
    percent = tenths(_checked(min(wanted)))
    return (DischargeLimit(percent=min(percent, 100.0)),)


def profile_id(first_id: int, evse: int, slot: Slot, *, transaction: bool) -> int:
    """The id of a slot's profile: the same for ever, for every purpose it may have."""
    place = 3 if transaction else _STACK[slot] + 1
    return first_id + evse * _IDS_PER_EVSE + place


class _Place(NamedTuple):
    """What of an EVSE shapes its profiles."""

    evse: int
    phases: int
    dc: bool


def _place(desired: EvseDesired) -> _Place:
    return _Place(desired.evse, desired.phases, desired.dc)


# Stations that are told the same share one profile, so what is worked out of it is shared too.
@lru_cache(maxsize=4096)
def _standing(place: _Place, making: Making, limit: float) -> tuple[Part, ...]:
    steps = (Step(STANDING_SINCE, _checked(limit)),)
    return (_profile(place, making, Slot.STANDING, steps=steps, start=STANDING_SINCE, until=None),)


@lru_cache(maxsize=4096)
def _default(place: _Place, making: Making, schedule: Schedule, after: float, day: int) -> Profile:
    steps, until = _steps(schedule, making, after)
    # A day's beginning before the first step, and before now: the same for many stations.
    start = (min(int(steps[0].start // _LEAD_S), day) - 1) * _LEAD_S
    return _profile(place, making, Slot.PLAN, steps=steps, start=start, until=until)


def _profile(
    place: _Place,
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
            wanted.append(Step(period.start, _checked(limit)))
    steps, until = whole_seconds(wanted, schedule.until, after=after)
    return fewest(steps, until, most=making.max_periods), until


def _checked(limit: float) -> float:
    if not isfinite(limit):
        raise CannotExpressError("not_finite")
    if limit < 0.0:
        raise CannotExpressError("negative_limit")
    return tenths(limit)


def _has_setpoints(schedule: Schedule | None) -> bool:
    return schedule is not None and _sets_power(shared(schedule))


@lru_cache(maxsize=4096)
def _sets_power(schedule: Schedule) -> bool:
    return any(period.setpoint_w is not None for period in schedule.periods)
