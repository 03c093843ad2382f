"""What the profiles that a station holds allow at a moment, from OCPP's text alone.

Written beside the gateway and its simulation, so that it can contradict both. The profiles are
dicts in the `ocpp` package's spelling of any version.

OCPP 1.6, 3.13: within a purpose the valid profile of the highest stack level leads; a TxProfile
overrules a TxDefaultProfile while its transaction runs; the station's own maximum and what is left
of the two combine by minimum (2.0.1: K01.FR.38 and section K.3.5 say the same).
"""

from __future__ import annotations

from datetime import datetime
from math import inf
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

PHASE_VOLTS = 230.0
PHASES = 3
_WHOLE_STATION = ("ChargePointMaxProfile", "ChargingStationMaxProfile")


def key_of(profile: dict[str, Any]) -> tuple[int, str, int]:
    """What a profile replaces: the one of its EVSE, purpose and stack level."""
    return (profile["evse"], profile["charging_profile_purpose"], profile["stack_level"])


def schedule_of(profile: dict[str, Any]) -> dict[str, Any]:
    """Its schedule: 1.6 has one, 2.x a list."""
    found: Any = profile["charging_schedule"]
    return dict(found[0] if isinstance(found, list) else found)


def transaction_of(profile: dict[str, Any]) -> str | None:
    """The transaction a TxProfile is for."""
    found = profile.get("transaction_id")
    return None if found is None else str(found)


def limit_at(profile: dict[str, Any], at: float) -> float | None:
    """Amperes per phase that one profile allows; None where it does not hold."""
    schedule = schedule_of(profile)
    if at < _seconds(profile.get("valid_from"), -inf) or at >= _seconds(
        profile.get("valid_to"), inf
    ):
        return None
    into = at - _seconds(schedule.get("start_schedule"), -inf)
    if into < 0 or into >= schedule.get("duration", inf):
        return None
    begun = [
        period for period in schedule["charging_schedule_period"] if period["start_period"] <= into
    ]
    if not begun:
        return None
    period = begun[-1]
    limit = float(period["limit"])
    if schedule["charging_rate_unit"] == "W":
        return limit / (PHASE_VOLTS * (period.get("number_phases") or PHASES))
    return limit


def allowed(
    profiles: Iterable[dict[str, Any]], *, evse: int, transaction: str | None, at: float
) -> float:
    """Amperes per phase that an EVSE may draw; infinite where no profile says anything."""
    held = list(profiles)
    station = _leading([p for p in held if p["charging_profile_purpose"] in _WHOLE_STATION], at)
    defaults = [p for p in held if p["charging_profile_purpose"] == "TxDefaultProfile"]
    own = _leading([p for p in defaults if p["evse"] == evse], at)
    if own is None:
        own = _leading([p for p in defaults if p["evse"] == 0], at)
    running = [
        p
        for p in held
        if p["charging_profile_purpose"] == "TxProfile"
        if p["evse"] == evse and transaction is not None and transaction_of(p) == transaction
    ]
    of_transaction = _leading(running, at)
    if of_transaction is not None:
        own = of_transaction
    return min(inf if station is None else station, inf if own is None else own)


def same_from(one: dict[str, Any], other: dict[str, Any], at: float) -> bool:
    """Whether two profiles of the same place allow the same at every moment from `at` on."""
    edges = {at}
    for profile in (one, other):
        start = _seconds(schedule_of(profile).get("start_schedule"), -inf)
        periods = schedule_of(profile)["charging_schedule_period"]
        edges |= {start + period["start_period"] for period in periods}
        edges |= {
            start + schedule_of(profile).get("duration", inf),
            _seconds(profile.get("valid_to"), inf),
        }
    later = sorted(edge for edge in edges if at <= edge < inf)
    return (
        key_of(one) == key_of(other)
        and transaction_of(one) == transaction_of(other)
        and all(limit_at(one, edge) == limit_at(other, edge) for edge in later)
    )


def _leading(profiles: list[dict[str, Any]], at: float) -> float | None:
    for profile in sorted(profiles, key=lambda each: -int(each["stack_level"])):
        limit = limit_at(profile, at)
        if limit is not None:
            return limit
    return None


def _seconds(text: str | None, otherwise: float) -> float:
    return otherwise if text is None else datetime.fromisoformat(text).timestamp()
