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

from dataclasses import replace
from typing import TYPE_CHECKING

from gridbridge.domain.slots import Slot
from gridbridge_ocpp.building import (
    LEAD_S,
    Making,
    Place,
    checked,
    default_profile,
    profile_id,
    standing_profile,
)
from gridbridge_ocpp.parts import DischargeLimit, Part, Purpose
from gridbridge_ocpp.periods import CannotExpressError, tenths
from gridbridge_ocpp.rungs import RateUnit, Rung
from gridbridge_ocpp.sharing import shared
from gridbridge_ocpp.versions import OcppVersion

if TYPE_CHECKING:
    from gridbridge.domain.commands import EvseDesired, StationDesired
    from gridbridge.domain.schedules import Schedule
    from gridbridge.domain.units import Instant
    from gridbridge_ocpp.directory import StationEntry

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


def units(only: RateUnit | None, desired: EvseDesired, slot: Slot) -> tuple[RateUnit, ...]:
    """The units to try for one slot, best first: what flows in a DC cable is counted in watts.

    `only` is the one that the station takes, where it takes but one.
    """
    if only is not None:
        return (only,)
    if desired.dc or (slot is Slot.PLAN and _has_setpoints(desired.schedule)):
        return _ONLY_WATTS
    return _BOTH_UNITS


def standing(desired: EvseDesired, making: Making) -> tuple[Part, ...]:
    """The profile without an end. Raises CannotExpressError, as do all builders here."""
    limit = desired.standing_amps if making.unit is RateUnit.AMPS else desired.standing_w
    return standing_profile(_place(desired), making, float(limit))


def plan(
    desired: EvseDesired, making: Making, *, transaction: str | None, now: Instant
) -> tuple[Part, ...]:
    """The schedule with an end of its own; the running transaction's first: it binds at once."""
    if desired.schedule is None:
        return ()
    after = desired.standing_amps if making.unit is RateUnit.AMPS else desired.standing_w
    default = default_profile(
        _place(desired),
        making,
        shared(desired.schedule).schedule,
        float(after),
        int(now // LEAD_S),
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
    percent = tenths(checked(min(wanted)))
    return (DischargeLimit(percent=min(percent, 100.0)),)


def _place(desired: EvseDesired) -> Place:
    return Place(desired.evse, desired.phases, desired.dc)


def _has_setpoints(schedule: Schedule | None) -> bool:
    return schedule is not None and shared(schedule).sets_power
