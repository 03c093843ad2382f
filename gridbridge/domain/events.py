"""A grid event as every OpenADR version is brought to it: times absolute, units ours, ids strings.

    event     |---- active period ----------------------|
    signal    |-- interval 0 --|-- interval 1 --|-- 2 --|     values in one unit

An adapter translates a wire event wholly into an `Event` or refuses it with a `Refusal`; nothing
after it sees XML, scale codes or durations.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from gridbridge.domain.ids import EventId
from gridbridge.domain.units import Instant, Seconds


class SignalKind(StrEnum):
    """What a signal asks for; the meaning of its values."""

    SIMPLE = "SIMPLE"
    """Level 0 normal, 1 moderate, 2 high, 3 special; what it means is the program's rule."""
    PRICE = "PRICE"
    """Price of imported energy, currency per kWh; may be negative."""
    LOAD_DISPATCH = "LOAD_DISPATCH"
    """Wanted net power in W, import positive, export negative."""
    LOAD_CONTROL_CAPACITY = "LOAD_CONTROL_CAPACITY"
    """Share of the maximum consumption, 0 to 1 (2.0b x-loadControlCapacity)."""
    IMPORT_CAPACITY_LIMIT = "IMPORT_CAPACITY_LIMIT"
    """Most import power in W."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """One value over ``[start, end)``."""

    start: Instant
    end: Instant
    """FOREVER where the event is open-ended."""
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A sequence of values of one kind."""

    kind: SignalKind
    intervals: tuple[Interval, ...]
    currency: str | None = None
    """ISO 4217, prices only."""


class EventStatus(StrEnum):
    """Whether an event stands. Far, near and active follow from the clock and are not kept."""

    STANDING = "standing"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What a VTN asks, for when, of whom."""

    id: EventId
    version: int
    """Rises with each modification (2.0b: modificationNumber)."""
    status: EventStatus
    market: str
    """What a program's `match` names: 2.0b marketContext, 3.x program name."""
    created: Instant
    start: Instant
    end: Instant
    """FOREVER where open-ended (2.0b duration 0)."""
    strength: int = 0
    """Normalised priority: in one program the larger wins; of equals, the stricter limit."""
    start_after: Seconds = Seconds(0.0)
    """Start and end are to be moved later by a random part of this (2.0b startafter)."""
    ramp_up: Seconds = Seconds(0.0)
    test: bool = False
    """A test event is answered and traced and never reaches a station."""
    response_required: bool = True
    targets: tuple[str, ...] = ()
    """``kind:value`` words (``ven:V1``, ``resource:depot-7``, ``group:north``); empty = all."""
    signals: tuple[Signal, ...] = ()


class RefusalReason(StrEnum):
    """Why an event is refused, in words every protocol version can spell."""

    OUT_OF_SEQUENCE = "out_of_sequence"
    INVALID_DATA = "invalid_data"
    UNKNOWN_SIGNAL = "unknown_signal"
    TARGET_MISMATCH = "target_mismatch"
    UNKNOWN_MARKET = "unknown_market"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An event that could not be read or may not be applied, named so that the VTN can be told."""

    event: EventId
    version: int
    reason: RefusalReason
    detail: str
    response_required: bool = True


class Opt(StrEnum):
    """Our answer to an event."""

    IN = "opt_in"
    OUT = "opt_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a VTN is told about one version of one event, or about its cancellation.

    The same version gets the same answer; so does the same cancellation.
    """

    event: EventId
    version: int
    opt: Opt
    why: str
    refused: RefusalReason | None = None
    cancels: bool = False
    """To a cancellation, which may come with the version of what it cancels."""

    def is_to(self, event: Event) -> bool:
        """Whether this was said to that very version, standing or cancelled as it is there."""
        cancelled = event.status is EventStatus.CANCELLED
        return (self.event, self.version, self.cancels) == (event.id, event.version, cancelled)


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """Everything a VTN said in one message: the events it holds for us now.

    An event that stood before and is missing here is thereby cancelled
    (OpenADR 2.0b, conformance rule on implied cancellation).
    """

    request: str
    """The request id to echo in the answer."""
    events: tuple[Event, ...] = ()
    refusals: tuple[Refusal, ...] = field(default=())
    asked: bool = False
    """We asked for the list; False: the VTN sent it, so it wants each answer (again)."""
