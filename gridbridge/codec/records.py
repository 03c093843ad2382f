"""Shapes of dataclasses, and of unions of them told apart by a tag.

A dataclass is an object with a member per field; a field that is None and defaults to None is left
out. Reading, unknown members are ignored and fields with a default may be absent, so that a
document of the version before or after, which added such fields, is readable.

Where a value may be of several dataclasses, ``"type"`` names its class.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from typing import TYPE_CHECKING, NoReturn

from gridbridge.codec.errors import CodecError
from gridbridge.codec.shape import Shape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TAG = "type"


def record(cls: type[object], shapes: Mapping[str, Shape]) -> Shape:
    """A dataclass whose fields (those of its constructor) have these shapes."""
    own = [field for field in fields(cls) if field.init]  # type: ignore[arg-type] # a dataclass
    return Shape(encode=_encoder(own, shapes), decode=_decoder(cls, own, shapes))


def _encoder(own: list[Field[object]], shapes: Mapping[str, Shape]) -> Callable[..., object]:
    """A function written for this dataclass, as `dataclasses` writes its `__init__`.

    It is six times as fast as a loop over the fields, and facts are written by the thousand.
    """
    members = []
    may_go = []
    for field in own:
        if field.default is None:
            may_go += [
                f"    x = value.{field.name}",
                "    if x is not None:",
                f"        members[{field.name!r}] = {_expression('x', field.name, shapes)}",
            ]
        else:
            source = _expression(f"value.{field.name}", field.name, shapes)
            members.append(f"{field.name!r}: {source}")
    lines = [
        "def encode(value):",
        f"    members = {{{', '.join(members)}}}",
        *may_go,
        "    return members",
    ]
    names = {f"encode_{name}": shape.encode for name, shape in shapes.items()}
    made: dict[str, Callable[..., object]] = {}
    exec("\n".join(lines), {**names}, made)  # noqa: S102 - made of our own fields' names alone
    return made["encode"]


def _expression(source: str, name: str, shapes: Mapping[str, Shape]) -> str:
    """What reads one field's JSON from `source`."""
    shape = shapes[name]
    if shape.encode is None:
        return source
    if shape.number and source == "x":
        return f"x if x - x == 0.0 else encode_{name}(x)"
    return f"encode_{name}({source})"


def _decoder(
    cls: type[object], own: list[Field[object]], shapes: Mapping[str, Shape]
) -> Callable[[object], object]:
    plan = [
        (
            field.name,
            field.default is MISSING and field.default_factory is MISSING,
            shapes[field.name].plain,
            shapes[field.name].decode,
        )
        for field in own
    ]

    def decode(data: object) -> object:
        if type(data) is not dict:
            raise CodecError(f"{cls.__name__}: expected an object, got {type(data).__name__}")
        values: dict[str, object] = {}
        name = ""
        try:
            for name, needed, plain, decode_field in plan:
                if name in data:
                    member = data[name]
                    values[name] = member if type(member) is plain else decode_field(member)
                elif needed:
                    _missing()
        except CodecError as error:
            raise CodecError(f"{cls.__name__}.{name}: {error}") from None
        try:
            return cls(**values)
        except ValueError as error:
            raise CodecError(f"{cls.__name__}: {error}") from None

    return decode


def _missing() -> NoReturn:
    raise CodecError("missing")


def tagged(members: Mapping[type[object], Shape]) -> Shape:
    """One of several dataclasses."""
    encoders = {cls: (cls.__name__, shape.encode) for cls, shape in members.items()}
    decoders = {cls.__name__: shape.decode for cls, shape in members.items()}

    def encode(value: object) -> object:
        try:
            name, encode_member = encoders[type(value)]
        except KeyError:
            raise CodecError(f"{type(value).__name__} cannot stand here") from None
        return {TAG: name, **encode_member(value)}  # type: ignore[dict-item,misc] # records only

    def decode(data: object) -> object:
        if type(data) is not dict or TAG not in data:
            raise CodecError(f"{TAG}: missing")
        name = data[TAG]
        if type(name) is not str or name not in decoders:
            raise CodecError(f"unknown {TAG} {name!r}")
        return decoders[name](data)

    return Shape(encode=encode, decode=decode)
