"""What a store in memory keeps of each log, lease, station, site and VEN."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gridbridge.domain.commands import StationDesired
from gridbridge.domain.history import EnergyBucket, Every
from gridbridge.domain.ids import StationId
from gridbridge.domain.slots import Slot
from gridbridge.domain.units import Instant, Seconds
from gridbridge.ports.store import START, Entry, FencedOffError, Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(slots=True)
class Log:
    """One log: its entries, oldest first, and what was ever written to it."""

    entries: list[Entry] = field(default_factory=list)
    seen: set[tuple[str, int]] = field(default_factory=set)
    last: str = START

    def after(self, position: str, limit: int) -> list[Entry]:
        """Up to `limit` entries later than a log id."""
        return [entry for entry in self.entries if entry.id > position][:limit]


@dataclass(slots=True)
class Lease:
    """Who owns a partition or VEN."""

    instance: str | None = None
    fence: int = 0
    until: Instant = Instant(0.0)

    def take(
        self, instance: str, *, now: Instant, lease: Seconds, known: int, anew: bool = False
    ) -> int | None:
        """The fence for that instance; None where another one's lease still runs.

        `known` is the highest fence the instance remembers: one that the backend lost is not
        handed out again. With `anew` it rises although the instance has the lease already.
        """
        left = self.until - now
        over = left <= 0 or left > lease
        if self.instance != instance and not over:
            return None
        if self.instance != instance or over or anew:
            self.fence = max(self.fence, known) + 1
        self.instance, self.until = instance, Instant(now + lease)
        return self.fence

    def drop(self, instance: str) -> None:
        """End that instance's lease, and its fence with it."""
        if self.instance == instance:
            self.instance, self.until, self.fence = None, Instant(0.0), self.fence + 1

    def check(self, fence: int) -> None:
        """Raise FencedOffError unless that fence is the newest."""
        if fence != self.fence or fence == 0:
            raise FencedOffError


@dataclass(slots=True)
class StationRecord:
    """What is kept of one station."""

    epoch: int = 0
    holder: str | None = None
    digests: dict[tuple[int, Slot], str] = field(default_factory=dict)
    description: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class SiteRecord:
    """What is kept of one site."""

    desired: dict[StationId, StationDesired] = field(default_factory=dict)
    view: bytes | None = None
    snapshot: Snapshot | None = None
    history: dict[Every, dict[Instant, EnergyBucket]] = field(
        default_factory=lambda: {every: {} for every in Every}
    )
    history_reached: Snapshot | None = None

    def check(self, desired: Iterable[StationDesired]) -> None:
        """Raise FencedOffError where a station has as new a version of something else."""
        for each in desired:
            known = self.desired.get(each.station, each)
            if known.version >= each.version and known != each:
                raise FencedOffError

    def keep(self, every: Every, buckets: Iterable[EnergyBucket], now: Instant) -> None:
        """Replace buckets, and drop those that are kept no longer."""
        kept = self.history[every]
        kept.update({bucket.start: bucket for bucket in buckets})
        self.history[every] = {
            start: bucket for start, bucket in sorted(kept.items()) if start >= now - every.kept
        }


@dataclass(slots=True)
class VenRecord:
    """What is kept of one VEN, beside its log and lease."""

    view: bytes | None = None
    snapshot: Snapshot | None = None
