"""What OCPP 2.0.1 forbids in a SetChargingProfile though its schema lets it pass."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from gridbridge_ocpp.periods import CannotExpressError

if TYPE_CHECKING:
    from gridbridge_ocpp.schemas import Payload


def check(payload: Payload) -> None:
    """Raise CannotExpressError, by the name of the rule, unless a sane station can accept it."""
    profile = payload["chargingProfile"]
    _check_purpose(payload["evseId"], profile)
    for schedule in profile["chargingSchedule"]:
        _check_schedule(profile["chargingProfileKind"], schedule)


def _check_purpose(evse: int, profile: Payload) -> None:
    purpose, kind = profile["chargingProfilePurpose"], profile["chargingProfileKind"]
    tx, station_max = purpose == "TxProfile", purpose == "ChargingStationMaxProfile"
    # Part 2, K01.FR.03, .16, .22, .38 and K01.FR.06.
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
            "negative_stack_level": profile["stackLevel"] < 0,
            "several_schedules": len(profile["chargingSchedule"]) > 1 and not tx,
        }
    )


def _check_schedule(kind: str, schedule: Payload) -> None:
    periods = schedule["chargingSchedulePeriod"]
    starts = [period["startPeriod"] for period in periods]
    # K01.FR.31, .35, .40, .41, .19.
    _refuse_first(
        {
            "start_schedule_missing": kind != "Relative" and "startSchedule" not in schedule,
            "start_schedule_on_relative": kind == "Relative" and "startSchedule" in schedule,
            "no_duration": schedule.get("duration", 1) <= 0,
            "first_period_not_zero": starts[0] != 0,
            "periods_not_ascending": any(a >= b for a, b in itertools.pairwise(starts)),
            "negative_limit": any(period["limit"] < 0 for period in periods),
            "phase_to_use_with_phases": any(
                "phaseToUse" in period and period.get("numberPhases", 3) != 1 for period in periods
            ),
        }
    )


def _refuse_first(broken: dict[str, bool]) -> None:
    for name, is_broken in broken.items():
        if is_broken:
            raise CannotExpressError(name)
