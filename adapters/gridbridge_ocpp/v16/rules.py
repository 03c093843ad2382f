"""What OCPP 1.6 forbids in a SetChargingProfile though its schema lets it pass."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from gridbridge_ocpp.periods import CannotExpressError

if TYPE_CHECKING:
    from gridbridge_ocpp.schemas import Payload


def check(payload: Payload) -> None:
    """Raise CannotExpressError, by the name of the rule, unless a sane station can accept it."""
    connector, profile = payload["connectorId"], payload["csChargingProfiles"]
    purpose, kind = profile["chargingProfilePurpose"], profile["chargingProfileKind"]
    schedule = profile["chargingSchedule"]
    periods = schedule["chargingSchedulePeriod"]
    starts = [period["startPeriod"] for period in periods]
    # Core, sections 3.13.1, 5.16 and 7.8 to 7.14, with errata v4.
    broken = {
        "connector_unknown": connector < 0,
        "max_profile_on_connector": purpose == "ChargePointMaxProfile" and connector != 0,
        "tx_profile_on_station": purpose == "TxProfile" and connector == 0,
        "tx_profile_without_transaction": purpose == "TxProfile"
        and "transactionId" not in profile,
        "transaction_without_tx_profile": purpose != "TxProfile" and "transactionId" in profile,
        "negative_stack_level": profile["stackLevel"] < 0,
        "recurrency_without_recurring": (kind == "Recurring") != ("recurrencyKind" in profile),
        "start_schedule_missing": kind != "Relative" and "startSchedule" not in schedule,
        "start_schedule_on_relative": kind == "Relative" and "startSchedule" in schedule,
        "no_period": not periods,
        "first_period_not_zero": starts[:1] != [0],
        "periods_not_ascending": any(a >= b for a, b in itertools.pairwise(starts)),
        "negative_limit": any(period["limit"] < 0 for period in periods),
        "phases_out_of_range": any(
            period.get("numberPhases", 3) not in {1, 2, 3} for period in periods
        ),
        "no_duration": schedule.get("duration", 1) <= 0,
    }
    for name, is_broken in broken.items():
        if is_broken:
            raise CannotExpressError(name)
