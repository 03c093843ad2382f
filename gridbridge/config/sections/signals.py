"""The key ``signals`` of a program: what each kind of signal means here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from gridbridge.config.fields import Kw, Percent, kilowatts, word
from gridbridge.config.problems import KeyPath, did_you_mean
from gridbridge.config.section import Section

NOMINATED = "nominated"
BASES = ("kw", "firm_kw", "shed_kw", "pct_of_import", "pct_of_nameplate", "pause")


def _shed(value: object) -> float | str | None:
    if value is None:
        return None  # not written
    if isinstance(value, str) and not value.replace(".", "").isdecimal():
        if value != NOMINATED:
            hint = did_you_mean(value, [NOMINATED])
            raise ValueError(f"a number or {NOMINATED} is expected, not {value!r}{hint}")
        return value
    return kilowatts(value)


def _pause(value: object) -> object:
    if value is None or value is True or value == "true":
        return value and True
    raise ValueError(f"true is expected, not {value!r}; leave pause out otherwise")


class Level(Section):
    """What one SIMPLE level asks: exactly one of the bases."""

    not_yet: ClassVar[frozenset[str]] = frozenset({"pct_of_baseline", "per_port_kw"})

    kw: Kw | None = None
    """At most this."""
    firm_kw: Kw | None = None
    """Down to this firm level."""
    shed_kw: Annotated[
        float | str | None,
        PlainValidator(_shed),
        WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, {"const": NOMINATED}]}),
    ] = None
    """This much less than the site's import_kw; `nominated`: what the site nominated."""
    pct_of_import: Percent | None = None
    """At most this part of the site's import_kw."""
    pct_of_nameplate: Percent | None = None
    """At most this part of what the stations can draw."""
    pause: Annotated[Literal[True] | None, BeforeValidator(_pause)] = None
    """true: no charging."""
    keep_floor: bool | None = None
    """Whether floors of classes stand; if not written, they yield to a binding program alone."""

    @property
    def bases(self) -> list[str]:
        """The bases that are written."""
        return [basis for basis in BASES if getattr(self, basis) is not None]

    def contradictions(self) -> Iterator[tuple[KeyPath, str]]:
        """Exactly one basis."""
        if len(self.bases) != 1:
            given = f", not {' and '.join(self.bases)}" if self.bases else ""
            yield (), f"give exactly one of {', '.join(BASES)}{given}"


class Dispatch(Section):
    """LOAD_DISPATCH: a wanted power, below zero to feed back."""

    not_yet: ClassVar[frozenset[str]] = frozenset({"split"})

    amount: Annotated[Literal["total"], word("total", later=("per_target",))]
    """total: the amount is for all enrolled sites together."""


class LoadControl(Section):
    """LOAD_CONTROL."""

    capacity: Annotated[Literal["follow"], word("follow"), Field(alias="x-loadControlCapacity")]
    """follow: a share, 0 to 1, of what the stations can draw."""


class CapacityLimit(Section):
    """IMPORT_CAPACITY_LIMIT."""

    not_yet: ClassVar[frozenset[str]] = frozenset({"window"})

    basis: Annotated[Literal["instantaneous"], word("instantaneous", later=("average",))]
    """instantaneous: it holds at every moment."""


def _level_number(value: object) -> int:
    if str(value) not in {"1", "2", "3"}:
        raise ValueError(f"{str(value)!r} is not a level: 1, 2 or 3 (0 is normal)")
    return int(str(value))


LevelNumber: TypeAlias = Annotated[
    int, BeforeValidator(_level_number), WithJsonSchema({"type": "string", "pattern": "^[123]$"})
]


class Signals(Section):
    """What each kind of signal means; a kind that is not here is refused by name."""

    simple: Annotated[dict[LevelNumber, Level], Field(alias="SIMPLE")] = Field(
        default_factory=dict
    )
    """What levels 1, 2 and 3 ask."""
    dispatch: Annotated[Dispatch | None, Field(alias="LOAD_DISPATCH")] = None
    control: Annotated[LoadControl | None, Field(alias="LOAD_CONTROL")] = None
    capacity: Annotated[CapacityLimit | None, Field(alias="IMPORT_CAPACITY_LIMIT")] = None
