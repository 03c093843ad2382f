"""What a station said, in neutral words: the same for every version of OCPP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from gridbridge.domain.units import Instant, Seconds, WattHours
from gridbridge_ocpp.schemas import Payload

_MOST_WH = 1e12


@dataclass(frozen=True, slots=True, kw_only=True)
class Booted:
    """The station started."""

    vendor: str
    model: str
    firmware: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusSaid:
    """The state of one connector."""

    evse: int
    connector: int
    occupied: bool | None
    """Whether a cable is plugged in; None: the word does not say."""
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A transaction began."""

    evse: int | None
    transaction: str
    token: str | None
    """The id token itself: for the keyed hash only."""
    register: WattHours | None = None
    """The import register at its start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ongoing:
    """A transaction that is still running."""

    evse: int | None
    transaction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A transaction ended."""

    evse: int | None
    transaction: str
    reason: str | None
    register: WattHours | None = None
    """The import register at its end."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One sampled value in the wire's own words, the standard's defaults filled in."""

    measurand: str
    value: str | float
    unit: str | None
    exponent: int
    """The value counts in powers of ten of its unit."""
    phase: str | None
    location: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """What was measured at one time."""

    evse: int | None
    """0: the main meter; None: the EVSE of the transaction."""
    transaction: str | None
    timestamp: str
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    """Something that was read but means nothing here, by a stable name."""

    reason: str


Word: TypeAlias = Booted | StatusSaid | Started | Ongoing | Ended | Sampled | Odd


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a call of a station means, and what to answer once that is stored."""

    reply: Payload
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a translator needs to answer."""

    now: Instant
    heartbeat: Seconds
    """How often the station shall say that it lives."""
    accepts: Callable[[str], bool]
    """Whether a token may charge."""
    knows: Callable[[int], bool]
    """Whether the station has an EVSE of that number."""


def register(value: float) -> WattHours | None:
    """A meter's register in Wh; None where no meter can have run that far."""
    return WattHours(value) if abs(value) <= _MOST_WH else None


def whole(value: float) -> int:
    """An integer of the wire, which some stations write as 7.0."""
    return int(value)
