"""Shapes of dataclasses, and of unions of them told apart by a tag.

A dataclass is an object with a member per field; a field that is None and defaults to None is left
out. Reading, unknown members are ignored and fields with a default may be absent, so that a
document of the version before or after, which added such fields, is readable.

Where a value may be of several dataclasses, ``"type"`` names its class.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, NoReturn

from gridbridge.codec import written
from gridbridge.codec.errors import CodecError
from gridbridge.codec.shape import Shape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from dataclasses import Field

TAG = "type"


def record(cls: type[object], shapes: Mapping[str, Shape]) -> Shape:
    """A dataclass whose fields (those of its constructor) have these shapes."""
    own = [field for field in fields(cls) if field.init]  # type: ignore[arg-type] # a dataclass
    return Shape(
        encode=written.encoder(own, shapes),
        decode=written.decoder(cls, own, shapes, _careful(cls, own, shapes)),
    )


def _careful(
    cls: type[object], own: Sequence[Field[object]], shapes: Mapping[str, Shape]
) -> Callable[[object], object]:
    """Reads what may be amiss, and says by name what is."""
    plan = [(field.name, written.needed(field), shapes[field.name].decode) for field in own]

    def decode(data: object) -> object:
        if type(data) is not dict:
            raise CodecError(f"{cls.__name__}: expected an object, got {type(data).__name__}")
        values: dict[str, object] = {}
        name = ""
        try:
            for name, needed, decode_field in plan:
                if name in data:
                    values[name] = decode_field(data[name])
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
