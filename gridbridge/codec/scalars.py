"""Shapes of single values: numbers, texts, truths, enums.

A finite float is written as a number that reads back to the same bits, an infinite one as the
string ``"inf"`` or ``"-inf"``. A NaN means nothing and is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.codec.errors import CodecError
from gridbridge.codec.shape import Shape

if TYPE_CHECKING:
    from enum import Enum

_INFINITE = {"inf": float("inf"), "-inf": float("-inf")}


def _expected(what: str, got: object) -> CodecError:
    return CodecError(f"expected {what}, got {type(got).__name__}")


def _encode_float(value: float | None) -> object:
    # True of a finite number alone; quicker than math.isfinite, and this runs for every reading.
    if value is None or value - value == 0.0:
        return value
    if value != value:  # noqa: PLR0124 - true of a NaN alone
        raise CodecError("a NaN cannot be written")
    return "inf" if value > 0 else "-inf"


def _decode_float(data: object) -> float:
    if type(data) is float:
        return data
    if type(data) is int:
        return float(data)
    if type(data) is str and data in _INFINITE:
        return _INFINITE[data]
    raise _expected("a number", data)


def _decode_float_or_none(data: object) -> float | None:
    return None if data is None else _decode_float(data)


def _decode_int(data: object) -> int:
    if type(data) is int:
        return data
    raise _expected("an integer", data)


def _decode_str(data: object) -> str:
    if type(data) is str:
        return data
    raise _expected("a string", data)


def _decode_bool(data: object) -> bool:
    if type(data) is bool:
        return data
    raise _expected("true or false", data)


def _decode_none(data: object) -> None:
    if data is not None:
        raise _expected("null", data)


FLOAT = Shape(encode=_encode_float, decode=_decode_float, plain=float, number=True)
FLOAT_OR_NONE = Shape(encode=_encode_float, decode=_decode_float_or_none, plain=float, number=True)
INT = Shape(encode=None, decode=_decode_int, plain=int, key=True)
STR = Shape(encode=None, decode=_decode_str, plain=str, key=True)
BOOL = Shape(encode=None, decode=_decode_bool, plain=bool)
NONE = Shape(encode=None, decode=_decode_none)


def enum(kind: type[Enum]) -> Shape:
    """A member, written as its value; an unknown value is refused by name."""
    members = {member.value: member for member in kind}

    def decode(data: object) -> Enum:
        try:
            return members[data]
        except (KeyError, TypeError):
            raise CodecError(f"{data!r} is no {kind.__name__}") from None

    return Shape(encode=None, decode=decode, key=True)
