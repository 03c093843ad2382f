"""Limits on power and where they come from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from gridbridge.domain.units import Instant, Watts


class Authority(IntEnum):
    """Who may bind: a larger one overrides floors and wishes of a smaller one."""

    PRICE = 1
    VOLUNTARY = 2
    BINDING = 3
    HARD = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Who asked for a limit: what `explain` prints."""

    kind: str
    """``connection``, ``breaker``, ``event``, ``release``, ``price``, ``lost``, ``reserve``..."""
    name: str
    """What to look up: a circuit, an event's id, a program."""
    detail: str = ""
    """The words of the rule: ``SIMPLE 2 -> firm_kw 80``."""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}" + (f" ({self.detail})" if self.detail else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A bound on power over ``[start, end)``, and who asked for it."""

    start: Instant
    end: Instant
    authority: Authority
    source: Source
    max_import: Watts | None = None
    """Most import; None: not bounded by this limit."""
    target: Watts | None = None
    """A wanted net power (dispatch), signed; below zero asks for export."""
    applies_to: str = "evs"
    """``evs`` (the sum of all EVSEs), ``connection`` (the meter) or ``circuit:NAME``."""
    keep_floor: bool = True
    """Whether floors of classes stand against it; False only where the program is binding."""
