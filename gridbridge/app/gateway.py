"""One gateway process, put together and kept running until it is told to stop."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Self

import structlog

from gridbridge.app.adapters import certificate_files, http_settings, ocpp_settings, ven_settings
from gridbridge.app.secrets import token_key
from gridbridge.app.starting import (
    answering,
    listening,
    opening_archive,
    opening_store,
    using_data_dir,
)
from gridbridge.app.stations import ConfiguredStations
from gridbridge.app.version import __version__
from gridbridge.config import Severity
from gridbridge.domain.views import QuarantineView
from gridbridge.engine.ven.engine import VenEngine
from gridbridge.engine.ven.membership import members_of
from gridbridge.runtime.clock import SystemClock
from gridbridge.runtime.delivery import Delivery
from gridbridge.runtime.history import HistoryWriter
from gridbridge.runtime.orphans import Orphans
from gridbridge.runtime.ownership import PartitionOwner
from gridbridge.runtime.retention import Owned, Retention
from gridbridge.runtime.sink import StoringSink
from gridbridge.runtime.sites import SitesWorker
from gridbridge.runtime.supervisor import supervised
from gridbridge.runtime.vens import VenWorker
from gridbridge_http.server import HttpServer
from gridbridge_ocpp.server import OcppServer
from gridbridge_openadr.ven import OpenAdrVen
from gridbridge_redis.archive import FileArchive
from gridbridge_redis.embedded import EmbeddedValkey
from gridbridge_redis.settings import Settings as StoreSettings
from gridbridge_redis.store import RedisStore
from gridbridge_redis.url import StoreUrl
from gridbridge_scheduler.certificates import CertificateWatch
from gridbridge_scheduler.scheduler import Scheduler

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from types import TracebackType

    from gridbridge.config import Loaded, Quarantined
    from gridbridge.domain.commands import StationDesired
    from gridbridge.domain.ids import StationId, VenName
    from gridbridge.ports.clock import Clock
    from gridbridge.ports.store import Store

log = structlog.get_logger(__name__)


class Gateway:
    """A gateway as `gridbridge run` runs it.

        async with Gateway(loaded) as gateway:
            await gateway.wait()

    A store that is handed in is used as it is and not closed; otherwise the configured one is
    opened, or the embedded one started. Leaving the block drains: no new work is taken, states are
    kept, leases are let go, stations are told to reconnect elsewhere.
    """

    def __init__(
        self, loaded: Loaded, *, clock: Clock | None = None, store: Store | None = None
    ) -> None:
        self.loaded = loaded
        self.instance = f"{loaded.gateway.name}-{secrets.token_hex(4)}"
        self._clock = clock or SystemClock()
        self._given_store = store
        self._stack = AsyncExitStack()
        self._tasks: list[asyncio.Task[None]] = []
        self.ocpp: OcppServer
        self.http: HttpServer
        self.store: Store
        self._scheduler: Scheduler

    async def __aenter__(self) -> Self:
        """Start everything; raises NotReadyError where it cannot."""
        try:
            await self._start()
        except BaseException:
            await self._stop_tasks()
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Drain and stop."""
        log.info("draining", instance=self.instance)
        await self._drain()
        await self._stack.aclose()
        log.info("stopped", instance=self.instance)

    async def wait(self) -> None:
        """Return when a part of the gateway ends, which none should."""
        await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)

    # --- starting ------------------------------------------------------------------------------

    async def _start(self) -> None:
        loaded = self.loaded
        for each in loaded.quarantined:
            log.error("config_file_quarantined", file=each.file, problems=_lines(each))
        for problem in loaded.warnings:
            log.warning("config_warning", problem=str(problem))
        stations = ConfiguredStations(loaded.sites, loaded.ocpp.credentials_dir)
        with opening_store(loaded):
            self.store = await self._open_store(stations)
            await self.store.keep_config(loaded.config_hash, loaded.document)
        with using_data_dir(loaded):
            hidden = token_key(loaded.gateway.data_dir)
        self._archive = FileArchive(loaded.gateway.archive)
        with opening_archive(loaded):
            await self._archive.open()
        sink = StoringSink(self.store, self._clock)
        self._stack.push_async_callback(_ended, asyncio.create_task(sink.run(), name="sink"))
        self.ocpp = OcppServer(
            ocpp_settings(loaded.ocpp, token_key=hidden),
            stations,
            sink=sink,
            sockets=self.store,
            clock=self._clock,
            desired=self._wanted,
        )
        self._delivery = Delivery(self.ocpp, self.store, stations.site_of, self._clock)
        self._sites = SitesWorker(
            loaded.sites,
            {program.name: program for program in loaded.programs},
            config=loaded.config_hash,
            store=self.store,
            sink=sink,
            delivery=self._delivery,
            clock=self._clock,
        )
        self._stack.push_async_callback(self.ocpp.stop)
        with listening(loaded, {each.at: str(each.listen) for each in loaded.ocpp.listeners}):
            await self.ocpp.start()
        certificates = CertificateWatch(certificate_files(loaded.ocpp, loaded.vens), self._clock)
        await self._start_http(certificates)
        self._start_workers(sink)
        self._start_jobs(certificates)
        log.info(
            "started",
            instance=self.instance,
            version=__version__,
            config=loaded.config_hash,
            sites=len(loaded.sites),
            stations=len(stations.site_of),
            ocpp=[_shown(*each) for each in self.ocpp.addresses],
            http=None if self.http.address is None else _shown(*self.http.address),
        )

    async def _wanted(self, station: StationId) -> StationDesired | None:
        return await self._delivery.wanted(station)

    async def _open_store(self, stations: ConfiguredStations) -> Store:
        if self._given_store is not None:
            return self._given_store
        configured = self.loaded.gateway.store_url
        if configured is None:
            server = await self._stack.enter_async_context(
                EmbeddedValkey(self.loaded.gateway.data_dir)
            )
            url = server.url
        else:
            url = StoreUrl(configured)
        store = RedisStore(
            StoreSettings(url=url),
            instance=self.instance,
            site_of=stations.site_of.get,
        )
        self._stack.push_async_callback(store.close)
        await answering(store, self._clock)
        return store

    async def _start_http(self, certificates: CertificateWatch) -> None:
        self.http = HttpServer(
            http_settings(self.loaded.http),
            self.store,
            sites=[site.id for site in self.loaded.sites],
            vens=[ven.name for ven in self.loaded.vens],
            clock=self._clock,
            counters=self.ocpp.counters,
            certificates=certificates.expires,
            version=__version__,
            quarantined=[
                QuarantineView(file=each.file, problems=_lines(each))
                for each in self.loaded.quarantined
            ],
            faults=self._sites.faults,
        )
        self._stack.push_async_callback(self.http.stop)
        with listening(self.loaded, {("http", "listen"): str(self.loaded.http.listen)}):
            await self.http.start()

    def _start_workers(self, sink: StoringSink) -> None:
        self._owner = PartitionOwner(
            self.store,
            self._clock,
            partitions=self._sites.partitions,
            version=__version__,
            listeners=tuple(_shown(*each) for each in self.ocpp.addresses),
            changed=self._sites.own,
        )
        self._vens = [
            self._ven_worker(name, sink) for name in (ven.name for ven in self.loaded.vens)
        ]
        self._supervise("ownership", self._owner.run)
        self._supervise("sites", self._sites.run)
        orphans = Orphans(
            held=self._sites.sockets,
            alive=lambda: self._owner.alive,
            fleet=self.ocpp,
            hang_up=self.ocpp.hang_up,
            sockets=self.store,
            instance=self.instance,
            sink=sink,
            clock=self._clock,
        )
        self._supervise("orphans", orphans.run)
        self._supervise("inbox", self._delivery.listen)
        self._supervise("sweep", self._delivery.sweep)
        for worker in self._vens:
            self._supervise(f"ven {worker.name}", worker.run)

    def _start_jobs(self, certificates: CertificateWatch) -> None:
        retention = Retention(
            store=self.store,
            archive=self._archive,
            clock=self._clock,
            hot=self.loaded.gateway.hot,
            owned=self._owned,
        )
        history = HistoryWriter(
            [site.id for site in self.loaded.sites],
            store=self.store,
            clock=self._clock,
            owned=lambda: self._owner.fences,
        )
        self._scheduler = Scheduler([retention.job, history.job, certificates.job])
        self._scheduler.start()

    def _owned(self) -> Owned:
        return Owned(
            partitions=self._owner.fences,
            vens={each.name: each.fence for each in self._vens if each.fence is not None},
        )

    def _ven_worker(self, name: VenName, sink: StoringSink) -> VenWorker:
        config = next(ven for ven in self.loaded.vens if ven.name == name)
        programs = [program for program in self.loaded.programs if program.ven == name]
        members = members_of(self.loaded.sites, programs)
        return VenWorker(
            OpenAdrVen(ven_settings(config, members, programs), self._clock),
            VenEngine(name, programs, members),
            store=self.store,
            sink=sink,
            clock=self._clock,
        )

    def _supervise(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        self._spawn(name, supervised(name, run, self._clock))

    def _spawn(self, name: str, work: Coroutine[None, None, None]) -> None:
        self._tasks.append(asyncio.create_task(work, name=name))

    # --- stopping ------------------------------------------------------------------------------

    async def _drain(self) -> None:
        """Stop deciding and keep what is known.

        The sockets are let go after that, and what they still have to say is stored last.
        """
        await self._scheduler.stop()
        await self._stop_tasks()
        await self._sites.drain()
        for worker in self._vens:
            await worker.stop()
        await self._owner.stop()

    async def _stop_tasks(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _shown(host: str, port: int) -> str:
    """An address as it is written in the configuration."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _lines(quarantined: Quarantined) -> tuple[str, ...]:
    """``FILE:LINE:COLUMN: what is wrong`` each, errors before warnings."""
    told = sorted(quarantined.problems, key=lambda it: it.severity is not Severity.ERROR)
    return tuple(map(str, told))
