"""The calls of a station that are open or were answered, so that none is handled twice.

OCPP-J: "a retry may reuse its id". A station that repeats a call gets the same reply again; the
handler does not run a second time. A station that counts its ids from 1 after each boot reuses ids
for other messages: the same id with another text is another call.
"""

from __future__ import annotations

from dataclasses import dataclass

from gridbridge.domain.units import Instant

# Its answer is the time, which goes stale, and handling it twice does no harm.
_NEVER_REPEATED = frozenset({"Heartbeat"})


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call of the station that is owed a reply."""

    action: str
    digest: int
    reply_by: Instant


class ReplyCache:
    """The last replies by id; bounded, and handed on from one socket of a station to the next."""

    def __init__(self, capacity: int = 16) -> None:
        self._capacity = capacity
        self._replies: dict[str, tuple[int, str]] = {}

    def find(self, message_id: str, digest: int) -> str | None:
        """The reply that was given to this very call, if it is still known."""
        known = self._replies.get(message_id)
        return known[1] if known is not None and known[0] == digest else None

    def keep(self, message_id: str, call: OpenCall, reply: str) -> None:
        """Remember a reply; the oldest makes room."""
        if call.action in _NEVER_REPEATED:
            return
        self._replies.pop(message_id, None)
        self._replies[message_id] = (call.digest, reply)
        if len(self._replies) > self._capacity:
            del self._replies[next(iter(self._replies))]
