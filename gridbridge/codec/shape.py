"""A shape: how one type is written as JSON and read back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The two directions of one type."""

    encode: Callable[..., object] | None
    """From a value of the type to what orjson writes; None: orjson writes it as it is."""
    decode: Callable[[object], object]
    """From what orjson read to the value; raises CodecError."""
    plain: type | None = None
    """A type that `decode` hands back as it is, so that a caller in a hurry may skip the call."""
    key: bool = False
    """Whether its JSON is a string or an integer, so that it can stand as a key of an object."""
    number: bool = False
    """Whether it is a float (or None): what `encode` leaves alone unless it is not finite."""
