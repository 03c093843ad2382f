"""What a key holds, read from the sections' annotations: keys, entries or items."""

from __future__ import annotations

from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from gridbridge.config.section import Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """At most one of these is set; none of them: a plain value."""

    section: type[Section] | None = None
    """Fixed keys."""
    entries: Any = None
    """Keys of the operator's choice: the annotation of what each holds."""
    items: Any = None
    """A list: the annotation of its items."""


PLAIN = Shape()


def shape_of(annotation: Any) -> Shape:  # noqa: ANN401 - annotations have no common type
    """The shape behind ``Annotated`` and ``| None``."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return shape_of(get_args(annotation)[0])
    if origin in {Union, UnionType}:
        shapes = (shape_of(each) for each in get_args(annotation))
        return next((shape for shape in shapes if shape != PLAIN), PLAIN)
    if origin is dict:
        return Shape(entries=get_args(annotation)[1])
    if origin is tuple:
        return Shape(items=get_args(annotation)[0])
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return Shape(section=annotation)
    return PLAIN


def keys_of(section: type[Section]) -> dict[str, Any]:
    """A section's keys as they are written, each with the annotation of its value."""
    return {field.alias or name: field.annotation for name, field in section.model_fields.items()}
