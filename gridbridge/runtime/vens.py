"""One VEN: owned by one instance, its log folded, its VTN answered only after the write."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from gridbridge.codec import encode
from gridbridge.domain.facts import VenStarted
from gridbridge.domain.units import Instant, Seconds
from gridbridge.engine.ven.silence import silent_since
from gridbridge.ports.facts import NotStoredError
from gridbridge.ports.store import FencedOffError, Snapshot, Store, StoreDownError
from gridbridge.runtime.announcing import Alarms, announce_answers
from gridbridge.runtime.loading import ven_engine
from gridbridge.runtime.owing import NOTHING, owed_by
from gridbridge.runtime.ownership import BEAT
from gridbridge.runtime.relaying import about_event, about_silence, relay
from gridbridge.runtime.sampling import samples

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Sequence

    from gridbridge.domain.decisions import Assign, ReportUpdate, VenDecided
    from gridbridge.domain.events import Answer
    from gridbridge.domain.facts import Registered, VenFact
    from gridbridge.domain.ids import ProgramName, VenName
    from gridbridge.domain.views import VenView
    from gridbridge.engine.ven.engine import VenEngine
    from gridbridge.ports.clock import Clock
    from gridbridge.ports.grid import Ven
    from gridbridge.runtime.sink import StoringSink

log = structlog.get_logger(__name__)

SNAPSHOT_EVERY = Seconds(60.0)
SHORTEST_PAUSE = Seconds(0.05)
MEND_AFTER = Seconds(0.5)
"""How soon what broke off is tried again although the VTN says nothing."""


class VenWorker:
    """Runs one VEN while this instance owns it; the `VenSink` of its adapter.

    fact ─▶ log ─▶ fold ─▶ decide ─▶ log ─▶ tell the sites ─▶ show what is owed to the VTN

    Whatever breaks off in between, the state is read from the log again and the sites are told
    all of it again, before anything new is folded; told twice is the same to them as once.
    """

    def __init__(
        self, ven: Ven, engine: VenEngine, *, store: Store, sink: StoringSink, clock: Clock
    ) -> None:
        self._ven = ven
        self._fresh = engine
        self._engine = engine
        self._store = store
        self._sink = sink
        self._clock = clock
        self._fence: int | None = None
        self._saved = Instant(0.0)
        self._lock = asyncio.Lock()
        self._whole = False
        """The log holds what the engine decided, and the sites were told."""
        self._failing = False
        self._shown = NOTHING
        self._view: VenView | None = None
        """What others read of it, but for the times in it."""
        self._alarms = Alarms()

    @property
    def name(self) -> VenName:
        """The VEN's name in the configuration."""
        return self._ven.name

    @property
    def fence(self) -> int | None:
        """The fence while this instance owns the VEN."""
        return self._fence

    async def run(self) -> None:
        """Own the VEN whenever nobody else does, and speak as it while owning it."""
        while True:
            before = self._fence
            try:
                self._fence = await self._store.acquire_ven(self._ven.name)
            except StoreDownError:
                self._fence = None
            if self._fence is None:
                await self._clock.sleep(BEAT)
                continue
            if self._fence != before:
                log.info("ven_taken", ven=self._ven.name, fence=self._fence)
            try:
                await self._speak()
            except* _LeaseLostError:
                log.warning("ven_lost", ven=self._ven.name)
            except* NotStoredError:
                await self._clock.sleep(BEAT)

    async def stop(self) -> None:
        """Keep the state and let go."""
        if self._fence is None:
            return
        try:
            # A state with a step that the log lacks must not become the next owner's.
            if self._whole:
                await self._save(self._fence)
            await self._store.let_go_ven(self._ven.name)
        except (StoreDownError, FencedOffError) as error:
            log.warning("ven_not_saved", ven=self._ven.name, reason=type(error).__name__)

    # --- VenSink -------------------------------------------------------------------------------

    async def record(self, fact: VenFact) -> None:
        """Store a fact and what follows from it, and tell the sites; raises NotStoredError."""
        async with self._turn() as fence:
            await self._fold(fact)
            await self._settle(fence)

    def owed(self) -> tuple[str | None, tuple[Answer, ...]]:
        """Answers that are stored and that the VTN has not confirmed."""
        return self._shown.request, self._shown.answers

    def outbox(self) -> tuple[ReportUpdate, ...]:
        """Reports that are stored and that the VTN has not confirmed."""
        return self._shown.reports

    def registration(self) -> Registered | None:
        """The registration to go on with; None: register anew."""
        return self._engine.state.registered

    # --- inside --------------------------------------------------------------------------------

    async def _speak(self) -> None:
        self._whole = False
        async with self._turn():
            pass  # the sites hear what the log holds before the VTN is asked for more
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._renew(), name=f"{self._ven.name} lease")
            tasks.create_task(self._tick(), name=f"{self._ven.name} clock")
            tasks.create_task(self._ven.run(self), name=f"{self._ven.name}")

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[int]:
        """One at a time, from a whole state to a whole state; gives the fence to write with.

        Raises NotStoredError where it broke off, and then nothing is owed until it is mended.
        """
        async with self._lock:
            if self._fence is None:
                raise _LeaseLostError
            try:
                if not self._whole:
                    await self._catch_up(self._fence)
                self._whole = False
                yield self._fence
            except (StoreDownError, NotStoredError) as error:
                self._broke_off(error)
                raise NotStoredError(str(error)) from None
            except FencedOffError:
                raise _LeaseLostError from None
            self._whole = True
            self._show()

    def _broke_off(self, error: Exception) -> None:
        self._shown = NOTHING
        if not self._failing:
            log.warning("ven_not_stored", ven=self._ven.name, reason=str(error))
        self._failing = True

    def _show(self) -> None:
        if self._failing:
            log.info("ven_stored_again", ven=self._ven.name)
        self._failing = False
        before, self._shown = self._shown, owed_by(self._engine)
        if self._shown != before:
            self._ven.wake()

    async def _catch_up(self, fence: int) -> None:
        """Take the state from the log, which alone knows what happened, and tell all of it."""
        engine = await ven_engine(self._store, self._fresh)
        # Only once all was read: a store that goes in between leaves what was known before.
        self._engine = engine
        if engine.state.started is None:
            await self._fold(VenStarted(ven=self._ven.name))
        await self._decide(fence)
        known = {member.program for member in engine.members()}
        lost = set(engine.state.lost)
        await self._tell(engine.assignments(), lost=lost, back=known - lost)
        await self._save(fence)

    async def _renew(self) -> None:
        while True:
            await self._clock.sleep(BEAT)
            try:
                fence = await self._store.acquire_ven(self._ven.name)
            except StoreDownError:
                continue
            if fence != self._fence:
                raise _LeaseLostError

    async def _tick(self) -> None:
        while True:
            await self._clock.sleep(self._until_due())
            try:
                async with self._turn() as fence:
                    await self._due(fence)
            except NotStoredError:
                continue  # told when it broke off; the next turn mends it

    def _until_due(self) -> Seconds:
        wakeup = self._engine.next_wakeup()
        if not self._whole:
            return MEND_AFTER
        if wakeup is None:
            return BEAT
        return Seconds(min(max(wakeup - self._clock.now(), SHORTEST_PAUSE), BEAT))

    async def _due(self, fence: int) -> None:
        now = self._clock.now()
        if self._engine.sample_due(now):
            for fact in await samples(self._store, self._engine.ven, self._engine.members(), now):
                await self._fold(fact)
        await self._settle(fence)
        if now - self._saved >= SNAPSHOT_EVERY:
            await self._save(fence)

    async def _fold(self, fact: VenFact) -> None:
        recorded = self._sink.recorded(fact)
        entry = await self._store.append_ven(self._ven.name, [recorded])
        self._engine.receive(recorded, entry=entry)

    async def _settle(self, fence: int) -> None:
        decided = await self._decide(fence)
        if decided is not None:
            await self._tell(decided.assignments, lost=decided.lost, back=decided.back)
        view = self._engine.view(self._clock.now())
        if decided is not None or self._view != _timeless(view):
            await self._save(fence)
        self._alarms.announce(view.alarms, ven=self._ven.name)

    async def _decide(self, fence: int) -> VenDecided | None:
        """Decide and store it; nobody was told yet."""
        decided = self._engine.decide(self._clock.now())
        if decided is None:
            return None
        recorded = self._sink.recorded(decided)
        await self._store.decide_ven(self._ven.name, fence=fence, decision=recorded)
        announce_answers(decided)
        for program in decided.lost:
            log.warning("vtn_lost", ven=self._ven.name, program=program)
        for program in decided.back:
            log.info("vtn_back", ven=self._ven.name, program=program)
        return decided

    async def _save(self, fence: int) -> None:
        now = self._clock.now()
        view = self._engine.view(now)
        await self._store.save_ven(
            self._ven.name,
            fence=fence,
            snapshot=Snapshot(upto=self._engine.upto, state=self._engine.snapshot()),
            view=encode(view),
        )
        self._saved, self._view = now, _timeless(view)

    async def _tell(
        self,
        assignments: Sequence[Assign],
        *,
        lost: Collection[ProgramName],
        back: Collection[ProgramName],
    ) -> None:
        engine = self._engine
        since = silent_since(engine.state) or self._clock.now()
        silence = about_silence(engine.ven, engine.members(), lost=lost, back=back, since=since)
        events = [about_event(engine.ven, assign) for assign in assignments]
        await relay(self._sink, [*events, *silence])


def _timeless(view: VenView) -> VenView:
    """A view without what moves at each poll: that is shown with the next change."""
    return replace(view, at=Instant(0.0), heard=None)


class _LeaseLostError(Exception):
    """Another instance owns the VEN now."""
