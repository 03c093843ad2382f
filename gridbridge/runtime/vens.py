"""One VEN: owned by one instance, its log folded, its VTN answered only after the write."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from gridbridge.codec import decode, encode
from gridbridge.domain.facts import (
    EventAssigned,
    EventLifted,
    Registered,
    ResourceSampled,
    VenFact,
    VtnBack,
    VtnLost,
)
from gridbridge.domain.units import Instant, Seconds
from gridbridge.domain.views import SiteView
from gridbridge.ports.facts import NotStoredError
from gridbridge.ports.store import START, FencedOffError, Snapshot, Store, StoreDownError
from gridbridge.runtime.ownership import BEAT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridbridge.domain.decisions import Assign, ReportUpdate, VenDecided
    from gridbridge.domain.events import Answer
    from gridbridge.domain.ids import VenName
    from gridbridge.engine.ven.engine import VenEngine
    from gridbridge.ports.clock import Clock
    from gridbridge.ports.grid import Ven
    from gridbridge.runtime.sink import StoringSink

log = structlog.get_logger(__name__)

SNAPSHOT_EVERY = Seconds(60.0)


class VenWorker:
    """Runs one VEN while this instance owns it; the `VenSink` of its adapter."""

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
        self._turn = asyncio.Lock()
        self._woken = asyncio.Event()

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
            try:
                self._fence = await self._store.acquire_ven(self._ven.name)
            except StoreDownError:
                self._fence = None
            if self._fence is None:
                await self._clock.sleep(BEAT)
                continue
            log.info("ven_taken", ven=self._ven.name, fence=self._fence)
            try:
                await self._speak()
            except* _LeaseLostError:
                log.warning("ven_lost", ven=self._ven.name)

    async def stop(self) -> None:
        """Keep the state and let go."""
        if self._fence is None:
            return
        try:
            await self._save()
            await self._store.let_go_ven(self._ven.name)
        except (StoreDownError, FencedOffError) as error:
            log.warning("ven_not_saved", ven=self._ven.name, reason=type(error).__name__)

    # --- VenSink -------------------------------------------------------------------------------

    async def record(self, fact: VenFact) -> None:
        """Store a fact and what follows from it; raises NotStoredError."""
        async with self._turn:
            try:
                await self._fold(fact)
                await self._settle()
            except StoreDownError as error:
                await self._read_anew()
                raise NotStoredError(str(error)) from None
            except FencedOffError:
                raise _LeaseLostError from None

    def owed(self) -> tuple[str | None, tuple[Answer, ...]]:
        """Answers that the VTN has not confirmed."""
        return self._engine.owed()

    def outbox(self) -> tuple[ReportUpdate, ...]:
        """Reports that the VTN has not confirmed."""
        return self._engine.outbox()

    def registration(self) -> Registered | None:
        """The registration to go on with; None: register anew."""
        return self._engine.state.registered

    # --- inside --------------------------------------------------------------------------------

    async def _speak(self) -> None:
        async with self._turn:
            await self._load()
            await self._tell_sites(self._engine.assignments())
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._renew(), name=f"{self._ven.name} lease")
            tasks.create_task(self._tick(), name=f"{self._ven.name} clock")
            tasks.create_task(self._ven.run(self), name=f"{self._ven.name}")

    async def _load(self) -> None:
        snapshot = await self._store.snapshot_ven(self._ven.name)
        engine = self._fresh.again()
        if snapshot is not None:
            engine.restore(snapshot.state, upto=snapshot.upto)
        upto = START if snapshot is None else snapshot.upto
        while entries := await self._store.read_ven(self._ven.name, after=upto):
            for entry in entries:
                engine.receive(entry.recorded, entry=entry.id)
            upto = entries[-1].id
        # Only once all was read: a store that goes in between leaves what was known before.
        self._engine = engine
        await self._settle()

    async def _read_anew(self) -> None:
        """After a failed write the log decides what happened."""
        try:
            await self._load()
        except StoreDownError:
            log.warning("ven_log_unread", ven=self._ven.name)

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
            now = self._clock.now()
            wakeup = self._engine.next_wakeup()
            pause = BEAT if wakeup is None else min(max(wakeup - now, 0.01), BEAT)
            await self._clock.sleep(Seconds(pause))
            async with self._turn:
                try:
                    await self._due()
                except StoreDownError:
                    await self._read_anew()
                except FencedOffError:
                    raise _LeaseLostError from None

    async def _due(self) -> None:
        now = self._clock.now()
        if self._engine.sample_due(now):
            for fact in await self._samples(now):
                await self._fold(fact)
        await self._settle()
        if now - self._saved >= SNAPSHOT_EVERY:
            await self._save()

    async def _samples(self, now: Instant) -> Sequence[ResourceSampled]:
        taken = []
        for site in sorted({member.site for member in self._engine.members()}):
            document = await self._store.view(site)
            if document is None:
                continue
            view = decode(document, SiteView)
            taken.append(
                ResourceSampled(
                    ven=self._ven.name,
                    site=site,
                    taken=now,
                    power=view.power,
                    energy=view.energy,
                    complete=view.complete,
                )
            )
        return taken

    async def _fold(self, fact: VenFact) -> None:
        recorded = self._sink.recorded(fact)
        entry = await self._store.append_ven(self._ven.name, [recorded])
        self._engine.receive(recorded, entry=entry)

    async def _settle(self) -> None:
        decided = self._engine.decide(self._clock.now())
        if decided is None or self._fence is None:
            return
        recorded = self._sink.recorded(decided)
        await self._store.decide_ven(self._ven.name, fence=self._fence, decision=recorded)
        await self._tell_sites(decided.assignments)
        await self._tell_loss(decided)
        await self._save()
        self._ven.wake()

    async def _save(self) -> None:
        if self._fence is None:
            return
        now = self._clock.now()
        await self._store.save_ven(
            self._ven.name,
            fence=self._fence,
            snapshot=Snapshot(upto=self._engine.upto, state=self._engine.snapshot()),
            view=encode(self._engine.view(now)),
        )
        self._saved = now

    async def _tell_sites(self, assignments: Sequence[Assign]) -> None:
        """Relay to the sites' partitions; told twice is the same as once."""
        for assign in assignments:
            if assign.standing is not None and assign.answer is not None:
                await self._sink.record(
                    EventAssigned(
                        site=assign.site,
                        ven=self._ven.name,
                        program=assign.program,
                        event=assign.standing,
                        answer=assign.answer,
                        arrived=assign.arrived,
                    )
                )
            else:
                await self._sink.record(
                    EventLifted(
                        site=assign.site,
                        ven=self._ven.name,
                        program=assign.program,
                        event=assign.event,
                        why=assign.why,
                    )
                )

    async def _tell_loss(self, decided: VenDecided) -> None:
        since = self._engine.state.heard or decided.now
        for member in self._engine.members():
            if member.program in decided.lost:
                log.warning("vtn_lost", ven=self._ven.name, program=member.program)
                await self._sink.record(
                    VtnLost(
                        site=member.site, ven=self._ven.name, program=member.program, since=since
                    )
                )
            if member.program in decided.back:
                log.info("vtn_back", ven=self._ven.name, program=member.program)
                await self._sink.record(
                    VtnBack(site=member.site, ven=self._ven.name, program=member.program)
                )


class _LeaseLostError(Exception):
    """Another instance owns the VEN now."""
