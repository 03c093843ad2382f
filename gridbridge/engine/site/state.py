"""What the engine of one site remembers: all of it follows from the facts and is snapshotted."""

from __future__ import annotations

from dataclasses import dataclass, field

from gridbridge.domain.commands import EvseDesired, Outcome
from gridbridge.domain.facts import EventAssigned, Reading
from gridbridge.domain.ids import SessionId
from gridbridge.domain.needs import Need
from gridbridge.domain.schedules import Schedule
from gridbridge.domain.units import Amperes, Instant, Seconds, WattHours, Watts


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A schedule that was decided and not accepted yet: it may hold already."""

    version: int
    schedule: Schedule
    asked: Instant | None = Instant(0.0)
    """Since when an answer is owed (where nobody knows, for long); None: it was refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fading:
    """What was replaced by an accepted answer, until power is known to have followed."""

    accepted: Instant
    until: Instant
    schedule: Schedule | None
    """None: only the standing profile held."""
    unsecured: bool = False
    """The hardware maximum: before this, nothing was known to hold."""


@dataclass(slots=True, kw_only=True)
class EvseState:
    """One EVSE: its car, what it may hold, what it metered."""

    occupied: bool = False
    occupied_since: Instant | None = None
    served: bool = False
    """It was told more than nothing since its car came."""
    session: SessionId | None = None
    need: Need | None = None
    """What was said last of what its car wants; None: nobody said."""
    register: WattHours | None = None
    """What its meter had counted then."""
    secured: bool = False
    """Its standing profile was accepted."""
    accepted: Schedule | None = None
    accepted_version: int = 0
    told: tuple[Told, ...] = ()
    """Oldest first."""
    fading: tuple[Fading, ...] = ()
    desired: EvseDesired | None = None
    """The newest that was decided for it."""
    desired_version: int = 0
    written: Instant = Instant(0.0)
    """When that was decided: a station's flash is written to then."""
    refused: bool = False
    """It refused the newest schedule, so what it holds cannot be lowered for now."""
    outcome: Outcome | None = None
    """Of the newest answer, for people."""
    reading: Reading | None = None
    read_at: Instant | None = None
    power_at: Instant | None = None
    """When it last metered a power."""
    amps_at: Instant | None = None
    """When it last metered currents."""
    volts_at: Instant | None = None
    """When it last metered a voltage."""
    spread: int = 1
    """Over how many conductors its power was seen to spread."""
    overdraw: Amperes | None = None
    """What it was metered at above what it accepted."""

    @property
    def has_car(self) -> bool:
        """Whether a car is there, by its cable or its session."""
        return self.occupied or self.session is not None


@dataclass(slots=True, kw_only=True)
class StationState:
    """One station: its socket and its EVSEs."""

    seen: bool = False
    connected: bool = False
    epoch: int = 0
    protocol: str = ""
    changed: Instant | None = None
    """When it last connected or went silent."""
    lag: Seconds = Seconds(0.0)
    """How far its clock is behind, as far as its readings tell."""
    late_since: Instant | None = None
    """Since when its readings come later after their time stamps than that."""
    evses: dict[int, EvseState] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """An event as it was assigned, and when it was taken back."""

    assigned: EventAssigned
    lifted: Instant | None = None


@dataclass(slots=True, kw_only=True)
class BaseLoad:
    """What the site draws beside its EVSEs, as far as its meter tells."""

    read_at: Instant | None = None
    power: Watts | None = None
    """At the meter."""
    recent: tuple[float, ...] = ()
    """The last samples of meter minus EVSEs, W."""
    least: tuple[float, ...] = ()
    """The same with EVSEs of which nothing is read at the most they can draw."""
    reserved: float = 0.0
    """What is kept free for it, W: follows a rise at once and a fall after a while."""
    lower_since: Instant | None = None
    """Since when the samples lie below what is reserved."""


@dataclass(slots=True, kw_only=True)
class SiteState:
    """Everything that must survive a restart of the site's owner."""

    config: str = ""
    stations: dict[str, StationState] = field(default_factory=dict)
    events: tuple[Enrolled, ...] = ()
    lost: dict[str, Instant] = field(default_factory=dict)
    """Program: since when its VTN is silent."""
    base: BaseLoad = field(default_factory=BaseLoad)
    volts: float = 0.0
    """The highest line-to-neutral voltage metered lately; 0: none was."""
    version: int = 0
    """The newest version of what any station should hold."""
    raised: Instant = Instant(0.0)
    """When a raise was last decided."""
