"""From a type's annotation to its shape; each type is compiled once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import TYPE_CHECKING, NewType, Union, get_args, get_origin, get_type_hints

from gridbridge.codec import containers, scalars
from gridbridge.codec.records import TAG, record, tagged

if TYPE_CHECKING:
    from gridbridge.codec.shape import Shape

_compiled: dict[object, Shape] = {
    float: scalars.FLOAT,
    int: scalars.INT,
    str: scalars.STR,
    bool: scalars.BOOL,
    NoneType: scalars.NONE,
}


def shape_of(annotation: object) -> Shape:
    """The shape of a type.

    Known are float, int, str, bool, None; NewTypes and enums of them; dataclasses; tuples, lists,
    sets and mappings of what is known; unions of one type with None or of several dataclasses.
    A dataclass that contains itself is not. Raises TypeError for anything else: a type that
    cannot be written is the programmer's error.
    """
    shape = _compiled.get(annotation)
    if shape is None:
        shape = _compiled[annotation] = _compile(annotation)
    return shape


def _compile(annotation: object) -> Shape:
    if isinstance(annotation, NewType):
        return shape_of(annotation.__supertype__)
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return _class(annotation)
    return _generic(annotation)


def _class(cls: type[object]) -> Shape:
    if issubclass(cls, Enum):
        return scalars.enum(cls)
    if is_dataclass(cls):
        hints = get_type_hints(cls)
        return record(
            cls, {field.name: shape_of(hints[field.name]) for field in fields(cls) if field.init}
        )
    raise TypeError(f"no JSON for {cls.__qualname__}")


def _generic(annotation: object) -> Shape:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin in {Union, UnionType}:
        return _union(args)
    if origin is tuple and args[1:] != (...,):
        return containers.row([shape_of(arg) for arg in args])
    if origin in {tuple, list, Sequence}:
        return containers.sequence(shape_of(args[0]), list if origin is list else tuple)
    if origin in {set, frozenset}:
        return containers.unordered(shape_of(args[0]), set if origin is set else frozenset)
    if origin in {dict, Mapping}:
        return containers.mapping(shape_of(args[0]), _key_reader(args[0]), shape_of(args[1]))
    raise TypeError(f"no JSON for {annotation}")


def _union(args: tuple[object, ...]) -> Shape:
    members = [arg for arg in args if arg is not NoneType]
    if len(members) == 1:
        inner = shape_of(members[0])
    else:
        classes = [arg for arg in members if isinstance(arg, type) and is_dataclass(arg)]
        if len(classes) != len(members):
            raise TypeError(f"no JSON for a union of {members}: only dataclasses carry a tag")
        for cls in classes:
            if any(field.name == TAG for field in fields(cls)):
                raise TypeError(f"{cls.__name__} has a field where its tag stands")
        inner = tagged({cls: shape_of(cls) for cls in classes})
    if NoneType not in args:
        return inner
    return scalars.FLOAT_OR_NONE if inner is scalars.FLOAT else containers.optional(inner)


def _key_reader(annotation: object) -> type[int | str]:
    """What turns a member's name back into the JSON that the key's shape reads."""
    while isinstance(annotation, NewType):
        annotation = annotation.__supertype__
    return int if isinstance(annotation, type) and issubclass(annotation, int) else str
