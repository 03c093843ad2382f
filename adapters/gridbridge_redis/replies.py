"""What the server's replies mean, in the words of the port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.ports.store import START, Entry, FencedOffError, Snapshot, StoreDownError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gridbridge_redis.own_words import OwnWords


def out_of_store(stream_id: bytes) -> str:
    """A stream's id as a log id: padded, so that log ids sort as texts do."""
    if stream_id == b"0":
        return START
    milliseconds, _, count = stream_id.partition(b"-")
    return f"{int(milliseconds):013d}-{int(count):010d}"


def into_store(log_id: str) -> str:
    """A log id as a stream's id."""
    milliseconds, _, count = log_id.partition("-")
    return f"{int(milliseconds)}-{int(count or 0)}"


def fenced(reply: object) -> object:
    """The reply of a script that checks the fence; raises FencedOffError where it was refused."""
    if reply is None:
        raise FencedOffError
    return reply


def data(reply: object) -> bytes:
    """A reply of bytes."""
    if isinstance(reply, bytes):
        return reply
    raise _unexpected(reply)


def data_or_none(reply: object) -> bytes | None:
    """A reply of bytes, or nothing."""
    return None if reply is None else data(reply)


def number(reply: object) -> int:
    """A reply of an integer, whether it came as one or as text."""
    return reply if isinstance(reply, int) else int(data(reply))


def items(reply: object) -> list[object]:
    """A reply of several; nothing counts as none."""
    if reply is None:
        return []
    if isinstance(reply, list):
        return reply
    raise _unexpected(reply)


def pairs(reply: object) -> Iterator[tuple[bytes, bytes]]:
    """A reply of names and values in turn: a hash, the fields of an entry."""
    flat = [data(each) for each in items(reply)]
    return zip(flat[::2], flat[1::2], strict=True)


def stream(reply: object) -> Iterator[tuple[bytes, dict[bytes, bytes]]]:
    """The (id, fields) of a stream's entries."""
    for entry in items(reply):
        stream_id, fields = items(entry)
        yield data(stream_id), dict(pairs(fields))


def streams(reply: object) -> Iterator[tuple[str, object]]:
    """The (key, entries) of a reply about several streams."""
    for each in items(reply):
        key, entries = items(each)
        yield data(key).decode(), entries


def facts(reply: object, own_words: OwnWords) -> list[Entry]:
    """Entries of a log; raises CodecError, naming what is wrong, for one that cannot be read."""
    return [
        Entry(id=out_of_store(stream_id), recorded=own_words.decoded(fields[b"fact"]))
        for stream_id, fields in stream(reply)
    ]


def snapshot(reply: object) -> Snapshot | None:
    """The hash of an engine's state, if there is one."""
    members = dict(pairs(reply))
    if not members:
        return None
    return Snapshot(upto=members[b"upto"].decode(), state=members[b"state"])


def _unexpected(reply: object) -> StoreDownError:
    return StoreDownError(f"the store answered with an unexpected {type(reply).__name__}")
