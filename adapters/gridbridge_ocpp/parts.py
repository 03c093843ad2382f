"""What one call tells a station, in no version's words: profile, discharge limit, removal."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from typing import NamedTuple, TypeAlias

from gridbridge_ocpp.periods import Step
from gridbridge_ocpp.rungs import RateUnit


class Purpose(StrEnum):
    """What a profile is for; each version has its own word."""

    STATION_MAX = "max"
    TX_DEFAULT = "default"
    TX = "tx"


class Found(NamedTuple):
    """The step that holds for some time, and for how long."""

    place: int
    since: float
    """When it began, or the profile ended; -inf: before the first step its value holds."""
    until: float
    """When the next one begins, or the profile ends."""


class Comparison(NamedTuple):
    """How a wanted profile stands to the held one."""

    held: Profile
    same: bool
    """Whether a station that holds the one does what the other asks for, from now on."""
    cuts: bool
    """Whether it allows less at some time; what cannot be compared counts as a cut."""
    since: float
    until: float
    """It is so in between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One charging profile, in no version's words."""

    id: int
    evse: int
    """0: the station."""
    purpose: Purpose
    stack: int
    unit: RateUnit
    phases: int | None
    """AC: how many conductors carry it; None for DC."""
    start: int
    """Seconds since the epoch; the first step holds from here."""
    steps: tuple[Step, ...]
    until: int | None
    """Its end; None: it stands for ever."""
    transaction: str | None = None
    _hash: int | None = field(default=None, init=False, repr=False, compare=False)
    _found: Found = field(default=Found(0, inf, inf), init=False, repr=False, compare=False)
    compared: Comparison | None = field(default=None, init=False, repr=False, compare=False)
    """How it stands to the profile it was compared with last."""

    def __hash__(self) -> int:
        """Worked out once: a profile is a key of what many stations share."""
        if self._hash is None:
            object.__setattr__(self, "_hash", hash((self.frame, self.start, self.steps)))
        return self._hash or 0

    def remember(self, found: Comparison | None) -> None:
        """Have it `compared`, or no longer: stations that share it mostly hold the same."""
        object.__setattr__(self, "compared", found)

    def value_at(self, instant: float) -> float:
        """What holds at an instant before its end."""
        return self.steps[self.step_at(instant).place].value

    @property
    def frame(self) -> tuple[object, ...]:
        """Everything but its steps and where they begin."""
        return (
            self.id,
            self.evse,
            self.purpose,
            self.stack,
            self.unit,
            self.phases,
            self.until,
            self.transaction,
        )

    def step_at(self, instant: float) -> Found:
        """The step that holds at an instant, or else the first."""
        # Stations share a profile and are told of it one after the other.
        found = self._found
        if not found.since <= instant < found.until:
            found = self._find(instant)
            object.__setattr__(self, "_found", found)
        return found

    def _find(self, instant: float) -> Found:
        after = bisect_right(self.steps, (instant, inf))
        place = max(after - 1, 0)
        if self.until is not None and instant >= self.until:
            return Found(place, self.until, inf)
        since = self.steps[after - 1].start if after else -inf
        until = self.steps[after].start if after < len(self.steps) else inf
        return Found(place, since, until if self.until is None else min(until, self.until))


@dataclass(frozen=True, slots=True, kw_only=True)
class DischargeLimit:
    """OCPP 2.1: the default DER control that bounds discharge."""

    percent: float
    """Of the most that the station can discharge."""
    id: int = 0
    control: str = "gridbridge-max-discharge"
    """Its id at the station; the same id replaces it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """Take a profile of ours away that nothing replaces."""

    id: int


Part: TypeAlias = Profile | DischargeLimit | Removal
"""What one call tells a station; its id says what it replaces."""
