"""What one call tells a station, in no version's words: profile, discharge limit, removal."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from gridbridge_ocpp.periods import Step
from gridbridge_ocpp.rungs import RateUnit

if TYPE_CHECKING:
    from gridbridge.domain.units import Instant


class Purpose(StrEnum):
    """What a profile is for; each version has its own word."""

    STATION_MAX = "max"
    TX_DEFAULT = "default"
    TX = "tx"


class _Found(NamedTuple):
    """The step that holds for some time, and for how long."""

    place: int
    since: float
    until: float


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
    _found: _Found = field(default=_Found(0, inf, inf), init=False, repr=False, compare=False)

    def __hash__(self) -> int:
        """Worked out once: a profile is a key of what many stations share."""
        if self._hash is None:
            object.__setattr__(self, "_hash", hash((self.frame, self.start, self.steps)))
        return self._hash or 0

    def same_from(self, instant: Instant, other: Part) -> bool:
        """Whether a station that holds the other does the same from `instant` on."""
        if not isinstance(other, Profile):
            return False
        mine, theirs = self.index_at(instant), other.index_at(instant)
        # What holds now is seen soonest to differ.
        return (
            self.steps[mine][1:] == other.steps[theirs][1:]
            and self.frame == other.frame
            and self.steps[mine + 1 :] == other.steps[theirs + 1 :]
        )

    def value_at(self, instant: float) -> float:
        """What holds at an instant before its end."""
        return self.steps[self.index_at(instant)].value

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

    def last_step(self, instant: float) -> float:
        """When what holds at an instant began; -inf before the first step."""
        return self._find(instant).since

    def next_step(self, instant: float) -> float:
        """When the next step begins; inf after the last."""
        return self._find(instant).until

    def index_at(self, instant: float) -> int:
        """The step that holds at an instant, or else the first."""
        return self._find(instant).place

    def _find(self, instant: float) -> _Found:
        # Stations share a profile and are told of it one after the other.
        found = self._found
        if not found.since <= instant < found.until:
            after = bisect_right(self.steps, (instant, inf))
            since = self.steps[after - 1].start if after else -inf
            until = self.steps[after].start if after < len(self.steps) else inf
            found = _Found(max(after - 1, 0), since, until)
            object.__setattr__(self, "_found", found)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class DischargeLimit:
    """OCPP 2.1: the default DER control that bounds discharge."""

    percent: float
    """Of the most that the station can discharge."""
    id: int = 0
    control: str = "gridbridge-max-discharge"
    """Its id at the station; the same id replaces it."""

    def same_from(self, _instant: Instant, other: Part) -> bool:
        """Whether the other bounds the same."""
        return self == other


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """Take a profile of ours away that nothing replaces."""

    id: int

    def same_from(self, _instant: Instant, other: Part) -> bool:
        """Whether the other removes the same."""
        return self == other


Part: TypeAlias = Profile | DischargeLimit | Removal
"""What one call tells a station; its id says what it replaces."""
