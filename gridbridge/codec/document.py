"""Documents: a value with the version of the form it is written in.

    {"v": 1, "value": {"at": 1.5, "writer": "gw-1-9f", "seq": 7, "fact": {"type": "VtnBack", ...}}}

A reader knows the version it writes and the one before. Adding a field with a default is no new
version; anything else is.
"""

from __future__ import annotations

from typing import TypeVar, cast

import orjson

from gridbridge.codec.annotations import shape_of
from gridbridge.codec.errors import CodecError
from gridbridge.domain.facts import Recorded

VERSION = 1
"""The form that is written."""

_READABLE = frozenset({VERSION})

T = TypeVar("T")


def encode(value: object, as_type: object | None = None) -> bytes:
    """The document of a value; equal values have equal bytes.

    `as_type` is the annotation it will be read by, needed where the value's class does not say it
    all (a tuple, a dict). Raises CodecError for a value that has no JSON: a NaN, an integer beyond
    64 bits, a text with half a surrogate pair, a member of no known class.
    """
    shape = shape_of(type(value) if as_type is None else as_type)
    body = value if shape.encode is None else shape.encode(value)
    try:
        return orjson.dumps({"v": VERSION, "value": body})
    except orjson.JSONEncodeError as error:
        raise CodecError(f"{type(value).__name__}: {error}") from None


def decode(data: bytes, as_type: type[T]) -> T:
    """The value of a document.

    Raises CodecError, naming it, for an unknown version or tag and for a field that is missing or
    of another type; members nobody knows are ignored.
    """
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise CodecError(f"not JSON: {error.msg}") from None
    if type(document) is not dict or "v" not in document:
        raise CodecError("v: missing")
    if document["v"] not in _READABLE:
        raise CodecError(f"unknown version {document['v']!r}")
    if "value" not in document:
        raise CodecError("value: missing")
    return cast("T", shape_of(as_type).decode(document["value"]))


def encode_recorded(recorded: Recorded) -> bytes:
    """The document of a fact as it lies in a log."""
    return encode(recorded, Recorded)


def decode_recorded(data: bytes) -> Recorded:
    """The fact of a document; raises CodecError as `decode` does."""
    return decode(data, Recorded)
