"""The section ``programs``: which events count, what they mean and how they are answered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, WithJsonSchema

from gridbridge.config.fields import (
    Duration,
    NotYetError,
    OurId,
    Percent,
    Period,
    Price,
    kilowatts,
    word,
)
from gridbridge.config.problems import KeyPath
from gridbridge.config.section import Section, as_written
from gridbridge.config.sections.signals import Signals


class Match(Section):
    """Which events are this program's."""

    not_yet: ClassVar[frozenset[str]] = frozenset({"program_name"})

    ven: OurId
    """One of `vens`."""
    market_context: Annotated[str, Field(min_length=1)]
    """OpenADR 2.0b: the marketContext of its events."""


class Threshold(Section):
    """From a price on, a share of the connection."""

    above_per_kwh: Price
    """The price from which it holds, in the currency of the signal."""
    pct_of_import: Percent
    """At most this part of the site's import_kw."""


class PriceSection(Section):
    """How prices act; without thresholds they are shown and throttle nobody."""

    not_yet: ClassVar[frozenset[str]] = frozenset({"use"})

    thresholds: tuple[Threshold, ...] = ()
    add_per_kwh: Price = 0.0
    """Added to each price before it is compared: taxes, network."""

    def contradictions(self) -> Iterator[tuple[KeyPath, str]]:
        """One share for each price, and never more at a higher one."""
        rising = enumerate(zip(self.thresholds, self.thresholds[1:], strict=False), start=1)
        for number, (lower, higher) in rising:
            if higher.above_per_kwh <= lower.above_per_kwh:
                words = "thresholds must rise: this price is not above the one before"
                yield ("thresholds", number, "above_per_kwh"), words
            elif higher.pct_of_import > lower.pct_of_import:
                words = "a higher price must not allow more than the one before"
                yield ("thresholds", number, "pct_of_import"), words


class OptOutIf(Section):
    """When the default is an opt-in and it is yet opted out."""

    not_yet: ClassVar[frozenset[str]] = frozenset({"season_events_over"})

    notice_below: Period
    """The event starts sooner than this after it arrived."""


def _simple_level(text: str) -> str:
    if text not in {"SIMPLE-1", "SIMPLE-2", "SIMPLE-3"}:
        raise ValueError(f"{text!r} is not known here; known: SIMPLE-1, SIMPLE-2, SIMPLE-3")
    return text


class Respond(Section):
    """How events are answered."""

    not_yet: ClassVar[frozenset[str]] = frozenset({"season"})

    default: Annotated[Literal["opt_in", "opt_out"], word("opt_in", "opt_out")] = "opt_in"
    opt_out_if: OptOutIf | None = None
    never_opt_out: tuple[Annotated[str, AfterValidator(_simple_level)], ...] = ()
    """Levels that are always answered with an opt-in: SIMPLE-3."""

    def contradictions(self) -> Iterator[tuple[KeyPath, str]]:
        """No exception that is already the rule."""
        if self.default == "opt_out" and self.opt_out_if is not None:
            yield ("opt_out_if",), "opt_out_if does nothing where the default is opt_out"


_LATER_THEN = ("subscription", "tariff")
_THEN = ("release", "hold")


def _then(value: Any) -> str | float:  # noqa: ANN401 - a word or a mapping, told apart here
    if isinstance(value, dict) and set(value) == {"kw"}:
        return kilowatts(value["kw"])
    if value in _LATER_THEN:
        raise NotYetError(repr(value))
    if value not in _THEN:
        raise ValueError(f"release, hold or {{kw: NUMBER}} is expected, not {value!r}")
    return str(value)


Then: TypeAlias = Annotated[
    str | float,
    PlainValidator(_then),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": list(_THEN)},
                {
                    "type": "object",
                    "properties": {"kw": {"type": "number", "minimum": 0}},
                    "required": ["kw"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]


class LostSection(Section):
    """What a program's limits become once its VTN has been silent for too long."""

    after: Period = as_written("15m")
    then: Then = "release"
    """release | hold | {kw: NUMBER}, which is the most the stations then draw."""


class Release(Section):
    """How an event lets go."""

    ramp: Duration = as_written("90m")
    """Up in steps over this long."""
    stagger: Duration = as_written("10m")
    """First a wait of up to this, another for each site."""


def _whole_seconds(value: float) -> float:
    if value < 1 or value != round(value):
        raise ValueError("a whole number of seconds is expected, 1s or more")
    return value


class Report(Section):
    """What is told back."""

    every: Annotated[Period, AfterValidator(_whole_seconds)]
    """The shortest interval usage is reported in, which the VTN is offered when it registers us.

    It may ask for longer ones; a shorter one is refused. 1s where nothing is written.
    """


def _applies_to(value: object) -> object:
    if isinstance(value, str) and value.startswith("circuit:"):
        raise NotYetError(repr(value))
    return value


class ProgramSection(Section):
    """One program of one utility."""

    match: Match
    authority: Annotated[
        Literal["binding", "voluntary", "price"], word("binding", "voluntary", "price")
    ]
    """binding overrides floors; voluntary and price do not."""
    applies_to: Annotated[
        Literal["evs", "connection"], word("evs", "connection"), BeforeValidator(_applies_to)
    ] = "evs"
    """What its limits bound: evs, all stations together; connection, the meter."""
    signals: Signals = Field(default_factory=Signals)
    price: PriceSection | None = None
    respond: Respond = Field(default_factory=Respond)
    lost: LostSection = Field(default_factory=LostSection)
    release: Release = Field(default_factory=Release)
    report: Report | None = None

    def contradictions(self) -> Iterator[tuple[KeyPath, str]]:
        """Floors yield only where the program binds."""
        for number, level in self.signals.simple.items():
            if level.keep_floor is False and self.authority != "binding":
                words = "keep_floor: false needs authority: binding"
                yield ("signals", "SIMPLE", str(number), "keep_floor"), words
