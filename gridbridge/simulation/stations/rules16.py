"""What an OCPP 1.6 station refuses in SetChargingProfile (core ed. 2 section 5.16, 7.8-7.14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gridbridge.simulation.stations.frames import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridbridge.simulation.spec import Behaviour

REJECTED = "Rejected"


def refusal(
    request: dict[str, Any],
    *,
    connectors: frozenset[int],
    transactions: Mapping[int, int | str],
    held: int,
    behaviour: Behaviour,
) -> Fault | str | None:
    """Why the profile is not taken: a CALLERROR, the status to answer, or None where it is.

    `transactions` are the running ones by connector, `held` counts the profiles held already.
    """
    connector: int = request["connectorId"]
    profile = request["csChargingProfiles"]
    schedule = profile["chargingSchedule"]
    periods = schedule["chargingSchedulePeriod"]
    impossible = {
        "connectorId": connector not in connectors | {0},
        "periods": len(periods) > behaviour.max_periods,
        "stackLevel": not 0 <= profile["stackLevel"] <= behaviour.max_stack_level,
        "limit": any(period["limit"] < 0 for period in periods),
    }
    if any(impossible.values()):
        named = ", ".join(name for name, holds in impossible.items() if holds)
        return Fault(code="PropertyConstraintViolation", description=named)
    if schedule["chargingRateUnit"] not in behaviour.rate_units:
        return REJECTED
    if held >= behaviour.max_profiles or _misplaced(connector, profile, transactions):
        return REJECTED
    starts = [period["startPeriod"] for period in periods]
    # Errata 3.45, 3.70: the first startPeriod is 0; 3.56: recurrencyKind only with Recurring.
    disordered = starts[0] != 0 or starts != sorted(set(starts))
    recurring = profile["chargingProfileKind"] == "Recurring"
    return REJECTED if disordered or recurring != ("recurrencyKind" in profile) else None


def _misplaced(
    connector: int, profile: dict[str, Any], transactions: Mapping[int, int | str]
) -> bool:
    """A maximum belongs to connector 0, a TxProfile to a running transaction that it names."""
    purpose = profile["chargingProfilePurpose"]
    if purpose == "ChargePointMaxProfile":
        return connector != 0
    if purpose == "TxProfile":
        running = transactions.get(connector)
        return connector == 0 or running is None or profile.get("transactionId") != running
    return False
