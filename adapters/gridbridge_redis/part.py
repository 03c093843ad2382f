"""What the parts of the store have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gridbridge.domain.ids import SiteId, StationId
from gridbridge_redis.link import Link
from gridbridge_redis.own_words import OwnWords

SEEN = 1024
"""How many sequence numbers of a writer are remembered in each log."""

SEEN_MS = 24 * 3600 * 1000
"""For how long after the writer's last fact: a writer that is silent for a day is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a part needs: the way to the server, who we are, where stations are at home."""

    link: Link
    instance: str
    lease_ms: int
    home: Callable[[StationId], SiteId]
    fences: dict[str, int]
    """The highest fence we held, by the lease's key: claimed above it if the store forgot."""
    epochs: dict[str, int]
    """Likewise the highest epoch of our sockets, by the station's key."""
    own_words: OwnWords
    """What we wrote into logs and have not read back."""


class Part:
    """A part of the store."""

    def __init__(self, context: Context) -> None:
        self._context = context

    @property
    def _own_words(self) -> OwnWords:
        return self._context.own_words

    @property
    def _link(self) -> Link:
        return self._context.link
