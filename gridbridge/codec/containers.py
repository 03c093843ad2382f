"""Shapes of what holds other values: tuples, sets, mappings, and what may be absent.

A mapping whose keys are strings, integers or enums is an object; any other is an array of
``[key, value]`` pairs. A set is an array in the order of its items' JSON, so that equal
sets are equal bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from gridbridge.codec.errors import CodecError
from gridbridge.codec.shape import Shape

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet


def _items(data: object) -> list[object]:
    if type(data) is list:
        return data
    raise CodecError(f"expected an array, got {type(data).__name__}")


def optional(inner: Shape) -> Shape:
    """The inner shape, or null for None."""
    encode_inner, decode_inner = inner.encode, inner.decode

    def encode(value: object) -> object:
        return None if value is None or encode_inner is None else encode_inner(value)

    def decode(data: object) -> object:
        return None if data is None else decode_inner(data)

    return Shape(encode=None if encode_inner is None else encode, decode=decode, plain=inner.plain)


def sequence(item: Shape, make: Callable[[Iterable[object]], Collection[object]]) -> Shape:
    """Any number of items of one shape, read back by `make` (tuple or list)."""
    decode_item = item.decode

    def decode(data: object) -> object:
        return make([decode_item(each) for each in _items(data)])

    return Shape(encode=_encode_each(item), decode=decode)


def _encode_each(item: Shape) -> Callable[..., object]:
    encode_item = item.encode
    if encode_item is None:
        return list
    if item.number:

        def encode_numbers(value: Iterable[float | None]) -> object:
            # What the number's own encoder asks, without a call for each.
            return [
                each if each is None or each - each == 0.0 else encode_item(each) for each in value
            ]

        return encode_numbers

    def encode(value: Iterable[object]) -> object:
        return [encode_item(each) for each in value]

    return encode


def row(items: Sequence[Shape]) -> Shape:
    """A tuple of fixed length, each place with a shape of its own."""
    length = len(items)
    encoders = [item.encode or _as_it_is for item in items]
    decoders = [(item.plain, item.decode) for item in items]
    encode_each = _encode_each(items[0]) if all(item is items[0] for item in items) else None

    def encode(value: tuple[object, ...]) -> object:
        if len(value) != length:
            raise CodecError(f"expected {length} values, got {len(value)}")
        if encode_each is not None:
            return encode_each(value)
        return [encode_item(each) for encode_item, each in zip(encoders, value, strict=True)]

    def decode(data: object) -> object:
        values = _items(data)
        if len(values) != length:
            raise CodecError(f"expected {length} values, got {len(values)}")
        return tuple(
            [
                each if type(each) is plain else decode_item(each)
                for (plain, decode_item), each in zip(decoders, values, strict=True)
            ]
        )

    return Shape(encode=encode, decode=decode)


def unordered(item: Shape, make: Callable[[Iterable[object]], AbstractSet[object]]) -> Shape:
    """A set, read back by `make` (set or frozenset)."""
    encode_item, decode_item = item.encode or _as_it_is, item.decode

    def encode(value: AbstractSet[object]) -> object:
        # By their JSON: items need not be comparable with one another.
        return sorted(map(encode_item, value), key=orjson.dumps)

    def decode(data: object) -> object:
        return make([decode_item(each) for each in _items(data)])

    return Shape(encode=encode, decode=decode)


def mapping(key: Shape, key_from_text: Callable[[str], object], value: Shape) -> Shape:
    """An object, or pairs where the keys cannot stand in one; keeps the mapping's order."""
    if not key.key:
        return _pairs(key, value)
    encode_value = value.encode or _as_it_is
    decode_key, decode_value = key.decode, value.decode

    def encode(mapped: Mapping[object, object]) -> object:
        # str() of a StrEnum or IntEnum is its value, as that of a string or integer is itself.
        return {str(name): encode_value(each) for name, each in mapped.items()}

    def decode(data: object) -> object:
        if type(data) is not dict:
            raise CodecError(f"expected an object, got {type(data).__name__}")
        try:
            return {
                decode_key(key_from_text(name)): decode_value(each) for name, each in data.items()
            }
        except CodecError:
            raise
        except ValueError:
            raise CodecError("expected integers as keys") from None

    return Shape(encode=encode, decode=decode)


def _pairs(key: Shape, value: Shape) -> Shape:
    pair = row([key, value])
    encode_pair, decode_key, decode_value = pair.encode or _as_it_is, key.decode, value.decode

    def encode(mapped: Mapping[object, object]) -> object:
        return [encode_pair(item) for item in mapped.items()]

    def decode(data: object) -> object:
        pairs = [_items(each) for each in _items(data)]
        if any(len(each) != len((key, value)) for each in pairs):
            raise CodecError("expected pairs")
        return {decode_key(first): decode_value(second) for first, second in pairs}

    return Shape(encode=encode, decode=decode)


def _as_it_is(value: object) -> object:
    return value
