"""Kinds of station (``models``), and the stations and EVSEs of a site."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema

from gridbridge.config.fields import (
    Amps,
    Duration,
    Efficiency,
    Kw,
    OurId,
    Phases,
    Positive,
    PositiveAmps,
    word,
)
from gridbridge.config.section import Section

_MOST_EVSES = 99


def _evse_number(value: object) -> int:
    text = str(value)
    if not text.isdecimal() or text.startswith("0") or int(text) > _MOST_EVSES:
        raise ValueError(f"{text!r} is not an EVSE: they count from 1")
    return int(text)


EvseNumber: TypeAlias = Annotated[
    int,
    BeforeValidator(_evse_number),
    WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]?$"}),
]


class V2x(Section):
    """What an EVSE can take back from a car."""

    max_discharge_kw: Kw
    """The most it can take back, at the EVSE; a magnitude."""
    via: Annotated[Literal["ocpp-2.1"], word("ocpp-2.1")] = "ocpp-2.1"
    """How it is commanded."""


class ModelEvse(Section):
    """One EVSE of a kind of station."""

    not_yet: ClassVar[frozenset[str]] = frozenset({"connectors"})

    max_a: Amps | None = None
    """The most it draws per wire, on the grid side."""
    max_kw: Kw | None = None
    """DC: the most it gives out."""
    min_kw: Kw | None = None
    """DC: the least it gives out; below it only 0 is possible."""
    v2x: V2x | None = None


class SiteEvse(ModelEvse):
    """One EVSE of a station at its place."""

    phases: Phases | None = None
    """3, L2, L1L2, L2L3L1 (rotated), L1-L2 (one load between two wires, as at 208 V); a bare 1 is
    one unknown wire, counted on each."""
    vehicle_class: Annotated[OurId | None, Field(alias="class")] = None
    """The class of the cars that charge here."""


class Traits(Section):
    """How a kind of station behaves; a station may say otherwise than its model."""

    max_a: Amps | None = None
    """The most per wire that all its EVSEs draw together, on the grid side."""
    kind: Annotated[Literal["ac", "dc"], word("ac", "dc")] | None = None
    """What flows to the car; where not written, dc if an EVSE has max_kw."""
    min_a: PositiveAmps | None = None
    """AC: the least current a session runs on; 6 where not written."""
    step_a: Positive | None = None
    """Limits are told in multiples of this; 0.1 where not written."""
    efficiency: Efficiency | None = None
    """DC: what comes out over what goes in; 0.9 where not written."""
    standby_kw: Kw | None = None
    """DC: drawn whatever the car takes."""
    settle: Duration | None = None
    """How long its power may take to follow an accepted limit; 30s where not written."""
    offline_a: Amps | None = None
    """What each EVSE may draw when no schedule holds; if not written, 6 or its least current."""
    absent_kw: Kw | None = None
    """What is kept free for it while it was never seen; 0 where not written."""
    forgets: (
        tuple[Annotated[Literal["reboot", "reconnect"], word("reboot", "reconnect")], ...] | None
    ) = None
    """When it loses the limits it was given."""


class StationModel(Traits):
    """A kind of station."""

    not_yet: ClassVar[frozenset[str]] = frozenset({"pause"})

    evses: dict[EvseNumber, ModelEvse] = Field(default_factory=dict)
    """Its EVSEs by number (OCPP 1.6: connectors); one where none is written."""


class SiteStation(Traits):
    """A station at its place."""

    not_yet: ClassVar[frozenset[str]] = frozenset({"pause"})

    model: OurId | None = None
    """Its kind, one of `models`."""
    circuit: OurId | None = None
    """Where it hangs; may be left out where the site has one circuit."""
    evses: dict[EvseNumber, SiteEvse] = Field(default_factory=dict)
    """Its EVSEs by number (OCPP 1.6: connectors); those of its model where none is written."""
    phases: Phases | None = None
    """The wiring of every EVSE that does not say its own; 3 where not written."""
    vehicle_class: Annotated[OurId | None, Field(alias="class")] = None
    """The class of every EVSE that does not say its own."""
