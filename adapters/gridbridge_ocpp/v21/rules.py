"""What OCPP 2.1 forbids in a SetChargingProfile though its schema lets it pass.

The schema checks almost none of K01, Q and V2X, and a station may refuse without a reason, so what
we send is held to the rules here, each with a name. Where sources differ the stricter one counts:
CentralSetpoint and CentralFrequency carry a setpoint alone (Q03.FR.02, Q07.FR.03).
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from gridbridge_ocpp.periods import CannotExpressError
from gridbridge_ocpp.v21.mode_rules import broken_in_period

if TYPE_CHECKING:
    from gridbridge_ocpp.schemas import Payload

_TX_PURPOSES = frozenset({"TxProfile", "TxDefaultProfile"})
_MODES_BY_PURPOSE = {
    "ChargingStationMaxProfile": frozenset({"ChargingOnly"}),
    "PriorityCharging": frozenset({"ChargingOnly"}),
    "LocalGeneration": frozenset({"ChargingOnly", "ExternalLimits"}),
}
"""K01.FR.71, .114; the transaction purposes are open to every mode."""
_PHASE_FIELDS = tuple(
    f"{base}_{phase}"
    for base in ("limit", "dischargeLimit", "setpoint", "setpointReactive")
    for phase in ("L2", "L3")
)


def check(payload: Payload) -> None:
    """Raise CannotExpressError, by the name of the rule, unless a sane station can accept it."""
    profile = payload["chargingProfile"]
    _check_profile(payload["evseId"], profile)
    for schedule in profile["chargingSchedule"]:
        _check_schedule(profile, schedule)
        for period in schedule["chargingSchedulePeriod"]:
            _check_period(profile, schedule, period)


def _check_profile(evse: int, profile: Payload) -> None:
    purpose, kind = profile["chargingProfilePurpose"], profile["chargingProfileKind"]
    schedules = profile["chargingSchedule"]
    tx, station_max = purpose == "TxProfile", purpose == "ChargingStationMaxProfile"
    dynamic = kind == "Dynamic"
    # K01.FR.03, .16, .22, .38, .122; K28.FR.01 to .04.
    _refuse_first(
        {
            "evse_unknown": evse < 0,
            "external_constraints_from_csms": purpose == "ChargingStationExternalConstraints",
            "tx_profile_on_station": tx and evse == 0,
            "tx_profile_without_transaction": tx and "transactionId" not in profile,
            "transaction_without_tx_profile": not tx and "transactionId" in profile,
            "max_profile_on_evse": station_max and evse != 0,
            "max_profile_relative": station_max and kind == "Relative",
            "recurrency_without_recurring": (kind == "Recurring") != ("recurrencyKind" in profile),
            "several_schedules": len(schedules) > 1 and (dynamic or not tx),
            "dynamic_fields_without_dynamic": not dynamic
            and bool({"dynUpdateInterval", "dynUpdateTime"} & profile.keys()),
            "dynamic_with_several_periods": dynamic
            and any(len(each["chargingSchedulePeriod"]) > 1 for each in schedules),
        }
    )


def _check_schedule(profile: Payload, schedule: Payload) -> None:
    purpose, kind = profile["chargingProfilePurpose"], profile["chargingProfileKind"]
    starts = [period["startPeriod"] for period in schedule["chargingSchedulePeriod"]]
    needs_start, has_start = kind in {"Absolute", "Recurring"}, "startSchedule" in schedule
    # K01.FR.31, .35, .40, .41, .70, .95.
    _refuse_first(
        {
            "start_schedule_missing": needs_start and not has_start,
            "start_schedule_on_relative": kind == "Relative" and has_start,
            "duration_on_priority_charging": purpose == "PriorityCharging"
            and "duration" in schedule,
            "no_duration": schedule.get("duration", 1) <= 0,
            "first_period_not_zero": starts[0] != 0,
            "periods_not_ascending": any(a >= b for a, b in itertools.pairwise(starts)),
            "randomized_delay_misplaced": "randomizedDelay" in schedule
            and purpose not in _TX_PURPOSES,
            "negative_limit_at_soc": schedule.get("limitAtSoC", {}).get("limit", 0.0) < 0.0,
        }
    )


def _check_period(profile: Payload, schedule: Payload, period: Payload) -> None:
    purpose, kind = profile["chargingProfilePurpose"], profile["chargingProfileKind"]
    mode = period.get("operationMode", "ChargingOnly")
    modes = _MODES_BY_PURPOSE.get(purpose)
    per_phase = [name for name in _PHASE_FIELDS if name in period]
    # K01.FR.114, .19, .143, .145; Q07; Q08.FR.05; the modes' own fields first.
    _refuse_first(
        {
            "mode_not_for_purpose": modes is not None and mode not in modes,
            **broken_in_period(mode, period),
            "local_frequency_in_amperes": mode == "LocalFrequency"
            and schedule["chargingRateUnit"] == "A",
            "central_frequency_not_dynamic": mode == "CentralFrequency" and kind != "Dynamic",
            "phase_to_use_with_phases": "phaseToUse" in period
            and period.get("numberPhases", 3) != 1,
            "phase_value_outside_tx_profile": bool(per_phase) and purpose != "TxProfile",
            "phase_value_without_base": any(
                name.rsplit("_", 1)[0] not in period for name in per_phase
            ),
        }
    )


def _refuse_first(broken: dict[str, bool]) -> None:
    for name, is_broken in broken.items():
        if is_broken:
            raise CannotExpressError(name)
