"""The engine of one site: a state machine that folds facts and says what stations should hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from gridbridge.codec import decode, encode
from gridbridge.domain.commands import StationDesired
from gridbridge.domain.decisions import Decided
from gridbridge.domain.units import FOREVER, Instant, Seconds
from gridbridge.engine.site.drafting import Drafter
from gridbridge.engine.site.envelope import Envelope, Envelopes, prune
from gridbridge.engine.site.folding import Folder
from gridbridge.engine.site.holds import kept_fading
from gridbridge.engine.site.plan import Plan, Planner
from gridbridge.engine.site.reasons import Reasons, alarms
from gridbridge.engine.site.state import EvseState, SiteState, StationState
from gridbridge.engine.site.view import view_of
from gridbridge.engine.site.waking import next_change, next_room
from gridbridge.engine.site.wires import wires_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridbridge.domain.facts import Recorded
    from gridbridge.domain.ids import ProgramName
    from gridbridge.domain.programs import Program
    from gridbridge.domain.site import Site
    from gridbridge.domain.views import SiteView
    from gridbridge.ports.store import Snapshot

RAISES_EVERY = Seconds(0.2)
"""Cuts are decided at once, raises at most so often per site."""


class SiteEngine:
    """One site: `receive` folds a fact, `decide` says what changes, `next_wakeup` when to ask.

    The caller stores what `decide` returns before anything is sent; the engine counts it as told
    from that moment.
    """

    def __init__(
        self,
        site: Site,
        programs: Mapping[ProgramName, Program],
        *,
        config: str,
        state: SiteState | None = None,
    ) -> None:
        self.site = site
        self.programs = programs
        self.config = config
        self.wires = wires_of(site)
        self.state = _completed(site, SiteState() if state is None else state)
        self._planner = Planner(site, self.wires, self.state)
        self._drafter = Drafter(site, self.wires)
        self._reasons = Reasons(site, self.wires)
        self._folder = Folder(site, self.wires, self.state)
        self._envelopes = Envelopes(site, programs, nameplate=self.wires.nameplate())
        self._upto = "0"
        self._dirty = True
        self._due: Instant | None = None
        self._raise = FOREVER
        self._change = FOREVER
        self._plan: Plan | None = None
        self._envelope: Envelope | None = None

    # --- facts in ------------------------------------------------------------------------------

    def receive(self, recorded: Recorded, *, entry: str) -> None:
        """Fold a fact that lies in the log as `entry`."""
        self._dirty |= self._folder.fold(recorded.fact, recorded.at)
        self._upto = entry

    def expire(self, now: Instant) -> None:
        """Forget what is over, as `decide` does: settled cuts, events long past, old voltages."""
        for station in self.state.stations.values():
            for own in station.evses.values():
                own.fading = kept_fading(own.fading, now)
        self.state.events = prune(self.programs, self.state, now)
        self._folder.meters.voltage_moved(now)

    # --- decisions out -------------------------------------------------------------------------

    def decide(self, now: Instant) -> Decided | None:
        """What stations should hold from now on, where that changed; None where nothing did."""
        asked = self._dirty or self._folder.finder.roomier
        if not asked and (self._due is None or now < self._due):
            return None
        self.expire(now)
        current = self._envelopes.of(self.state, now)
        if self._plan is not None and self._planned_already(self._plan, now):
            self._envelope = current
            self._rest(current, now)
            return None
        planned = self._planner.plan(current, now)
        drafted = self._drafter.draft(self.state, planned, current, now)
        if drafted.only_raises and now < self.state.raised + RAISES_EVERY:
            self._dirty, self._raise = False, Instant(self.state.raised + RAISES_EVERY)
            self._rest(current, now)
            return None
        moved = bool(drafted.changes) or self._envelope_moved(current, now)
        self._dirty, self._plan, self._envelope = False, planned, current
        decided = self._decided(planned, current, drafted.changes, now) if moved else None
        if decided is not None:
            self._folder.fold(decided, now)
        self._raise = drafted.next_raise
        # Last, since an answer is owed for what was just told.
        self._rest(current, now)
        return decided

    def next_wakeup(self) -> Instant | None:
        """When `decide` may have something to say although no fact came."""
        return self._due

    def desired(self) -> tuple[StationDesired, ...]:
        """What every station should hold as decided last."""
        found = []
        for station in self.site.stations:
            evses = [own.desired for own in self.state.stations[station.id].evses.values()]
            if evses and all(each is not None for each in evses):
                version = max(
                    own.desired_version for own in self.state.stations[station.id].evses.values()
                )
                found.append(
                    StationDesired(
                        site=self.site.id,
                        station=station.id,
                        version=version,
                        evses=tuple(each for each in evses if each is not None),
                        feed_amps=station.feed_amps,
                    )
                )
        return tuple(found)

    def view(self, now: Instant) -> SiteView:
        """What the API shows of the site."""
        return view_of(
            self.site,
            self.wires,
            self.state,
            self._folder.meters,
            self._reasons,
            self._plan,
            self._envelope,
            self._planner.worsts,
            now,
        )

    # --- survival ------------------------------------------------------------------------------

    def snapshot(self) -> bytes:
        """The state, to be kept beside the id of the last entry folded."""
        return encode(self.state)

    @property
    def adopted(self) -> str:
        """Hash of the configuration that the log says the site runs under."""
        return self.state.config

    @property
    def upto(self) -> str:
        """The id of the last entry folded."""
        return self._upto

    @classmethod
    def restored(
        cls,
        site: Site,
        programs: Mapping[ProgramName, Program],
        *,
        config: str,
        snapshot: bytes,
        upto: str,
    ) -> Self:
        """An engine as it was when the snapshot was taken; later facts are received on top."""
        engine = cls(site, programs, config=config, state=decode(snapshot, SiteState))
        engine._upto = upto
        return engine

    @classmethod
    def of(
        cls,
        site: Site,
        programs: Mapping[ProgramName, Program],
        *,
        config: str,
        snapshot: Snapshot | None,
    ) -> Self:
        """`restored` from a snapshot; without one an engine that knows nothing yet."""
        if snapshot is None:
            return cls(site, programs, config=config)
        return cls.restored(
            site, programs, config=config, snapshot=snapshot.state, upto=snapshot.upto
        )

    # --- inside --------------------------------------------------------------------------------

    def _decided(
        self, planned: Plan, current: Envelope, changes: tuple[StationDesired, ...], now: Instant
    ) -> Decided:
        return Decided(
            site=self.site.id,
            upto=self._upto,
            now=now,
            config=self.config,
            changes=changes,
            why=self._reasons.of(self.state, planned, current, now),
            envelope=current.segments,
            alarms=alarms(self.site, self.wires, self.state, planned),
        )

    def _envelope_moved(self, current: Envelope, now: Instant) -> bool:
        before = self._envelope
        return before is None or _ahead(current, now) != _ahead(before, now)

    def _planned_already(self, planned: Plan, now: Instant) -> bool:
        """Whether all that happened since the last plan is that some may draw less than then."""
        return (
            not self._dirty
            and now < self._change
            and self._planner.same_with_more_room(planned, now)
        )

    def _rest(self, current: Envelope, now: Instant) -> None:
        """Settle when to be asked again."""
        self._folder.finder.roomier = False
        times = (next_change(self.site, self.state, current, now), self._planner.next_step(now))
        self._change = min(*times, self._raise)
        self._due = min(self._change, next_room(self.state, now))


def _ahead(envelope: Envelope, now: Instant) -> list[tuple[object, ...]]:
    """What of an envelope still lies ahead, whenever it was computed."""
    return [
        (bound.end, bound.soft, bound.soft_source, bound.target)
        for bound in envelope.bounds
        if bound.end > now
    ]


def _completed(site: Site, state: SiteState) -> SiteState:
    """Every configured station and EVSE has a state; those no longer configured have none."""
    stations = {}
    for station in site.stations:
        own = state.stations.get(station.id, StationState())
        own.evses = {
            evse.ref.evse: own.evses.get(evse.ref.evse, EvseState()) for evse in station.evses
        }
        stations[str(station.id)] = own
    state.stations = stations
    return state
