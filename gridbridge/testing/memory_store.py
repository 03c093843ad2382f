"""A store in memory, for one instance of several that share a backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.domain.decisions import Decided
from gridbridge.domain.ids import SiteId
from gridbridge.domain.partitions import PARTITIONS, partition_of
from gridbridge.domain.units import Instant
from gridbridge.ports.store import Acknowledged, Entry, Snapshot, StoreDownError, Wakeup
from gridbridge.testing.memory_history import MemoryHistory
from gridbridge.testing.memory_records import VenRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gridbridge.domain.commands import StationDesired
    from gridbridge.domain.facts import Recorded
    from gridbridge.domain.ids import StationId, VenName
    from gridbridge.domain.slots import Slot
    from gridbridge.ports.store import Rewrite
    from gridbridge.testing.memory_backend import MemoryBackend
    from gridbridge.testing.memory_records import Lease, StationRecord


class MemoryStore(MemoryHistory):
    """A `Store` without a server; `down` cuts this instance off, the backend's `down` all."""

    def __init__(
        self,
        backend: MemoryBackend,
        instance: str = "gw-memory",
        *,
        site_of: Callable[[StationId], SiteId | None] = lambda _station: None,
    ) -> None:
        self._backend = backend
        self._instance = instance
        self._site_of = site_of
        self._down = False
        self._fences: dict[str, int] = {}
        self._epochs: dict[StationId, int] = {}

    @property
    def instance(self) -> str:
        """The name it was made with."""
        return self._instance

    @property
    def down(self) -> bool:
        """Whether this instance is cut off."""
        return self._down

    @down.setter
    def down(self, down: bool) -> None:
        self._down = down
        self._backend.changed()

    def _reach(self) -> MemoryBackend:
        if self._down or self._backend.down:
            raise StoreDownError("the store is down")
        return self._backend

    async def open(self) -> None:
        """Nothing to connect to; raises StoreDownError while down."""
        self._reach()

    async def close(self) -> None:
        """Nothing to let go of."""

    async def ping(self) -> bool:
        """Whether it is not down."""
        return not (self._down or self._backend.down)

    # --- logs

    async def append(self, partition: int, facts: Sequence[Recorded]) -> str:
        """Store the facts; see `FactLog`."""
        return self._reach().append(_facts(partition), facts)

    async def read(
        self, after: Mapping[int, str], *, wait_s: float, limit: int = 1000
    ) -> dict[int, list[Entry]]:
        """Entries later than `after`; see `FactLog`."""

        def look() -> dict[int, list[Entry]]:
            backend = self._reach()
            found = {
                partition: backend.log(_facts(partition)).after(position, limit)
                for partition, position in after.items()
            }
            return {partition: entries for partition, entries in found.items() if entries}

        return await self._backend.first(look, wait_s=wait_s)

    async def trim(self, partition: int, *, before: str, fence: int) -> int:
        """Drop old entries; see `FactLog`."""
        return self._reach().trim(_facts(partition), before, fence)

    # --- ownership

    async def announce(self, *, version: str, listeners: Sequence[str]) -> frozenset[str]:
        """Say that this instance lives; see `Ownership`."""
        del version, listeners
        backend = self._reach()
        now = backend.clock.now()
        backend.alive[self._instance] = Instant(now + backend.lease)
        return frozenset(
            instance
            for instance, until in backend.alive.items()
            if 0 < until - now <= backend.lease
        )

    async def acquire(self, partition: int, *, anew: bool = False) -> int | None:
        """Take or renew the lease of a partition; see `Ownership`."""
        return self._acquire(_facts(partition), anew=anew)

    async def let_go(self, partition: int) -> None:
        """Give a partition up."""
        self._reach().lease_of(_facts(partition)).drop(self._instance)

    async def acquire_ven(self, ven: VenName) -> int | None:
        """Take or renew the lease of a VEN."""
        return self._acquire(_ven(ven))

    async def let_go_ven(self, ven: VenName) -> None:
        """Give a VEN up."""
        self._reach().lease_of(_ven(ven)).drop(self._instance)

    def _acquire(self, name: str, *, anew: bool = False) -> int | None:
        backend = self._reach()
        fence = backend.lease_of(name).take(
            self._instance,
            now=backend.clock.now(),
            lease=backend.lease,
            known=self._fences.get(name, 0),
            anew=anew,
        )
        if fence is not None:
            self._fences[name] = fence
        return fence

    # --- decisions

    async def decide(
        self,
        partition: int,
        *,
        fence: int,
        decision: Recorded,
        desired: Sequence[StationDesired],
        view: bytes | None = None,
    ) -> str:
        """Append the decision with all it brings; see `Decisions`."""
        backend = self._reach()
        fact = decision.fact
        if not isinstance(fact, Decided) or partition_of(fact.site) != partition:
            raise ValueError(f"this is no decision about a site of partition {partition}")
        if any(each.site != fact.site for each in desired):
            raise ValueError(f"what is desired is not all of site {fact.site}")
        backend.lease_of(_facts(partition)).check(fence)
        backend.site(fact.site).check(desired)
        for each in desired:
            backend.site(each.site).desired[each.station] = each
        if view is not None:
            backend.site(fact.site).view = view
        return backend.append(_facts(partition), [decision])

    async def desired(self, site: SiteId) -> dict[StationId, StationDesired]:
        """What each station of a site should hold."""
        return dict(self._reach().site(site).desired)

    async def show(self, site: SiteId, *, fence: int, view: bytes) -> None:
        """Replace what the API shows of a site."""
        self._owner_of(site).check(fence)
        self._backend.site(site).view = view

    async def view(self, site: SiteId) -> bytes | None:
        """What the API shows of a site."""
        return self._reach().site(site).view

    async def save(self, site: SiteId, *, fence: int, snapshot: Snapshot) -> None:
        """Keep an engine's state."""
        self._owner_of(site).check(fence)
        self._backend.site(site).snapshot = snapshot

    async def snapshot(self, site: SiteId) -> Snapshot | None:
        """The newest state kept."""
        return self._reach().site(site).snapshot

    def _owner_of(self, site: SiteId) -> Lease:
        return self._reach().lease_of(_facts(partition_of(site)))

    # --- sockets

    async def claim(self, station: StationId) -> int:
        """Become the holder of a station's socket; see `Sockets`."""
        backend = self._reach()
        record = backend.station(station)
        before = record.holder
        record.epoch = max(record.epoch, self._epochs.get(station, 0)) + 1
        record.holder = self._instance
        self._epochs[station] = record.epoch
        if before not in {None, self._instance}:
            site = self._site_of(station) or SiteId(station)
            backend.inboxes.setdefault(str(before), []).append(Wakeup(site=site, station=station))
            backend.changed()
        return record.epoch

    async def holder(self, station: StationId) -> tuple[str, int] | None:
        """(instance, epoch) that hold the socket."""
        record = self._reach().station(station)
        return None if record.holder is None else (record.holder, record.epoch)

    async def release(self, station: StationId, epoch: int) -> None:
        """Let go, unless a newer epoch holds it."""
        record = self._reach().station(station)
        if record.epoch == epoch:
            record.holder = None

    async def strike_out(self, rewrites: Sequence[Rewrite]) -> frozenset[StationId]:
        """Forget what slots hold, unless the station has a newer socket; says which have."""
        backend = self._reach()
        elsewhere: set[StationId] = set()
        for station, epoch, slots in rewrites:
            record = backend.station(station)
            if record.holder is not None and record.epoch > epoch:
                elsewhere.add(station)
                continue
            for slot in slots:
                record.digests.pop(slot, None)
        return frozenset(elsewhere)

    async def acknowledge(
        self, station: StationId, epoch: int, *, evse: int, slot: Slot, digest: str
    ) -> bool:
        """Remember what the station said yes to, unless it had a newer socket since."""
        record = self._station(station)
        if record.epoch > epoch:
            return False
        record.digests[evse, slot] = digest
        return True

    async def acknowledged(self, station: StationId) -> Acknowledged:
        """What the station said yes to."""
        return Acknowledged(digests=dict(self._station(station).digests))

    async def forget(self, station: StationId) -> None:
        """The station holds nothing that it said yes to."""
        self._station(station).digests.clear()

    async def describe(self, station: StationId, facts: Mapping[str, str]) -> None:
        """Keep what the station said of itself, beside what it said before."""
        self._station(station).description.update(facts)

    async def description(self, station: StationId) -> dict[str, str]:
        """What the station said of itself."""
        return dict(self._station(station).description)

    def _station(self, station: StationId) -> StationRecord:
        return self._reach().station(station)

    # --- inbox

    async def wake(self, instance: str, wakeups: Sequence[Wakeup]) -> None:
        """Leave hints for an instance."""
        backend = self._reach()
        backend.inboxes.setdefault(instance, []).extend(wakeups)
        backend.changed()

    async def woken(self, *, wait_s: float) -> list[Wakeup]:
        """Hints for this instance, each once."""

        def look() -> list[Wakeup]:
            return list(dict.fromkeys(self._reach().inboxes.pop(self._instance, ())))

        return await self._backend.first(look, wait_s=wait_s)

    # --- VENs and configurations

    async def append_ven(self, ven: VenName, facts: Sequence[Recorded]) -> str:
        """Store facts of a VEN."""
        return self._reach().append(_ven(ven), facts)

    async def read_ven(self, ven: VenName, *, after: str, limit: int = 1000) -> list[Entry]:
        """Entries of a VEN's log later than `after`."""
        return self._reach().log(_ven(ven)).after(after, limit)

    async def trim_ven(self, ven: VenName, *, before: str, fence: int) -> int:
        """Drop old entries of a VEN's log."""
        return self._reach().trim(_ven(ven), before, fence)

    async def decide_ven(self, ven: VenName, *, fence: int, decision: Recorded) -> str:
        """Append a `VenDecided`."""
        backend = self._reach()
        backend.lease_of(_ven(ven)).check(fence)
        return backend.append(_ven(ven), [decision])

    async def save_ven(self, ven: VenName, *, fence: int, snapshot: Snapshot, view: bytes) -> None:
        """Keep a VEN's state and view."""
        backend = self._reach()
        backend.lease_of(_ven(ven)).check(fence)
        backend.vens[ven] = VenRecord(view=view, snapshot=snapshot)

    async def snapshot_ven(self, ven: VenName) -> Snapshot | None:
        """The newest state kept of a VEN."""
        return self._reach().vens.get(ven, VenRecord()).snapshot

    async def view_ven(self, ven: VenName) -> bytes | None:
        """What the API shows of a VEN."""
        return self._reach().vens.get(ven, VenRecord()).view

    async def keep_config(self, digest: str, document: bytes) -> None:
        """Keep a configuration under its hash."""
        self._reach().configs.setdefault(digest, document)

    async def config(self, digest: str) -> bytes | None:
        """The configuration of that hash."""
        return self._reach().configs.get(digest)


def _facts(partition: int) -> str:
    if not 0 <= partition < PARTITIONS:
        raise ValueError(f"there is no partition {partition}")
    return f"partition {partition}"


def _ven(ven: VenName) -> str:
    return f"ven {ven}"
