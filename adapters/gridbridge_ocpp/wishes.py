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
from gridbridge_ocpp.sharing import NONE, Shared, shared
from gridbridge_ocpp.slot_state import Wanted
from gridbridge_ocpp.ways import Taken, Way, way_of
from gridbridge_ocpp.wire import call_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gridbridge.domain.commands import EvseDesired, StationDesired
    from gridbridge_ocpp.directory import StationEntry
    from gridbridge_ocpp.keys import Key
    from gridbridge_ocpp.parts import Part
    from gridbridge_ocpp.versions import OcppVersion


class Wishes:
    """One station's."""

    def __init__(self, entry: StationEntry, version: OcppVersion) -> None:
        """Begin with no wish at all."""
        self._entry = entry
        self._version = version
        self._desired: StationDesired | None = None
        self._by_evse: dict[int, _Wish] = {}
        self._setpoints = 0
        """How many of the schedules have some."""
        self.number = 0
        """The version of what is desired; 0 before anything is."""
        self.rung: Rung | None = None
        """What the station is told by; None: nothing was wished for, nor is known to be held."""
        self.keys: tuple[Key, ...] = ()
        """The slots that something is wished for."""

    def take(self, desired: StationDesired) -> list[tuple[int, bool]]:
        """Take what the station should hold: the EVSEs that something else is wished for.

        With each comes whether that is its standing profile or discharge limit as well. An older
        version changes nothing.
        """
        if self._desired is not None and desired.version < self.number:
            return []
        changed: list[tuple[int, bool]] = []
        former, wishes = self._by_evse, {}
        setpoints, other_keys = 0, len(former) != len(desired.evses)
        for asked in desired.evses:
            evse = asked.evse
            schedule = NONE if asked.schedule is None else shared(asked.schedule)
            setpoints += schedule.sets_power
            once = former.get(evse)
            if once is None or not _same_beneath(once.beneath.asked, asked):
                other_keys = True
                changed.append((evse, True))
                once = _Wish(_beneath(replace(asked, schedule=None)), schedule)
            elif once.schedule is not schedule:
                changed.append((evse, False))
                once = _Wish(once.beneath, schedule)
            wishes[evse] = once
        self._by_evse, self._desired, self.number = wishes, desired, desired.version
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
        self.rung = rung

    def way(self, taken: Taken) -> Way:
        """How a slot is told, until the rung changes or something else is known of its units."""
        if self.rung is None:
            raise AssertionError("nothing is worked out before something is desired")
        entry = self._entry
        return way_of(
            self._version,
            self.rung,
            entry.rate_unit,
            entry.first_profile_id,
            entry.max_periods,
            taken,
        )

    def wanted(self, key: Key, way: Way, transaction: str | None, now: Instant) -> Wanted:
        """What a slot shall hold; the transaction is the one that runs on the EVSE."""
        if self._desired is None:
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
        beneath, schedule = self._by_evse[evse]
        if slot is Slot.STANDING:
            schedule = NONE
        return _told(slot, beneath, schedule, way, running, day)


class _Beneath:
    """What is asked of an EVSE but for its schedule; equal ones are one object."""

    __slots__ = ("asked",)

    def __init__(self, asked: EvseDesired) -> None:
        self.asked = asked


_beneath = lru_cache(maxsize=4096)(_Beneath)


class _Wish(NamedTuple):
    """What is asked of an EVSE; both halves are known by their identity."""

    beneath: _Beneath
    schedule: Shared


@lru_cache(maxsize=4096)
def _told(  # noqa: PLR0917 - the key of a cache
    slot: Slot,
    beneath: _Beneath,
    schedule: Shared,
    way: Way,
    transaction: str | None,
    day: int,
) -> Wanted:
    wish = replace(beneath.asked, schedule=schedule.schedule)
    ways: list[tuple[Part, ...]] = []
    impossible: str | None = None
    for unit in _units(slot, wish, way):
        making = Making(way.version, way.rung, unit, way.first_id, way.max_periods)
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


def _units(slot: Slot, wish: EvseDesired, way: Way) -> tuple[RateUnit, ...]:
    """The units to say it in, the one that the EVSE's standing profile has first."""
    every, taken = units(way.unit, wish, slot), way.taken
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
