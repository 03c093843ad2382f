"""A partition that is served here, in memory: its engines, and what its stations were told."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import structlog

from gridbridge.domain.commands import StationDesired
from gridbridge.domain.decisions import Alarm, Decided
from gridbridge.domain.ids import SiteId, StationId
from gridbridge.domain.site import Mode
from gridbridge.domain.units import Instant, Seconds
from gridbridge.engine.site.engine import SiteEngine
from gridbridge.ports.store import Snapshot, StoreRefusedError
from gridbridge.runtime.cuts import cuts_of
from gridbridge.runtime.faults import EngineFaultError, Faults, boundary, refused
from gridbridge.runtime.journal import log_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gridbridge.domain.facts import Recorded
    from gridbridge.domain.views import SiteView
    from gridbridge.ports.store import Entry

log = structlog.get_logger(__name__)

SHOW_EVERY = Seconds(1.0)
SHOW_AFTER = Seconds(0.5)
SHOW_ANYWAY = Seconds(60.0)
"""A site where nothing happens is shown so often, lest it looks as if nobody served it."""


@dataclass(slots=True, kw_only=True)
class Served:
    """One site that is served here; each call into its engine may raise EngineFaultError."""

    engine: SiteEngine
    held: dict[StationId, StationDesired] = field(default_factory=dict)
    """What each station was told last: as the store has it, or lower."""
    cut: dict[StationId, StationDesired] = field(default_factory=dict)
    """What of that the store does not have."""
    delivered: bool = False
    """Whether its stations were told since it was loaded."""
    folded: int = 0
    """Facts since the last snapshot."""
    saved: Instant
    tried: bool = False
    """Its engine decided since it was loaded."""
    whole: bool = True
    """The log has every decision that the engine counts as told."""
    adrift: bool = False
    """The store refuses its decisions: it decides cuts, until it is read anew."""
    shown: Instant = Instant(0.0)
    stale: Instant | None = Instant(0.0)
    """Since when the view in the store is older than the state."""

    @property
    def control(self) -> bool:
        """Whether its stations are told anything."""
        return self.engine.site.mode is Mode.CONTROL

    @property
    def undelivered(self) -> bool:
        """Whether its stations are to be told what they should hold, whatever is decided."""
        return self.control and self.tried and not self.delivered

    # --- what others read

    def changed(self, now: Instant) -> None:
        """The view in the store is older than the state from now on."""
        if self.stale is None:
            self.stale = now

    def to_show(self, now: Instant) -> bool:
        """Whether the view is due: a moment after a change, lest it stands in others' way."""
        if self.stale is None:
            return self.shown > 0.0 and now - self.shown >= SHOW_ANYWAY
        return now - self.stale >= SHOW_AFTER and now - self.shown >= SHOW_EVERY

    # --- the engine

    def receive(self, recorded: Recorded, *, entry: str) -> None:
        """Fold a fact."""
        with boundary("receive", entry):
            self.engine.receive(recorded, entry=entry)

    def decide(self, now: Instant) -> Decided | None:
        """What changes."""
        with boundary("decide", self.engine.upto):
            return self.engine.decide(now)

    def view(self, now: Instant) -> SiteView:
        """What the API shows."""
        with boundary("view", self.engine.upto):
            return self.engine.view(now)

    def snapshot(self) -> Snapshot:
        """The state to keep."""
        with boundary("snapshot", self.engine.upto):
            return Snapshot(upto=self.engine.upto, state=self.engine.snapshot())

    # --- what stations are told

    def told(self, changes: Iterable[StationDesired]) -> None:
        """The store has these, and the stations will."""
        site = self.engine.site
        self.held |= {each.station: each for each in changes if site.station(each.station)}

    def wanted(self) -> list[StationDesired]:
        """What every station should hold, for whoever has the sockets now."""
        held = dict(self.held)
        with boundary("desired", self.engine.upto):
            for each in self.engine.desired():
                held.setdefault(each.station, each)
        return list(held.values())

    def cuts(
        self, changes: Iterable[StationDesired], *, now: Instant
    ) -> tuple[StationDesired, ...]:
        """The part of a decision that may be told although it is not stored."""
        if not self.control:
            return ()
        with boundary("cut", self.engine.upto):
            cuts = cuts_of(self.held, changes, now=now)
        by_station = {each.station: each for each in cuts}
        self.held |= by_station
        self.cut |= by_station
        return cuts

    def owned_up(self, cuts: Iterable[StationDesired], *, now: Instant) -> Decided | None:
        """What stations hold without the log, as a decision for it; None where it knows all.

        With it raises start from what stations hold, and wait for each other as always.
        """
        with boundary("own up", self.engine.upto):
            lower = {each.station: each for each in cuts_of(self.held, cuts, now=now)}
            apart = self._apart()
            told: list[StationDesired] = []
            for station, held in self.held.items():
                if station not in apart and self._forgot(station):
                    # It booted and was told again what it had been told; it may still hold that.
                    told.append(held)
                if station in lower:
                    told.append(lower[station])
            return self._telling([*apart.values(), *told], now, cut=lower)

    def put_back(self, *, now: Instant) -> Decided | None:
        """What stations hold where the engine counts on something else; None: nowhere.

        A state that is ahead of the log would never tell again what it believes was told, and
        versions that the store has already would never be stored.
        """
        with boundary("put back", self.engine.upto):
            apart = self._apart()
            if apart:
                log.warning("state_put_back", site=self.engine.site.id, stations=len(apart))
            return self._telling(list(apart.values()), now, cut=())

    def _apart(self) -> dict[StationId, StationDesired]:
        """What the store has of those stations; of one it has nothing of, the engine's own."""
        if not self.control:
            return {}
        newest = self.engine.state.version
        behind = {name: held for name, held in self.held.items() if held.version > newest}
        return behind | {
            each.station: self.held.get(each.station, each)
            for each in self.engine.desired()
            if each.station not in self.held or self.held[each.station].version < each.version
        }

    def _telling(
        self, told: Sequence[StationDesired], now: Instant, *, cut: Iterable[StationId]
    ) -> Decided | None:
        if not told:
            return None
        version = max(self.engine.state.version, *(held.version for held in told))
        return Decided(
            site=self.engine.site.id,
            upto=self.engine.upto,
            now=now,
            config=self.engine.config,
            changes=tuple(
                replace(each, version=version + count) for count, each in enumerate(told, 1)
            ),
            why=(),
            envelope=(),
            alarms=tuple(
                Alarm(name="cut_without_store", subject=station, detail="the store was away")
                for station in cut
            ),
        )

    def _forgot(self, station: StationId) -> bool:
        """Whether the log no longer says what the station was told."""
        evses = self.engine.state.stations[station].evses.values()
        return any(own.desired is None for own in evses)


@dataclass(slots=True, kw_only=True)
class Owned:
    """One partition that is served here."""

    fence: int
    upto: str
    faults: Faults
    adrift: bool = False
    """Its engines hold what the log may not: they decide cuts, until they are read anew."""
    sites: dict[SiteId, Served] = field(default_factory=dict)
    stopped: dict[SiteId, Mapping[StationId, StationDesired]] = field(default_factory=dict)
    """Sites whose engine raised, with what was cut there and the store does not have."""

    def receive(self, news: Sequence[Entry], *, now: Instant) -> None:
        """Fold what was read from the log; each engine skips what its snapshot already holds."""
        for entry in news:
            self.upto = entry.id
            served = self._of(entry.recorded)
            if served is None or log_order(entry.id) <= log_order(served.engine.upto):
                continue
            with self.stopping(served):
                served.receive(entry.recorded, entry=entry.id)
                served.folded += 1
                served.changed(now)

    def decided(self, served: Served, now: Instant) -> Decided | None:
        """What changes at a site; nothing where its engine raises, which stops it."""
        with self.stopping(served):
            decided = served.decide(now)
            served.tried = True
            return decided
        return None

    def cuts(self, facts: Iterable[Recorded], *, now: Instant) -> tuple[StationDesired, ...]:
        """Fold facts that are not in the log, and say what has to be cut because of them."""
        for recorded in facts:
            served = self._of(recorded)
            if served is not None:
                with self.stopping(served):
                    served.receive(recorded, entry=served.engine.upto)
        cuts: list[StationDesired] = []
        for served in list(self.sites.values()):
            decided = self.decided(served, now)
            if decided is not None:
                with self.stopping(served):
                    cuts += served.cuts(decided.changes, now=now)
        return tuple(cuts)

    @contextmanager
    def stopping(self, served: Served) -> Iterator[None]:
        """Stop serving the site where its engine raises in this block."""
        site = served.engine.site.id
        try:
            yield
        except EngineFaultError as error:
            self.stop(site, served.cut, error)

    def refuse(self, served: Served, error: StoreRefusedError) -> None:
        """Only cut at a site whose decisions the store refuses, until it is read anew."""
        site = served.engine.site.id
        if self.sites.get(site) is served:
            served.adrift, served.whole = True, False
            self.faults.struck(site, refused("store", served.engine.upto, error))

    def faulty(self, site: SiteId) -> bool:
        """Whether that site is to be read anew once its pause is over."""
        served = self.sites.get(site)
        return site in self.stopped if served is None else served.adrift

    def stop(
        self, site: SiteId, cut: Mapping[StationId, StationDesired], error: EngineFaultError
    ) -> None:
        """Serve that site no longer; its stations keep what they hold."""
        self.sites.pop(site, None)
        self.stopped[site] = cut
        self.faults.struck(site, error)

    def cut_of(self, site: SiteId) -> Mapping[StationId, StationDesired]:
        """What was cut at a site and the store does not have."""
        served = self.sites.get(site)
        return self.stopped.get(site, {}) if served is None else served.cut

    def _of(self, recorded: Recorded) -> Served | None:
        return self.sites.get(recorded.fact.site)  # type: ignore[union-attr]  # a partition holds facts of sites
