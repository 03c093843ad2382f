"""Which period of one charging profile rules at an instant, by the words of OCPP.

A profile is the JSON object of the wire: 1.6 `csChargingProfiles`, 2.x `chargingProfile`.

    validFrom                                   validTo
       |---- start ---- p0 ---- p1 ---- duration --|
    nothing   nothing    p0      p1     nothing    nothing
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import floor
from typing import Any

Profile = Mapping[str, Any]

_RECURRENCE_S = {"Daily": 86400.0, "Weekly": 604800.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A profile that a station holds."""

    evse: int
    """1.6: connector; 0 is the station."""
    profile: Profile
    received: float
    updated: float
    """When its schedule was last written or updated (2.1 dynUpdateTime)."""
    expired: bool = False
    """2.1: it was offline for too long and stays invalid (invalidAfterOfflineDuration)."""

    @property
    def purpose(self) -> str:
        """The wire's chargingProfilePurpose."""
        return str(self.profile["chargingProfilePurpose"])

    @property
    def stack_level(self) -> int:
        """The wire's stackLevel."""
        return int(self.profile["stackLevel"])

    @property
    def id(self) -> int:
        """The wire's id of the profile."""
        return int(self.profile.get("chargingProfileId", self.profile.get("id", 0)))

    @property
    def schedule(self) -> Profile:
        """The first (1.6: only) schedule."""
        schedule = self.profile["chargingSchedule"]
        first: Profile = schedule[0] if isinstance(schedule, list) else schedule
        return first

    def with_update(self, update: Profile, now: float) -> Held:
        """2.1 UpdateDynamicSchedule: given fields overwrite, others stay; effective at once."""
        period = {**self.schedule["chargingSchedulePeriod"][0], **update}
        schedule = {**self.schedule, "chargingSchedulePeriod": [period]}
        return replace(self, profile={**self.profile, "chargingSchedule": [schedule]}, updated=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What the validity of a profile hangs on."""

    now: float
    transaction: int | str | None = None
    transaction_start: float | None = None
    offline_s: float = 0.0
    """For how long the station has missed its CSMS; 0: it is online."""


def instant(text: str) -> float:
    """Unix seconds of an RFC 3339 time."""
    return datetime.fromisoformat(text).timestamp()


def is_valid(held: Held, c: Conditions) -> bool:
    """Whether the profile counts at all now, whatever its schedule says.

    OCPP 2.0.1 K01: valid while validFrom <= now < validTo. A TxProfile belongs to its
    transaction. 2.1 K01.FR.101-103: invalid once offline for longer than maxOfflineDuration.
    2.1 K28.FR.13-15: a Dynamic profile is invalid once its last update is older than `duration`.
    """
    profile = held.profile
    if "validFrom" in profile and c.now < instant(profile["validFrom"]):
        return False
    if "validTo" in profile and c.now >= instant(profile["validTo"]):
        return False
    if held.purpose == "TxProfile" and (
        c.transaction is None or profile.get("transactionId", c.transaction) != c.transaction
    ):
        return False
    if held.expired or (c.offline_s and c.offline_s >= profile.get("maxOfflineDuration", 1e18)):
        return False
    if profile["chargingProfileKind"] == "Dynamic" and "duration" in held.schedule:
        return bool(c.now <= held.updated + held.schedule["duration"])
    return True


def period_at(held: Held, c: Conditions) -> Profile | None:
    """The period that rules now; None where the profile is invalid or its schedule not running."""
    if not is_valid(held, c):
        return None
    schedule = held.schedule
    periods: list[Profile] = list(schedule["chargingSchedulePeriod"])
    if held.profile["chargingProfileKind"] == "Dynamic":
        return periods[0]
    start = _start(held, c)
    if start is None:
        return None
    elapsed = c.now - start
    if elapsed < 0 or ("duration" in schedule and elapsed >= schedule["duration"]):
        return None
    running = [period for period in periods if period["startPeriod"] <= elapsed]
    return running[-1] if running else None


def _start(held: Held, c: Conditions) -> float | None:
    """When the schedule's first period began, or None where it cannot have."""
    kind = held.profile["chargingProfileKind"]
    given = held.schedule.get("startSchedule")
    if kind == "Recurring":
        # OCPP 1.6 errata 3.79: it repeats every 24 h or 7 d, counted from startSchedule.
        first = instant(given) if given else held.received
        every = _RECURRENCE_S[held.profile["recurrencyKind"]]
        if c.now < first:
            return None
        return first + floor((c.now - first) / every) * every
    if kind == "Absolute":
        # Stations in the field take an Absolute schedule without a start as starting at arrival.
        return instant(given) if given else held.received
    if held.purpose in {"ChargePointMaxProfile", "ChargingStationMaxProfile"}:
        return held.received
    # Relative: from the start of the transaction; without one, as if it started now (K08).
    return c.now if c.transaction_start is None else c.transaction_start


def boundaries(held: Held, c: Conditions, until: float) -> set[float]:
    """Instants in (now, until) at which this profile may start to say something else."""
    marks = {instant(held.profile[key]) for key in ("validFrom", "validTo") if key in held.profile}
    start = _start(held, c)
    schedule = held.schedule
    offsets = [period["startPeriod"] for period in schedule["chargingSchedulePeriod"]]
    offsets += [schedule["duration"]] if "duration" in schedule else []
    if start is None:
        start = instant(schedule["startSchedule"])
    marks.update(start + offset for offset in offsets)
    every = _RECURRENCE_S.get(str(held.profile.get("recurrencyKind")))
    while every is not None and start <= until:
        start += every
        marks.update(start + offset for offset in offsets)
    if held.profile["chargingProfileKind"] == "Dynamic" and "duration" in schedule:
        marks.add(held.updated + schedule["duration"] + 1e-3)
    return {mark for mark in marks if c.now < mark < until}
