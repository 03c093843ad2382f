"""The calls that wait for the channel: most urgent first, only the newest of each slot."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gridbridge.domain.units import FOREVER, Instant

if TYPE_CHECKING:
    from gridbridge_ocpp.rpc.outcomes import CallToken, Priority


class QueuedCall(NamedTuple):
    """A call of ours, from the queue to its answer."""

    token: CallToken
    action: str
    text: str
    """Action and payload as they stand in the frame."""
    priority: Priority
    deadline: Instant
    slot: str | None
    turn: int
    """Its place among those of its priority; a call that supersedes another takes its place."""


class CallQueue:
    """A bounded queue; every call that leaves it unsent is handed back, so none is forgotten."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        # At most `capacity` long, so looking through it is cheaper than keeping it in order.
        self.calls: list[QueuedCall] = []

    def put(self, call: QueuedCall) -> tuple[QueuedCall | None, QueuedCall | None]:
        """Queue it; hands back the one it superseded, and the one that found no room.

        Where the queue is full, the last of the least urgent finds no room: it may be `call`.
        """
        if not self.calls:
            self.calls.append(call)
            return None, None
        superseded = None
        if call.slot is not None:
            superseded = next((old for old in self.calls if old.slot == call.slot), None)
        if superseded is not None:
            self.calls.remove(superseded)
            if superseded.priority <= call.priority:
                call = call._replace(turn=superseded.turn)
        self.calls.append(call)
        if len(self.calls) <= self._capacity:
            return superseded, None
        last = max(self.calls, key=_order)
        self.calls.remove(last)
        return superseded, last

    def take(self) -> QueuedCall | None:
        """The next call to send, taken out; None where none waits."""
        if not self.calls:
            return None
        if len(self.calls) == 1:
            return self.calls.pop()
        call = min(self.calls, key=_order)
        self.calls.remove(call)
        return call

    def overdue(self, now: Instant) -> list[QueuedCall]:
        """Take out those whose deadline has come, in the order in which they were to be sent."""
        if not self.calls:
            return []
        ended = sorted((call for call in self.calls if call.deadline <= now), key=_order)
        if ended:
            self.calls = [call for call in self.calls if call.deadline > now]
        return ended

    def remove(self, token: CallToken) -> QueuedCall | None:
        """Take one out; None where it does not wait."""
        call = next((call for call in self.calls if call.token == token), None)
        if call is not None:
            self.calls.remove(call)
        return call

    def next_deadline(self) -> Instant:
        """When `overdue` will have something; FOREVER where nothing waits."""
        if not self.calls:
            return FOREVER
        return min(call.deadline for call in self.calls)


def _order(call: QueuedCall) -> tuple[int, int]:
    return call.priority, call.turn
