"""Hypothesis strategies for domain values, built from the annotations of their dataclasses."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from gridbridge.domain.schedules import Period, Schedule
from gridbridge.domain.site import Wiring
from gridbridge.domain.units import Instant

Strategy = st.SearchStrategy[Any]

_known: dict[object, Strategy] = {
    float: st.floats(allow_nan=False),
    int: st.integers(-(2**63), 2**63 - 1),
    str: st.text(st.characters(codec="utf-8"), max_size=8),
    bool: st.booleans(),
    NoneType: st.none(),
}


def values_of(annotation: object) -> Strategy:
    """Any value of that type."""
    if annotation not in _known:
        _known[annotation] = _values_of(annotation)
    return _known[annotation]


def _values_of(annotation: object) -> Strategy:
    if isinstance(annotation, NewType):
        return values_of(annotation.__supertype__)
    if annotation is Schedule:
        return _schedules()
    if annotation is Wiring:
        return _wirings()
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return st.sampled_from(list(annotation))
    if isinstance(annotation, type) and is_dataclass(annotation):
        hints = get_type_hints(annotation)
        return st.builds(
            annotation, **{each.name: values_of(hints[each.name]) for each in fields(annotation)}
        )
    return _generic(annotation)


def _generic(annotation: object) -> Strategy:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin in {Union, UnionType}:
        return st.one_of([values_of(arg) for arg in args])
    if origin is tuple and args[1:] == (...,):
        return st.lists(values_of(args[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*[values_of(arg) for arg in args])
    if origin is dict:
        return st.dictionaries(values_of(args[0]), values_of(args[1]), max_size=3)
    if origin is frozenset:
        return st.frozensets(values_of(args[0]), max_size=4)
    raise TypeError(annotation)


def _wirings() -> Strategy:
    """Wirings as their constructor demands them: a load between wires is between two."""
    wires = st.permutations(range(3))
    return st.one_of(
        st.builds(Wiring, wires=wires.map(tuple), known=st.booleans()),
        wires.map(lambda each: Wiring(wires=tuple(each[:2]), between=True)),
    )


def _schedules() -> Strategy:
    """Schedules as their constructor demands them: ascending, ending after the last start."""
    starts = st.lists(st.floats(0, 1e10), min_size=2, max_size=5, unique=True).map(sorted)
    hints = get_type_hints(Period)
    rest = {name: values_of(hint) for name, hint in hints.items() if name != "start"}

    @st.composite
    def schedule(draw: st.DrawFn) -> Schedule:
        *begins, end = draw(starts)
        return Schedule(
            periods=tuple(draw(st.builds(Period, start=st.just(at), **rest)) for at in begins),
            until=Instant(end),
        )

    return schedule()
