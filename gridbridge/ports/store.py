"""The store: logs of facts, ownership with fences, desired schedules, views, sockets.

Log ids are opaque strings that sort by age within a log; ``"0"`` lies before the first entry.
Every method may raise `StoreDownError`; none retries a write on its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from gridbridge.domain.facts import Recorded
from gridbridge.domain.ids import SiteId, StationId, VenName
from gridbridge.domain.slots import Slot

if TYPE_CHECKING:
    from gridbridge.domain.commands import StationDesired
    from gridbridge.domain.history import EnergyBucket, Every
    from gridbridge.domain.units import Instant

START = "0"
"""The log id before every entry."""


class StoreDownError(Exception):
    """The store did not answer in time or refused; whether a write happened is not known."""


class StoreRefusedError(StoreDownError):
    """The store answered that it cannot do this call, because of what it has there.

    It is not away: calls about another site may well succeed, and this one again will not. What
    would fail for everybody (no memory, no writes, no permission) is a `StoreDownError` alone.
    """


class FencedOffError(Exception):
    """Somebody else owns the partition or VEN now, or decided since: nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a log."""

    id: str
    recorded: Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """An engine's state and the log id it reaches."""

    upto: str
    state: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Wakeup:
    """A hint that a station's desired schedules changed."""

    site: SiteId
    station: StationId


class FactLog(Protocol):
    """One log per partition."""

    async def append(self, partition: int, facts: Sequence[Recorded]) -> str:
        """Store the facts in order, return the last id; a (writer, seq) seen before is skipped."""
        ...

    async def read(
        self, after: Mapping[int, str], *, wait_s: float, limit: int = 1000
    ) -> dict[int, list[Entry]]:
        """Entries later than `after` of each partition, oldest first; waits for the first one.

        Empty where nothing came within `wait_s`.
        """
        ...

    async def trim(self, partition: int, *, before: str, fence: int) -> int:
        """Drop entries older than `before` and return how many; raises FencedOffError."""
        ...


class Ownership(Protocol):
    """Who folds a partition or polls a VTN; compared with the store's own clock only."""

    async def announce(self, *, version: str, listeners: Sequence[str]) -> frozenset[str]:
        """Say that this instance lives, for one lease, and return all that live, itself too."""
        ...

    async def acquire(self, partition: int, *, anew: bool = False) -> int | None:
        """Take or renew the lease of 6 s; the fence, or None while another instance holds it.

        The fence rises whenever the owner changes or a lease had run out, and never falls. It
        rises by one if asked for `anew` as well: what this instance sent before and got no answer
        to is then written no more.
        """
        ...

    async def let_go(self, partition: int) -> None:
        """Give a partition up at once, so that another need not wait for the lease to run out."""
        ...

    async def acquire_ven(self, ven: VenName) -> int | None:
        """The same for the right to poll a VTN as that VEN."""
        ...

    async def let_go_ven(self, ven: VenName) -> None:
        """Give a VEN up at once."""
        ...


class Decisions(Protocol):
    """What engines settled."""

    async def decide(
        self,
        partition: int,
        *,
        fence: int,
        decision: Recorded,
        desired: Sequence[StationDesired],
        view: bytes | None = None,
    ) -> str:
        """Append the decision, set what its stations should hold and the site's view, all or none.

        Returns the decision's log id. Raises FencedOffError where the fence is no longer ours, and
        where a station has a version already that this one does not exceed: it comes too late.
        """
        ...

    async def desired(self, site: SiteId) -> dict[StationId, StationDesired]:
        """What each station of a site should hold."""
        ...

    async def show(self, site: SiteId, *, fence: int, view: bytes) -> None:
        """Replace what the API shows of a site; raises FencedOffError."""
        ...

    async def view(self, site: SiteId) -> bytes | None:
        """What the API shows of a site."""
        ...

    async def save(self, site: SiteId, *, fence: int, snapshot: Snapshot) -> None:
        """Keep an engine's state; raises FencedOffError."""
        ...

    async def snapshot(self, site: SiteId) -> Snapshot | None:
        """The newest state kept."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """What a station said yes to: per (EVSE, slot) the digest of the payload's meaning."""

    digests: Mapping[tuple[int, Slot], str]


class Rewrite(NamedTuple):
    """A station that is about to be told something else."""

    station: StationId
    epoch: int
    """Of the socket that will tell it."""
    slots: tuple[tuple[int, Slot], ...] = ()
    """(EVSE, slot) whose record has to go first; none: only whether the socket is the newest."""


class Sockets(Protocol):
    """Who holds a station's socket: the newest authenticated one, by epoch."""

    async def claim(self, station: StationId) -> int:
        """Count one epoch up and name this instance its holder; evicts the holder before."""
        ...

    async def holder(self, station: StationId) -> tuple[str, int] | None:
        """(instance, epoch) that hold the socket."""
        ...

    async def release(self, station: StationId, epoch: int) -> None:
        """Let go, unless a newer epoch holds it."""
        ...

    async def strike_out(self, rewrites: Sequence[Rewrite]) -> frozenset[StationId]:
        """Forget what the slots hold: from now on they may hold anything.

        Says which stations have a newer socket somewhere; of those nothing is forgotten. Where it
        raises, any of it may be done.
        """
        ...

    async def acknowledge(
        self, station: StationId, epoch: int, *, evse: int, slot: Slot, digest: str
    ) -> bool:
        """Remember what the station said yes to on the socket of that epoch.

        False, and nothing is remembered, where a newer socket was claimed since, even if it is
        gone again. Where it raises, it may be remembered.
        """
        ...

    async def acknowledged(self, station: StationId) -> Acknowledged:
        """What the station said yes to, whichever instance asked."""
        ...

    async def forget(self, station: StationId) -> None:
        """The station holds nothing that it said yes to (it rebooted and forgets)."""
        ...

    async def describe(self, station: StationId, facts: Mapping[str, str]) -> None:
        """Keep what the station said of itself (vendor, model, firmware, protocol)."""
        ...

    async def description(self, station: StationId) -> dict[str, str]:
        """What the station said of itself."""
        ...


class Inbox(Protocol):
    """Hints between instances; one that is lost is healed by the sweep."""

    async def wake(self, instance: str, wakeups: Sequence[Wakeup]) -> None:
        """Tell an instance that stations it holds should look at what they should hold."""
        ...

    async def woken(self, *, wait_s: float) -> list[Wakeup]:
        """Hints for this instance; waits for the first, empty after `wait_s`."""
        ...


class VenLog(Protocol):
    """One log per VEN, with what must survive a restart."""

    async def append_ven(self, ven: VenName, facts: Sequence[Recorded]) -> str:
        """As `FactLog.append`."""
        ...

    async def read_ven(self, ven: VenName, *, after: str, limit: int = 1000) -> list[Entry]:
        """Entries later than `after`, without waiting."""
        ...

    async def trim_ven(self, ven: VenName, *, before: str, fence: int) -> int:
        """As `FactLog.trim`."""
        ...

    async def decide_ven(self, ven: VenName, *, fence: int, decision: Recorded) -> str:
        """Append a `VenDecided`; raises FencedOffError."""
        ...

    async def save_ven(self, ven: VenName, *, fence: int, snapshot: Snapshot, view: bytes) -> None:
        """Keep the state and what the API shows of the VEN and its events."""
        ...

    async def snapshot_ven(self, ven: VenName) -> Snapshot | None:
        """The newest state kept."""
        ...

    async def view_ven(self, ven: VenName) -> bytes | None:
        """What the API shows of the VEN and its events."""
        ...


class History(Protocol):
    """What was metered at each site, in buckets."""

    async def keep_history(
        self,
        site: SiteId,
        *,
        fence: int,
        now: Instant,
        reached: Snapshot,
        buckets: Mapping[Every, Sequence[EnergyBucket]],
    ) -> None:
        """Replace these buckets and the state reached with them, all or none.

        Buckets that `Every.kept` keeps no longer at `now` are dropped. Raises FencedOffError.
        """
        ...

    async def history_reached(self, site: SiteId) -> Snapshot | None:
        """The state that belongs to the buckets kept."""
        ...

    async def history(
        self, site: SiteId, *, every: Every, start: Instant, end: Instant
    ) -> list[EnergyBucket]:
        """Buckets of one length that begin from `start` on and before `end`, oldest first."""
        ...


class ConfigShelf(Protocol):
    """Every configuration that was ever adopted."""

    async def keep_config(self, digest: str, document: bytes) -> None:
        """Keep it under its content hash; the same again is no change."""
        ...

    async def config(self, digest: str) -> bytes | None:
        """The configuration of that hash."""
        ...


class Store(FactLog, Ownership, Decisions, Sockets, Inbox, VenLog, History, ConfigShelf, Protocol):
    """Everything one instance keeps outside its own memory."""

    @property
    def instance(self) -> str:
        """The gateway's name plus a random part, new at each start."""
        ...

    async def open(self) -> None:
        """Connect and check the schema version; raises StoreDownError."""
        ...

    async def close(self) -> None:
        """Let go of connections; releases nothing that others may still own."""
        ...

    async def ping(self) -> bool:
        """Whether the store answers now; never raises."""
        ...
