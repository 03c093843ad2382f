"""Random histories with an outage in them: what is told never lets more in, and all ends well."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from gridbridge.domain.facts import Recorded
from gridbridge.domain.units import Instant
from gridbridge.engine.site.engine import SiteEngine
from gridbridge.runtime.faults import Faults
from gridbridge.runtime.journal import Journal
from gridbridge.runtime.owned import Owned, Served
from gridbridge.testing import VirtualClock
from tests.safety.oracle import Oracle
from tests.safety.sites import SITE, START
from tests.safety.world import World

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from gridbridge.domain.commands import StationDesired
    from gridbridge.domain.facts import SiteFact
    from gridbridge.domain.ids import EvseRef, StationId
    from gridbridge.domain.schedules import Schedule
    from gridbridge.domain.site import Site, Station

SEEDS = range(40)


class TwoOracles(Oracle):
    """What stations may draw, and (as `log`) what they may as far as the log will ever tell."""

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.log = Oracle(site)
        self.log.seen, self.log.connected = self.seen, self.connected

    def secured(self, ref: EvseRef, now: float, settle: float) -> None:
        """In the log as well: such facts are kept."""
        super().secured(ref, now, settle)
        self.log.secured(ref, now, settle)

    def accepted(self, ref: EvseRef, version: int, now: float, settle: float) -> None:
        """The log has under that version what was told before it was cut."""
        super().accepted(ref, version, now, settle)
        self.log.accepted(ref, version, now, settle)

    def forgot(self, station: StationId) -> None:
        """In the log as well."""
        super().forgot(station)
        self.log.forgot(station)

    def seen_at_or_below(self, ref: EvseRef, taken: float, amps: float) -> None:
        """In the log as well."""
        super().seen_at_or_below(ref, taken, amps)
        self.log.seen_at_or_below(ref, taken, amps)


class OutageWorld(World):
    """A history in which the store goes and comes back.

    `store` is what the store has: the engine's state as of then, and what stations were told.
    """

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.oracle: TwoOracles = TwoOracles(self.site)
        self.away = False
        self.journal = Journal()
        self.store: dict[StationId, StationDesired] = {}
        self.served = Served(engine=self.engine, saved=START)
        self.cuts = 0

    def lose_store(self) -> None:
        """From here on nothing is stored."""
        self.away = True
        self.snapshot = self.engine.snapshot()
        self.served = Served(engine=self.engine, saved=START)
        self.served.told(self.store.values())

    def store_back(self) -> None:
        """The engine is read anew from the log, which gets what was kept and what was cut."""
        self.away = False
        cut = self.served.cut
        self.engine = SiteEngine.restored(
            self.site,
            self.programs,
            config="c",
            snapshot=self.snapshot,
            upto=self.engine.upto,
        )
        for recorded in self.journal.first(10_000):
            self.engine.receive(recorded, entry=str(self._seq))
        served = Served(engine=self.engine, saved=START)
        served.told(self.store.values())
        decided = served.owned_up(cut.values(), now=self.now)
        if decided is not None:
            self._fact(decided)
            for known in decided.changes:
                self.oracle.log.decided(known)
            for held in {each.station: each for each in decided.changes}.values():
                self._told(held)
        self._log_counts_enough(self._moments())
        self.decide()

    # --- what the world does otherwise

    def _fact(self, fact: SiteFact) -> None:
        if not self.away:
            super()._fact(fact)
            return
        self._seq += 1
        recorded = Recorded(at=self.now, writer="w", seq=self._seq, fact=fact)
        self.journal.keep(recorded)

    def _connect_one(self, station: Station) -> None:
        if not self.away:
            super()._connect_one(station)

    def decide(self) -> None:
        """Let the engine decide; without a store tell cuts only."""
        if not self.away:
            decided = self.engine.decide(self.now)
            if decided is not None:
                self._tell(decided.changes)
            return
        faults = Faults(VirtualClock(self.now))
        owned = Owned(fence=1, upto="0", sites={SITE: self.served}, faults=faults)
        before = dict(self.served.held)
        cuts = owned.cuts(self.journal.to_fold(), now=self.now)
        assert not faults.counts
        for cut in cuts:
            self._lower(before[cut.station], cut)
        self.cuts += len(cuts)
        self._tell(cuts)

    def _tell(self, changes: Iterable[StationDesired]) -> None:
        """Have stations told, and hold that to the property of all decisions."""
        changes = list(changes)
        if not changes:
            return
        # Stations told by the log are counted by the log; cuts by what really holds.
        counted: Oracle = self.oracle if self.away else self.oracle.log
        before, moments = counted.copy(), self._moments()
        for desired in changes:
            if not self.away:
                self.oracle.log.decided(desired)
            self._told(desired)
        moments = np.union1d(moments, self._moments())
        self._check(moments, before.worst(moments), counted.worst(moments))
        if not self.away:
            self._log_counts_enough(moments)

    def _told(self, desired: StationDesired) -> None:
        if not self.away:
            self.store[desired.station] = desired
        self.oracle.decided(desired)
        self.unanswered = [(d, e) for d, e in self.unanswered if d.station != desired.station]
        if desired.station in self.oracle.connected:
            self.unanswered.append((desired, self.epochs[desired.station]))

    def _moments(self) -> NDArray[np.float64]:
        horizon = self.now + 6 * 3600.0
        each = (self.oracle, self.oracle.log)
        return np.union1d(*(oracle.moments(self.now, horizon) for oracle in each))

    def _log_counts_enough(self, moments: NDArray[np.float64]) -> None:
        truth, log = self.oracle.worst(moments), self.oracle.log.worst(moments)
        assert (truth <= log + 1e-6).all()

    def _lower(self, before: StationDesired, cut: StationDesired) -> None:
        """A cut lets in nowhere more than what was told before."""
        for old, new in zip(before.evses, cut.evses, strict=True):
            assert old.schedule is not None
            assert new.schedule is not None
            for at in _moments(old.schedule, new.schedule, self.now):
                was, now = old.schedule.at(at), new.schedule.at(at)
                most = old.standing_amps if was is None else was.limit
                assert (new.standing_amps if now is None else now.limit) <= most


def _moments(one: Schedule, other: Schedule, now: float) -> list[Instant]:
    edges = {now, one.until, other.until}
    edges |= {period.start for each in (one, other) for period in each.periods}
    return [Instant(edge + beside) for edge in edges if edge >= now for beside in (0.0, 1e-3)]


@dataclass(frozen=True, kw_only=True)
class History:
    """What happened in a world up to its rest, and the world itself."""

    world: OutageWorld
    violations: tuple[str, ...]
    cuts: int


@cache
def history(seed: int) -> History:
    """Played once for all that is asked of it: only what follows may touch the world."""
    world = OutageWorld(seed)
    world.begin()
    world.run(8)
    for _ in range(2):
        world.lose_store()
        world.run(12)
        world.store_back()
        world.journal = Journal()
        world.run(4)
    return History(world=world, violations=tuple(world.violations), cuts=world.cuts)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_outage_lets_stations_draw_more(seed: int) -> None:
    assert history(seed).violations == ()


@pytest.mark.parametrize("seed", SEEDS)
def test_after_an_outage_the_site_comes_to_rest_at_what_its_log_says(seed: int) -> None:
    world = history(seed).world
    world.calm_down()

    assert world.engine.decide(world.now) is None
    for desired in world.engine.desired():
        for evse in desired.evses:
            state = world.engine.state.stations[desired.station].evses[evse.evse]
            assert state.accepted == evse.schedule
            assert state.told == ()


def test_the_histories_have_cuts_in_their_outages() -> None:
    assert sum(history(seed).cuts for seed in SEEDS) > 50
