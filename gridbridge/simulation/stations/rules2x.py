"""What an OCPP 2.0.1 or 2.1 station refuses in SetChargingProfile: K01, K28, Q02 to Q10."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import inf
from typing import TYPE_CHECKING, Any

from gridbridge.simulation.periods import Held, instant
from gridbridge.simulation.spec import Behaviour, Protocol
from gridbridge.simulation.stations.modes import mode_refusal

if TYPE_CHECKING:
    from collections.abc import Iterator


_STATION_MAX = "ChargingStationMaxProfile"
_PHASE_FIELDS = ("numberPhases", "phaseToUse")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Rejected, with what statusInfo says."""

    reason: str
    info: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What of the station's state the rules look at."""

    protocol: Protocol
    dc_by_evse: Mapping[int, bool]
    transactions: Mapping[int, int | str]
    """The running ones by EVSE."""
    held: Sequence[Held]
    behaviour: Behaviour
    modes: frozenset[str]
    """2.1: SupportedOperationModes."""


def refusal(evse: int, profile: dict[str, Any], standing: Standing) -> Refusal | None:
    """The first rule that the profile breaks; None where it is to be accepted."""
    broken = chain(
        _place(evse, profile, standing),
        _conflicts(evse, profile, standing),
        _shape(profile, standing),
        _dynamic(profile),
        _periods(evse, profile, standing),
    )
    return next(broken, None)


def _place(evse: int, profile: dict[str, Any], standing: Standing) -> Iterator[Refusal]:
    """Purpose, EVSE and transaction: K01.FR.03 .09 .16 .22 .28 .33 .38 .120."""
    purpose = profile["chargingProfilePurpose"]
    if evse != 0 and evse not in standing.dc_by_evse:
        yield Refusal(reason="UnknownEvse")
    if purpose == "ChargingStationExternalConstraints":
        yield Refusal(reason="InvalidValue", info="not a CSMS's to set")
    if purpose == "LocalGeneration":
        yield Refusal(reason="UnsupportedPurpose")
    if purpose == _STATION_MAX and (evse != 0 or profile["chargingProfileKind"] == "Relative"):
        yield Refusal(reason="InvalidValue")
    if purpose == "TxProfile":
        if "transactionId" not in profile:
            yield Refusal(reason="MissingParam")
        elif evse == 0:
            yield Refusal(reason="InvalidValue")
        elif standing.transactions.get(evse) != profile["transactionId"]:
            yield Refusal(reason="TxNotFound")
    if len(standing.held) >= standing.behaviour.max_profiles:
        yield Refusal(reason="OutOfMemory", info="Entries[ChargingProfiles]")


def _conflicts(evse: int, profile: dict[str, Any], standing: Standing) -> Iterator[Refusal]:
    """What lies in the way under another id: K01.FR.06 .39 .52 .53."""
    purpose, level = profile["chargingProfilePurpose"], profile["stackLevel"]
    if not 0 <= level <= standing.behaviour.max_stack_level:
        yield Refusal(reason="InvalidStackLevel", info="ProfileStackLevel")
    for held in standing.held:
        if held.id == profile["id"] or (held.purpose, held.stack_level) != (purpose, level):
            continue
        if purpose == "TxProfile":
            if held.profile["transactionId"] == profile.get("transactionId"):
                yield Refusal(reason="InvalidStackLevel")
        elif held.evse == evse:
            if _overlap(held.profile, profile):
                yield Refusal(reason="DuplicateProfile")
        elif purpose == "TxDefaultProfile" and 0 in {evse, held.evse}:
            yield Refusal(reason="DuplicateProfile", info="EVSE 0 and EVSE n")


def _overlap(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    def validity(profile: Mapping[str, Any]) -> tuple[float, float]:
        start, end = profile.get("validFrom"), profile.get("validTo")
        return (instant(start) if start else -inf, instant(end) if end else inf)

    (a, b), (c, d) = validity(one), validity(other)
    return a < d and c < b


def _shape(profile: dict[str, Any], standing: Standing) -> Iterator[Refusal]:
    """Schedules and the order of periods: K01.FR.26 .31 .35 .40 .41 .70 .95 .123."""
    kind = profile["chargingProfileKind"]
    if len(profile["chargingSchedule"]) > 1:
        yield Refusal(reason="InvalidSchedule", info="one schedule only")
    for schedule in profile["chargingSchedule"]:
        if schedule["chargingRateUnit"] not in standing.behaviour.rate_units:
            yield Refusal(reason="UnsupportedRateUnit")
        starts = [period["startPeriod"] for period in schedule["chargingSchedulePeriod"]]
        if starts[0] != 0 or starts != sorted(set(starts)):
            yield Refusal(reason="InvalidSchedule", info="startPeriod")
        if len(starts) > standing.behaviour.max_periods:
            yield Refusal(reason="InvalidSchedule", info="PeriodsPerSchedule")
        if kind != "Dynamic" and (kind == "Relative") == ("startSchedule" in schedule):
            yield Refusal(reason="InvalidSchedule", info="startSchedule")
        if schedule.get("useLocalTime") or schedule.get("randomizedDelay"):
            yield Refusal(reason="InvalidSchedule", info="feature not supported")
        if profile["chargingProfilePurpose"] == "PriorityCharging" and "duration" in schedule:
            yield Refusal(reason="InvalidSchedule", info="duration with PriorityCharging")
    if (kind == "Recurring") != ("recurrencyKind" in profile):
        yield Refusal(reason="InvalidSchedule", info="recurrencyKind")


def _dynamic(profile: dict[str, Any]) -> Iterator[Refusal]:
    """K28.FR.01-04: a Dynamic profile has one schedule with one period, at 0."""
    dynamic = profile["chargingProfileKind"] == "Dynamic"
    if not dynamic and ("dynUpdateInterval" in profile or "dynUpdateTime" in profile):
        yield Refusal(reason="InvalidProfile")
    if dynamic and "dynUpdateInterval" in profile:
        yield Refusal(reason="InvalidProfile", info="updates are not pulled")
    if dynamic and len(profile["chargingSchedule"][0]["chargingSchedulePeriod"]) > 1:
        yield Refusal(reason="InvalidSchedule", info="Dynamic with periods")


def _periods(evse: int, profile: dict[str, Any], standing: Standing) -> Iterator[Refusal]:
    """Phases and operation modes, period by period: K01.FR.19 .20 .44 .48, Q02 to Q10."""
    kinds = standing.dc_by_evse.values() if evse == 0 else [standing.dc_by_evse.get(evse, False)]
    for schedule in profile["chargingSchedule"]:
        for period in schedule["chargingSchedulePeriod"]:
            where = f"schedule {schedule['id']} period {period['startPeriod']}"
            if any(name in period for name in _PHASE_FIELDS) and all(kinds):
                yield Refusal(reason="NoPhaseForDC", info=where)
            if "phaseToUse" in period:
                yield Refusal(reason="InvalidSchedule", info=f"{where}: no phase switching")
            if any(name.endswith(("_L2", "_L3")) for name in period):
                yield Refusal(reason="PhaseConflict", info=where)
            if period.get("limit", 0.0) < 0:
                yield Refusal(reason="InvalidSchedule", info=f"{where}: negative limit")
            if standing.protocol is Protocol.V21:
                reason = mode_refusal(profile, schedule, period, standing.modes)
                if reason:
                    yield Refusal(reason=reason, info=where)
