"""Facts: what happened, in the past tense, with time and writer; the only input of an engine.

A fact about a station names the socket's epoch it came over: of two sockets the newer one counts,
and what an older one still says is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from gridbridge.domain.commands import Outcome
from gridbridge.domain.decisions import Decided, VenDecided
from gridbridge.domain.events import Answer, Distribution, Event
from gridbridge.domain.ids import EventId, ProgramName, SessionId, SiteId, StationId, VenName
from gridbridge.domain.needs import Need
from gridbridge.domain.slots import Slot
from gridbridge.domain.units import Amperes, Instant, Seconds, WattHours, Watts

# --- a station ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StationConnected:
    """A station's socket was authenticated and accepted."""

    site: SiteId
    station: StationId
    epoch: int
    protocol: str
    """The subprotocol: ``ocpp1.6``, ``ocpp2.0.1``, ``ocpp2.1``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StationDisconnected:
    """The socket of that epoch is gone."""

    site: SiteId
    station: StationId
    epoch: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StationBooted:
    """The station said that it started, so a model that forgets on reboot holds nothing."""

    site: SiteId
    station: StationId
    epoch: int
    vendor: str
    model: str
    firmware: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseStatusChanged:
    """An EVSE was plugged in, unplugged, or went out of order."""

    site: SiteId
    station: StationId
    epoch: int
    evse: int
    occupied: bool
    """Whether a cable is plugged in (a car may start to draw)."""
    status: str
    """The station's own word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted:
    """A transaction began."""

    site: SiteId
    station: StationId
    epoch: int
    evse: int
    session: SessionId
    token: str | None = None
    """Keyed hash of the id token; never the token itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded:
    """A transaction ended."""

    site: SiteId
    station: StationId
    epoch: int
    evse: int
    session: SessionId
    energy: WattHours | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedStated:
    """Somebody said what the car of a session wants; it counts as long as the session lasts."""

    site: SiteId
    station: StationId
    evse: int
    session: SessionId
    need: Need


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an EVSE (or, as EVSE 0, the station's main meter) measured at `taken`."""

    station: StationId
    epoch: int
    evse: int
    taken: Instant
    """The station's time stamp, trusted no further than the clock skew allows."""
    power: Watts | None = None
    """Import positive, export negative."""
    amps: tuple[Amperes | None, Amperes | None, Amperes | None] | None = None
    """Per conductor of the EVSE, in the EVSE's own order of phases."""
    volts: tuple[float | None, float | None, float | None] | None = None
    """Line to neutral."""
    energy: WattHours | None = None
    """The import register."""
    exported: WattHours | None = None
    """The export register."""
    soc: float | None = None
    """Percent, as the car claims."""

    def after(self, before: Reading | None) -> Reading:
        """Complete this reading with what only the one before said."""
        if before is None:
            return self
        return replace(
            self,
            power=before.power if self.power is None else self.power,
            amps=before.amps if self.amps is None else self.amps,
            volts=before.volts if self.volts is None else self.volts,
            energy=before.energy if self.energy is None else self.energy,
            exported=before.exported if self.exported is None else self.exported,
            soc=before.soc if self.soc is None else self.soc,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Metered:
    """What meters of one site said within a second: one fact, so that meters cost few writes."""

    site: SiteId
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileAnswered:
    """What became of telling a station one slot of one version of what it should hold."""

    site: SiteId
    station: StationId
    epoch: int
    evse: int
    slot: Slot
    version: int
    outcome: Outcome
    sent: Instant
    """When the frame left; the answer's arrival is the fact's own time."""
    detail: str = ""


# --- the grid ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Distributed:
    """A VTN told which events it holds for one VEN (in the VEN's own log)."""

    ven: VenName
    distribution: Distribution


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDelivered:
    """The VTN confirmed that it has our answers."""

    ven: VenName
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VenStarted:
    """The VEN was run for the first time: from now on its VTN counts as silent until it speaks."""

    ven: VenName


@dataclass(frozen=True, slots=True, kw_only=True)
class VtnHeard:
    """The VTN answered when it was asked for events.

    Recorded at most once a minute, and at once after a silence.
    """

    ven: VenName


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """The VTN accepted our registration."""

    ven: VenName
    ven_id: str
    registration: str
    vtn_id: str
    poll: Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationLost:
    """The VTN cancelled our registration or no longer knows it."""

    ven: VenName
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRequested:
    """The VTN asked for a report (again: idempotent by its request id)."""

    ven: VenName
    request: str
    specifier: str
    resources: tuple[str, ...]
    """The rIDs it wants."""
    granularity: Seconds
    every: Seconds
    """Report-back duration; 0: once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportCancelled:
    """The VTN wants no more of a report."""

    ven: VenName
    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDelivered:
    """The VTN confirmed a report update."""

    ven: VenName
    update: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceSampled:
    """What the EVSEs of one enrolled site drew, read for reporting."""

    ven: VenName
    site: SiteId
    taken: Instant
    power: Watts
    energy: WattHours
    """Running total, import minus export."""
    complete: bool
    """False where some station's reading was missing or stale."""


# --- a site ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class EventAssigned:
    """An event concerns this site from now on; a larger version replaces the one before."""

    site: SiteId
    ven: VenName
    program: ProgramName
    event: Event
    answer: Answer
    arrived: Instant
    """When this version came from the VTN; limits count as late from here, not from the start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLifted:
    """An event no longer asks anything of this site: cancelled, vanished, opted out."""

    site: SiteId
    ven: VenName
    program: ProgramName
    event: EventId
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VtnLost:
    """The VTN of a program was silent for longer than the program allows."""

    site: SiteId
    ven: VenName
    program: ProgramName
    since: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class VtnBack:
    """The VTN of a program answers again."""

    site: SiteId
    ven: VenName
    program: ProgramName


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigAdopted:
    """The site runs under another configuration from here on."""

    site: SiteId
    config: str
    """Content hash."""


SiteFact = (
    StationConnected
    | StationDisconnected
    | StationBooted
    | EvseStatusChanged
    | SessionStarted
    | SessionEnded
    | NeedStated
    | Metered
    | ProfileAnswered
    | EventAssigned
    | EventLifted
    | VtnLost
    | VtnBack
    | ConfigAdopted
    | Decided
)
"""What lies in a partition's log; `Decided` among them."""

VenFact = (
    Distributed
    | AnswerDelivered
    | VenStarted
    | VtnHeard
    | Registered
    | RegistrationLost
    | ReportRequested
    | ReportCancelled
    | ReportDelivered
    | ResourceSampled
    | VenDecided
)
"""What lies in a VEN's log; `VenDecided` among them."""

Fact = SiteFact | VenFact


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A fact as it lies in a log."""

    at: Instant
    writer: str
    """The instance that wrote it."""
    seq: int
    """Rises by one with each fact of a writer: the same (writer, seq) is folded once."""
    fact: Fact
