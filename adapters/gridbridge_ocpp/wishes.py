"""What a station should hold, worked out in the words that are tried with it at present.

All slots are said on one rung, each in every unit that may have to be tried. What is worked out
is shared by all stations that should hold the same and are told it in the same way.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from gridbridge.domain.slots import Slot
from gridbridge.domain.units import FOREVER, Instant
from gridbridge_ocpp.building import LEAD_S, Making
from gridbridge_ocpp.periods import CannotExpressError
from gridbridge_ocpp.profiles import discharge_limit, plan, rungs, standing, units
from gridbridge_ocpp.rungs import RateUnit, Rung
from gridbridge_ocpp.sharing import shared
from gridbridge_ocpp.slot_state import Wanted
from gridbridge_ocpp.wire import call_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gridbridge.domain.commands import EvseDesired, StationDesired
    from gridbridge_ocpp.directory import StationEntry
    from gridbridge_ocpp.parts import Part
    from gridbridge_ocpp.survey import Key
    from gridbridge_ocpp.versions import OcppVersion


class Wishes:
    """One station's."""

    def __init__(self, entry: StationEntry, version: OcppVersion) -> None:
        """Begin with no wish at all."""
        self._entry = entry
        self._version = version
        self._desired: StationDesired | None = None
        self._by_evse: dict[int, EvseDesired] = {}
        self._setpoints = 0
        """How many of the schedules have some."""
        self._how: _How | None = None
        self.rung: Rung | None = None
        """What the station is told by; None: nothing was wished for, nor is known to be held."""
        self.keys: tuple[Key, ...] = ()
        """The slots that something is wished for."""

    @property
    def number(self) -> int:
        """The version of what is desired; 0 before anything is."""
        return 0 if self._desired is None else self._desired.version

    def take(self, desired: StationDesired) -> list[tuple[int, bool]]:
        """Take what the station should hold: the EVSEs that something else is wished for.

        With each comes whether that is its standing profile or discharge limit as well. An older
        version changes nothing.
        """
        if self._desired is not None and desired.version < self._desired.version:
            return []
        changed: list[tuple[int, bool]] = []
        former, self._by_evse, self._desired = self._by_evse, {}, desired
        setpoints, other_keys = 0, len(former) != len(desired.evses)
        for asked in desired.evses:
            wish, sets_power = _canonical(asked)
            setpoints += sets_power
            once = former.get(wish.evse)
            self._by_evse[wish.evse] = wish
            if once is None or not _same_beneath(once, wish):
                other_keys = True
                changed.append((wish.evse, True))
            elif once.schedule is not wish.schedule:
                changed.append((wish.evse, False))
        if other_keys or setpoints != self._setpoints:
            self.keys, self._setpoints = tuple(_keys(desired)), setpoints
            ladder = rungs(self._entry, desired)
            if self.rung not in ladder:
                self.step_on(ladder[0])
        return changed

    def climb(self) -> bool:
        """Step on the next rung; False where there is none."""
        if self._desired is None:
            return False
        ladder = rungs(self._entry, self._desired)
        after = ladder[ladder.index(self.rung) + 1 :] if self.rung in ladder else ladder
        if after:
            self.step_on(after[0])
        return bool(after)

    def step_on(self, rung: Rung) -> None:
        """Say everything by that rung from now on."""
        entry = self._entry
        self.rung = rung
        self._how = _How(
            self._version, rung, entry.rate_unit, entry.first_profile_id, entry.max_periods
        )

    def wanted(self, key: Key, taken: Taken, transaction: str | None, now: Instant) -> Wanted:
        """What a slot shall hold; the transaction is the one that runs on the EVSE."""
        if self._desired is None or self._how is None:
            raise AssertionError("nothing is worked out before something is desired")
        evse, slot = key
        if slot is Slot.DER:
            return _discharge(self._desired, self._version)
        # What a standing profile says depends on neither.
        running, day = None, 0
        if slot is Slot.PLAN:
            day = int(now // LEAD_S)
            if self.rung is not Rung.STATION_MAX:
                running = transaction
        return _told(slot, self._by_evse[evse], self._how, taken, running, day)


class Taken(NamedTuple):
    """What of the units a station takes is known where a slot is worked out."""

    beneath: RateUnit | None
    """The unit of the EVSE's standing profile that it holds: it is the first to be tried."""
    here: RateUnit | None
    """The unit of what it holds in the slot itself."""
    refused: bool
    """Whether it has refused something there."""


class _How(NamedTuple):
    """How a station is told: what of it, and of the rung, shapes the words."""

    version: OcppVersion
    rung: Rung
    unit: RateUnit | None
    first_id: int
    max_periods: int


@lru_cache(maxsize=4096)
def _told(  # noqa: PLR0917 - the key of a cache
    slot: Slot, wish: EvseDesired, how: _How, taken: Taken, transaction: str | None, day: int
) -> Wanted:
    ways: list[tuple[Part, ...]] = []
    impossible: str | None = None
    for unit in _units(slot, wish, how, taken):
        making = Making(how.version, how.rung, unit, how.first_id, how.max_periods)
        try:
            if slot is Slot.STANDING:
                parts = standing(wish, making)
            else:
                now = Instant(day * LEAD_S)
                parts = plan(wish, making, transaction=transaction, now=now)
            for part in parts:
                call_for(making.version, part)
        except CannotExpressError as error:
            impossible = str(error)
        else:
            ways.append(parts)
    alternatives = tuple(zip(*ways, strict=True))
    ends = wish.schedule.until if slot is Slot.PLAN and wish.schedule is not None else FOREVER
    return Wanted(alternatives, None if ways else impossible, ends)


def _units(slot: Slot, wish: EvseDesired, how: _How, taken: Taken) -> tuple[RateUnit, ...]:
    """The units to say it in, the one that the EVSE's standing profile has first."""
    every = units(how.unit, wish, slot)
    first = taken.beneath
    if first is not None and first in every:
        every = (first, *(unit for unit in every if unit is not first))
    # The others are worked out only where they may be needed.
    as_first = not taken.refused and taken.here in {None, every[0]}
    return every[:1] if as_first else every


def _discharge(desired: StationDesired, version: OcppVersion) -> Wanted:
    try:
        parts = discharge_limit(desired, version)
        for part in parts:
            call_for(version, part)
    except CannotExpressError as error:
        return Wanted((), str(error))
    return Wanted(tuple((part,) for part in parts))


def _canonical(wish: EvseDesired) -> tuple[EvseDesired, bool]:
    """The wish with the schedule that equal ones share, and whether that has setpoints."""
    if wish.schedule is None:
        return wish, False
    schedule, sets_power = shared(wish.schedule)
    alike = wish if schedule is wish.schedule else replace(wish, schedule=schedule)
    return alike, sets_power


def _same_beneath(one: EvseDesired, other: EvseDesired) -> bool:
    """Whether both ask for the same but for their schedules."""
    return (
        one.standing_amps == other.standing_amps
        and one.standing_w == other.standing_w
        and one.phases == other.phases
        and one.dc == other.dc
        and one.max_discharge_pct == other.max_discharge_pct
    )


def _keys(desired: StationDesired) -> Iterator[Key]:
    for evse in desired.evses:
        yield evse.evse, Slot.STANDING
        yield evse.evse, Slot.PLAN
        if evse.max_discharge_pct is not None:
            yield evse.evse, Slot.DER
