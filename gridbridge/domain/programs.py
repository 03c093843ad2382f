"""A program: which events it takes, what their signals mean here, and how they are answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from gridbridge.domain.events import Opt
from gridbridge.domain.ids import ProgramName, VenName
from gridbridge.domain.limits import Authority
from gridbridge.domain.units import Seconds, Watts


class Basis(StrEnum):
    """What a level's number is measured against."""

    KW = "kw"
    """At most this much, W."""
    FIRM_KW = "firm_kw"
    """Down to this firm level, W."""
    SHED_KW = "shed_kw"
    """This much less than nominated, W."""
    SHED_NOMINATED = "shed_nominated"
    """Shed what the site nominated."""
    PCT_OF_IMPORT = "pct_of_import"
    PCT_OF_NAMEPLATE = "pct_of_nameplate"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRule:
    """What one SIMPLE level means."""

    basis: Basis
    value: float = 0.0
    """W for the kW bases, percent for the percent ones."""
    keep_floor: bool | None = None
    """Whether floors stand against it; None: they do unless the program is binding or hard."""

    def __str__(self) -> str:
        if self.basis in {Basis.PAUSE, Basis.SHED_NOMINATED}:
            return self.basis.value.replace("_", " ")
        number = self.value if self.basis.value.startswith("pct") else self.value / 1000
        return f"{self.basis.value} {number:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceThreshold:
    """From this price on, at most this share of the site's import."""

    above_per_kwh: float
    pct_of_import: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRule:
    """How prices act. Without thresholds they are recorded and shown and throttle nobody."""

    thresholds: tuple[PriceThreshold, ...] = ()
    add_per_kwh: float = 0.0
    """Added to each price before it is compared: taxes, network."""


class Lost(StrEnum):
    """What a program's limits become once its VTN has been silent for too long."""

    RELEASE = "release"
    HOLD = "hold"
    KW = "kw"


@dataclass(frozen=True, slots=True, kw_only=True)
class LostRule:
    """When a VTN counts as lost and what then holds."""

    after: Seconds = Seconds(900.0)
    then: Lost = Lost.RELEASE
    limit: Watts | None = None
    """For Lost.KW: the site's EVs get at most this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRule:
    """How an event lets go: a draw of up to `stagger`, then up in steps over `ramp`."""

    ramp: Seconds = Seconds(5400.0)
    stagger: Seconds = Seconds(600.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RespondRule:
    """How events are answered."""

    default: Opt = Opt.IN
    notice_below: Seconds | None = None
    """Opt out where the event starts sooner than this after it arrived."""
    never_opt_out_levels: frozenset[int] = frozenset()
    """SIMPLE levels that are always answered with opt-in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One program of one VTN, as the operator maps it."""

    name: ProgramName
    ven: VenName
    market: str
    """2.0b: the marketContext of its events."""
    authority: Authority
    applies_to: str = "evs"
    simple: dict[int, LevelRule] = field(default_factory=dict)
    load_control: bool = False
    """Follow x-loadControlCapacity as a share of what the site's stations could draw."""
    dispatch: bool = False
    """Follow LOAD_DISPATCH setpoints."""
    capacity_limit: bool = False
    """Follow IMPORT_CAPACITY_LIMIT, instantaneous."""
    price: PriceRule | None = None
    respond: RespondRule = RespondRule()
    lost: LostRule = LostRule()
    release: ReleaseRule = ReleaseRule()
    report_every: Seconds | None = None
    """The shortest interval its VTN may have usage reported in; None: the adapter's own."""
