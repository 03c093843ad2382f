"""What a session holds ready for its shell: events, frames to send, and counts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from gridbridge_ocpp.rpc.outcomes import FrameRefused

if TYPE_CHECKING:
    from gridbridge_ocpp.rpc.outcomes import RpcEvent


class Backlog:
    """Bounded where the station decides how much there is; unbounded only where we decide."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self.events: list[RpcEvent] = []
        self.frames: list[str] = []
        self.counters: Counter[str] = Counter()

    def tell(self, event: RpcEvent) -> None:
        """Queue an event that answers to something of ours, or whose number is bounded already."""
        self.events.append(event)

    def tell_if_room(self, event: RpcEvent) -> None:
        """Queue an event of which a station can make any number."""
        if len(self.events) < self._capacity:
            self.events.append(event)
        else:
            self.counters["backlog_full"] += 1

    def send(self, frame: str) -> None:
        """Queue a reply to a proper call."""
        self.frames.append(frame)

    def send_if_room(self, frame: str) -> None:
        """Queue a reply to something of which a station can make any number."""
        if len(self.frames) < self._capacity:
            self.frames.append(frame)
        else:
            self.counters["backlog_full"] += 1

    def drop(self, reason: str, *, reply: str | None = None, action: str | None = None) -> None:
        """Count and tell what is refused before any handler, and send what may be sent to it."""
        self.counters[reason] += 1
        if reply is not None:
            self.send_if_room(reply)
        self.tell_if_room(FrameRefused(reason=reason, action=action))

    def tolerate(self, found: int) -> None:
        """Count problems of a payload that is read all the same."""
        if found:
            self.counters["tolerated"] += found

    def take_events(self) -> list[RpcEvent]:
        """The events, once."""
        if not self.events:
            return []
        events, self.events = self.events, []
        return events

    def take_frames(self) -> list[str]:
        """The frames, once."""
        if not self.frames:
            return []
        frames, self.frames = self.frames, []
        return frames

    def forget_frames(self) -> None:
        """Nobody is there any more to send them to."""
        self.frames.clear()
