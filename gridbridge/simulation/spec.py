"""What a world is made of, as data: sites, breakers, stations, cars, misfortunes, grid limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from math import inf, sin, tau

PhaseLimits = tuple[float, float, float]


class Protocol(StrEnum):
    """What a station speaks, as its WebSocket subprotocol says it."""

    V16 = "ocpp1.6"
    V201 = "ocpp2.0.1"
    V21 = "ocpp2.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Car:
    """A car and its battery."""

    name: str
    battery_kwh: float
    soc: float
    """State of charge when it arrives, 0 to 1."""
    max_amps: float = 32.0
    """Per phase, of its on-board charger."""
    phases: int = 3
    max_dc_w: float = 0.0
    """0: it cannot charge with DC."""
    max_discharge_w: float = 0.0
    efficiency: float = 0.92
    """Of what passes the plug, the share that reaches the battery (and the way back)."""
    taper_from: float = 0.8
    """Up to this state of charge it takes full power, from there less and less."""

    @property
    def id_tag(self) -> str:
        """What its driver holds in front of the reader."""
        return f"TAG-{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A car at an EVSE, in seconds of the script."""

    station: str
    evse: int
    car: Car
    arrive_s: float = 0.0
    """At or before 0: it already stands there when the station boots."""
    leave_s: float = inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Dc:
    """The power electronics of a DC EVSE."""

    max_w: float
    """At the output."""
    min_w: float = 0.0
    """It cannot run below this; less is a pause."""
    efficiency: float = 1.0
    """Output over input; of a discharge input over output."""
    standby_w: float = 0.0
    """Drawn from the grid at any time."""
    max_discharge_w: float = 0.0
    """At the output, a magnitude."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evse:
    """One EVSE (1.6: connector) and its place on the wires."""

    id: int = 1
    wires: tuple[int, ...] = (0, 1, 2)
    """Which of the site's L1, L2, L3 its conductors are, in its own order."""
    max_amps: float = 32.0
    """Per conductor, at the plug."""
    dc: Dc | None = None


class OutageKind(StrEnum):
    """How a station goes missing."""

    HALF_OPEN = "half_open"
    """It neither reads nor writes, and the socket stays."""
    OFFLINE = "offline"
    """It closes the socket and comes back later."""
    REBOOT = "reboot"
    """As offline, and it starts anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A station that cannot be reached for a while, in seconds of the script."""

    at_s: float
    for_s: float
    kind: OutageKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How a station's model behaves where the standard leaves room, or is not kept."""

    settle_s: float = 1.0
    """Power follows an answer within this; each change takes a share of it drawn from the seed."""
    meter_every_s: float = 1.0
    """Seconds between meter values."""
    heartbeat_s: float = 30.0
    rate_units: tuple[str, ...] = ("A", "W")
    """The units of limits that it takes."""
    max_periods: int = 24
    max_stack_level: int = 10
    max_profiles: int = 20
    forgets_on_reconnect: bool = False
    """Every profile is gone when the station comes back."""
    forgets_on_reboot: bool = False
    lies: bool = False
    """It accepts profiles and does not obey them."""
    outages: tuple[Outage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """One station."""

    id: str
    protocol: Protocol
    node: str
    """The breaker it hangs on."""
    evses: tuple[Evse, ...] = (Evse(),)
    feed_amps: float | None = None
    """What all its EVSEs share, per wire."""
    main_meter: bool = False
    """Its connector (EVSE) 0 measures the whole site."""
    password: str | None = field(default=None, repr=False)
    """For HTTP Basic authentication; None: it shows no credentials."""
    vendor: str = "Simulated"
    model: str = "S-1"
    behaviour: Behaviour = Behaviour()


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A breaker, and what may flow through it."""

    name: str
    parent: str | None = None
    limit_amps: PhaseLimits | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseLoad:
    """What a building draws beside the cars, balanced over the phases at the root."""

    mean_w: float
    swing_w: float = 0.0
    period_s: float = 40.0

    def at(self, seconds: float) -> float:
        """The load in W, that long into the script."""
        return self.mean_w + self.swing_w * sin(tau * seconds / self.period_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One grid connection."""

    id: str
    stations: tuple[Station, ...]
    nodes: tuple[Node, ...]
    """Parents before children; the first is the root."""
    import_w: float
    export_w: float = 0.0
    """A magnitude."""
    voltage: float = 400.0
    """Line to line."""
    base: BaseLoad | None = None

    @property
    def phase_voltage(self) -> float:
        """Nominal, line to neutral."""
        return float(self.voltage / 3**0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldSpec:
    """Everything of a world but the VTN."""

    sites: tuple[Site, ...]
    visits: tuple[Visit, ...] = ()
    battery_speed: float = 1.0
    """Batteries fill this much faster; power, energy at the meter and time stay as they are."""
    seed: int = 1


class LimitKind(StrEnum):
    """Whether a grid limit must not be exceeded or is to be met."""

    LIMIT = "limit"
    TARGET = "target"


@dataclass(frozen=True, slots=True, kw_only=True)
class GridLimit:
    """What a VTN asked of a site, as the author of the script reads it."""

    event: str
    site: str
    start: float
    end: float
    """Unix seconds, ``[start, end)``."""
    arrival: float
    """When the VTN's answer carried it."""
    watts: float
    """Import positive."""
    applies_to: str = "evs"
    """``evs``, ``connection`` or ``circuit:NAME``."""
    kind: LimitKind = LimitKind.LIMIT
