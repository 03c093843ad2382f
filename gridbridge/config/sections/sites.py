"""The sections ``sites`` and ``classes``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from gridbridge.config.fields import (
    Amps,
    Kva,
    Kw,
    NotYetError,
    OurId,
    Period,
    PerPhase,
    Positive,
    Share,
    StationName,
    Timezone,
    Voltage,
    word,
)
from gridbridge.config.problems import KeyPath
from gridbridge.config.section import Section, as_written
from gridbridge.config.sections.stations import SiteStation


def _one_limit(value: object) -> object:
    if isinstance(value, list):
        raise NotYetError("a limit that changes with the time of day")
    return value


class WhenStale(Section):
    """What is assumed while the meter is silent."""

    reserve_kw: Kw
    """Kept free for what nobody controls."""


class Meter(Section):
    """The meter of the connection; without one, the stations are all there is."""

    not_yet: ClassVar[frozenset[str]] = frozenset({"map", "modbus", "mqtt", "rest"})

    ocpp: StationName
    """The station whose main meter (EVSE 0) measures the connection."""
    stale: Period = as_written("15s")
    """A reading older than this counts no more."""
    when_stale: WhenStale


class SiteLoad(Section):
    """Something nobody controls."""

    circuit: OurId | None = None
    """Where it hangs; may be left out where the site has one circuit."""
    reserve_a: Amps
    """What is kept free for it on each wire."""


class Secondary(Section):
    """The side of a transformer that feeds the stations."""

    voltage: Voltage
    """Nominal, line to line: that of the site."""
    winding: Annotated[Literal["delta-wye"], word("delta-wye")]
    """Its primary and secondary: the windings of the primary are limited as well."""


class SiteCircuit(Section):
    """A breaker, a feeder, a panel, a transformer; without a limit it only groups."""

    parent: OurId | None = None
    """The circuit that feeds it; the root has none."""
    limit_a: PerPhase | None = None
    """What may flow for hours, per wire: a number or one for each of L1, L2, L3."""
    breaker_a: Amps | None = None
    """Instead of limit_a: the breaker's rating."""
    continuous: Share | None = None
    """The share of the rating that may flow for hours; 0.8 where not written."""
    kva: Kva | None = None
    """Instead of limit_a: the rating of a transformer."""
    secondary: Secondary | None = None
    """How the transformer is wound; without it only its secondary is limited."""

    def contradictions(self) -> Iterator[tuple[KeyPath, str]]:
        """One way to say the limit."""
        if self.limit_a is not None and self.breaker_a is not None:
            yield ("breaker_a",), "give either limit_a or breaker_a"
        if self.kva is not None and (self.limit_a is not None or self.breaker_a is not None):
            yield (
                ("kva",),
                "give either kva, or limit_a or breaker_a: a breaker is a circuit below",
            )
        if self.secondary is not None and self.kva is None:
            yield ("secondary",), "secondary needs kva"
        if self.continuous is not None and self.breaker_a is None:
            yield ("continuous",), "continuous needs breaker_a"


class SiteProgram(Section):
    """The site's part in a program."""

    not_yet: ClassVar[frozenset[str]] = frozenset({"from"})

    resource: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    """The name the utility gave this site; without one, only events for the whole VEN count."""
    nominated_kw: Kw | None = None
    """What the site promised to shed."""


class SiteSection(Section):
    """A connection to the grid and what hangs on it."""

    not_yet: ClassVar[frozenset[str]] = frozenset({"stations_file", "template", "upstream"})

    mode: Annotated[Literal["control", "observe"], word("control", "observe")] = "control"
    """observe: decide, explain, report; send nothing."""
    objective: Annotated[Literal["fair", "throughput"], word("fair", "throughput")] = "fair"
    """What cars share power for. throughput: the most is charged, first by those who cannot wait
    (needs the extra `plan`)."""
    timezone: Timezone = "UTC"
    """Of the site, like Europe/Berlin."""
    voltage: Voltage
    """Nominal, line to line."""
    import_kw: Annotated[Kw, BeforeValidator(_one_limit)]
    """The most that may be drawn at the meter."""
    export_kw: Kw = 0.0
    """The most that may be fed back at the meter; a magnitude."""
    meter: Meter | None = None
    loads: dict[OurId, SiteLoad] = Field(default_factory=dict)
    circuits: dict[OurId, SiteCircuit] = Field(default_factory=dict)
    """The breaker tree; one circuit `main` without a limit where none is written."""
    programs: dict[OurId, SiteProgram] = Field(default_factory=dict)
    """The programs it takes part in."""
    stations: dict[StationName, SiteStation] = Field(default_factory=dict)
    """By the identity each connects with."""


class VehicleClassSection(Section):
    """How EVSEs of a class share."""

    not_yet: ClassVar[frozenset[str]] = frozenset({"ready_by", "shed", "v2x"})

    weight: Positive = 1.0
    """Its part of what is left, against the others'."""
    floor_kw: Kw = 0.0
    """What each EVSE keeps in a voluntary event; yields to circuits and binding programs."""
