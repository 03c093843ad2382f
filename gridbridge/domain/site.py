"""A site as the operator configured it: connection, breaker tree, stations, EVSEs, enrolments."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from math import sqrt

from gridbridge.domain.ids import EvseRef, ProgramName, SiteId, StationId
from gridbridge.domain.units import SETTLE_WHERE_UNKNOWN, Amperes, Seconds, Watts

WIRES = ("L1", "L2", "L3")
LEAST_PER_AMP = {1: 1.0, 2: sqrt(3), 3: 3.0}
"""Line-to-neutral voltages that an ampere on each of so many conductors is worth at the least: two
may carry one load between them, which sees the line-to-line voltage."""


class Mode(StrEnum):
    """Whether decisions are sent."""

    CONTROL = "control"
    OBSERVE = "observe"
    """Decide, explain, report; send nothing."""


class Objective(StrEnum):
    """What is shared for among the cars of a site; limits and minimums are the same."""

    FAIR = "fair"
    """Nobody gets more while somebody of the same weight has less."""
    THROUGHPUT = "throughput"
    """As much as possible is charged, first by those who cannot wait."""


class Kind(StrEnum):
    """What flows in the cable to the car."""

    AC = "ac"
    DC = "dc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """Which wires of its circuit an EVSE loads, in the EVSE's own order."""

    wires: tuple[int, ...]
    """Indices into `WIRES`: ``(0, 1, 2)`` for L1L2L3, ``(1, 2, 0)`` for a rotated L2L3L1."""
    known: bool = True
    """False: one conductor on a wire nobody wrote down, so it is counted on each of `wires`."""
    between: bool = False
    """One load from the first of two wires to the second (208 V): its currents add up as vectors
    with those of others. False: what flows on each wire comes back through the neutral."""

    def __post_init__(self) -> None:
        """A load lies between two wires or it does not."""
        if self.between and (len(self.wires) != len(("from", "to")) or not self.known):
            raise ValueError(f"a load lies between two known wires, not {self.wires}")

    @property
    def conductors(self) -> int:
        """How many phase conductors carry the current."""
        return len(self.wires) if self.known else 1

    @property
    def least_per_amp(self) -> float:
        """Line-to-neutral voltages that its current is worth at the least."""
        return LEAST_PER_AMP[self.conductors]

    @property
    def most_per_amp(self) -> float:
        """Line-to-neutral voltages that its current is worth at the most."""
        return LEAST_PER_AMP[2] if self.between else float(self.conductors)

    @property
    def most_per_summed_amp(self) -> float:
        """The same for an ampere of the sum of what its wires carry."""
        return self.most_per_amp / self.conductors

    def spread_per_amp(self, spread: int) -> float:
        """What an ampere is worth at the least while power was seen to spread over `spread` wires.

        A load between two wires cannot but use both.
        """
        return LEAST_PER_AMP[2] if self.between else LEAST_PER_AMP[spread]


@dataclass(frozen=True, slots=True, kw_only=True)
class V2x:
    """What an EVSE can give back."""

    max_discharge_w: Watts
    """A magnitude, at the EVSE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evse:
    """One EVSE: its electrical place and bounds."""

    ref: EvseRef
    kind: Kind
    wiring: Wiring
    max_amps: Amperes
    """Most current per wire on the grid side (for DC: its nameplate with losses)."""
    min_amps: Amperes
    """Least current a session can run on (AC: 6 A, IEC 61851-1); below it only 0 is possible."""
    step: Amperes = Amperes(0.1)
    """Limits are told in multiples of this."""
    max_w: Watts | None = None
    """DC: nameplate at the output."""
    efficiency: float = 1.0
    """DC: output power over input power."""
    standby_w: Watts = Watts(0.0)
    """DC: drawn from the grid whatever the car takes."""
    v2x: V2x | None = None
    vehicle_class: str = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """A station: where it hangs and how its model behaves."""

    id: StationId
    circuit: str
    evses: tuple[Evse, ...]
    feed_amps: Amperes | None = None
    """Most current per wire that all its EVSEs share; None: only their own bounds."""
    settle: Seconds = SETTLE_WHERE_UNKNOWN
    """How long its power may take to follow an accepted limit."""
    offline_amps: Amperes = Amperes(6.0)
    """The standing safe profile: what each EVSE may draw when no schedule is valid."""
    absent_w: Watts = Watts(0.0)
    """What is reserved for it while it was never seen."""
    forgets_on_reboot: bool = False
    forgets_on_reconnect: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """A node of the breaker tree; the root's parent is None."""

    name: str
    parent: str | None
    limit_amps: tuple[Amperes, Amperes, Amperes] | None
    """What may flow for hours on L1, L2, L3; None: not bounded here."""
    source: str = ""
    """The words of the limit: ``breaker 400 A x 0.8``."""
    delta_fed: bool = False
    """The limit is that of a transformer whose primary is a delta: each winding, between two of
    its wires, is limited as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Something nobody controls, reserved on a circuit."""

    name: str
    circuit: str
    reserve_amps: Amperes


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteMeter:
    """Which readings are the site's, and how they are trusted; absent, the EVs are the site."""

    station: StationId
    """The station whose EVSE 0 (1.6: connector 0, its main meter) measures the connection."""
    stale: Seconds
    """A reading older than this is stale."""
    reserve_w: Watts
    """What is kept free for loads while it is stale (``when_stale: {reserve_kw}``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleClass:
    """How EVSEs of a class share: weight, and a floor that yields to hard and binding only."""

    weight: float = 1.0
    floor_w: Watts = Watts(0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A site's part in a program."""

    program: ProgramName
    resource: str | None = None
    nominated_w: Watts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Everything the engine of one site needs to know that does not change by itself."""

    id: SiteId
    mode: Mode
    timezone: str
    voltage: float
    """Nominal, line to line."""
    import_w: Watts
    """Most import at the meter."""
    export_w: Watts
    """Most export at the meter, a magnitude."""
    circuits: tuple[Circuit, ...]
    """Parents before children; the first is the root."""
    stations: tuple[Station, ...]
    loads: tuple[Load, ...] = ()
    meter: SiteMeter | None = None
    classes: dict[str, VehicleClass] = field(default_factory=dict)
    enrolments: tuple[Enrolment, ...] = ()
    objective: Objective = Objective.FAIR

    @property
    def phase_voltage(self) -> float:
        """Nominal, line to neutral."""
        return float(self.voltage / 3**0.5)

    def station(self, station: StationId) -> Station | None:
        """The station of that identity; None if it is not this site's."""
        return next((each for each in self.stations if each.id == station), None)
