"""A world at one instant, for whoever shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseView:
    """One EVSE as it runs; import positive."""

    id: int
    car: str | None
    soc: float | None
    charging: bool
    """A transaction runs."""
    watts: float
    """At the plug."""
    grid_w: float
    amps: tuple[float, float, float]
    """On the site's L1, L2, L3."""
    limit: float | None
    """What the profiles held allow, in `unit`; None: nothing limits."""
    setpoint: float | None
    """In `unit`, discharge negative; None: none."""
    unit: str
    """``A`` per conductor, or ``W`` of DC output."""
    mode: str
    """The OCPP 2.1 operationMode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StationView:
    """One station."""

    id: str
    site: str
    protocol: str
    online: bool
    profile_writes: int
    faults: int
    """How often the CSMS broke a schema."""
    evses: tuple[EvseView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteView:
    """One site; W import positive, currents per phase and node."""

    id: str
    evs_w: float
    base_w: float
    connection_w: float
    node_amps: dict[str, tuple[float, float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A whole world."""

    at: float
    script_s: float
    sites: tuple[SiteView, ...]
    stations: tuple[StationView, ...]
