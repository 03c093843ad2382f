"""The server: health, metrics, page and API on one port."""

from __future__ import annotations

from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING

import orjson
import structlog
from aiohttp import web

from gridbridge.ports.store import StoreDownError
from gridbridge_http import metrics, page
from gridbridge_http.api import Api
from gridbridge_http.problems import as_problems
from gridbridge_http.shown import Shown, Store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gridbridge.domain.ids import SiteId, VenName
    from gridbridge.domain.units import Instant
    from gridbridge.domain.views import QuarantineView
    from gridbridge.ports.clock import Clock
    from gridbridge_http.settings import Settings

log = structlog.get_logger(__name__)


class HttpServer:
    """Serves one gateway's sites and VENs as its store shows them.

    It is to be started last: once it answers, whatever was started before it listens.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        *,
        sites: Sequence[SiteId],
        vens: Sequence[VenName],
        clock: Clock,
        counters: metrics.Figures,
        certificates: Mapping[str, Instant],
        version: str,
        quarantined: Sequence[QuarantineView] = (),
        faults: Mapping[SiteId, int] = MappingProxyType({}),
    ) -> None:
        self._settings = settings
        self._store = store
        self._shown = Shown(store, sites, vens)
        self._api = Api(self._shown, clock=clock, version=version, quarantined=quarantined)
        self._clock = clock
        self._counters = counters
        self._certificates = certificates
        self._version = version
        self._quarantined = len(quarantined)
        self._faults = faults
        self._store_was_up = False
        self._runner: web.AppRunner | None = None

    @property
    def address(self) -> tuple[str, int] | None:
        """(host, port) once started: what port 0 became."""
        if self._runner is None or not self._runner.addresses:
            return None
        host, port = self._runner.addresses[0][:2]
        return host, port

    async def start(self) -> None:
        """Listen; raises OSError where the address cannot be had."""
        self._store_was_up = await self._store.ping()
        application = web.Application(middlewares=[as_problems])
        application.add_routes(
            [
                web.get("/", self._page),
                web.get("/livez", self._livez),
                web.get("/readyz", self._readyz),
                web.get("/metrics", self._metrics),
                *self._api.routes(),
            ]
        )
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        self._runner = runner
        await web.TCPSite(runner, self._settings.host, self._settings.port).start()
        if self._settings.allow_insecure:
            log.warning("http_open_to_all", host=self._settings.host)

    async def stop(self) -> None:
        """Finish what is being answered and stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _page(self, _request: web.Request) -> web.Response:
        return web.Response(body=page.HTML, headers=page.HEADERS)

    async def _livez(self, _request: web.Request) -> web.Response:
        return _health(HTTPStatus.OK, {"alive": True, "version": self._version})

    async def _readyz(self, _request: web.Request) -> web.Response:
        """Whether this instance may be given work.

        Only the store at start counts: a later outage would take every instance out of service at
        once, while each still holds its stations. It shows in the page and the metrics.
        """
        self._store_was_up = self._store_was_up or await self._store.ping()
        checks = {"listeners": True, "store_at_start": self._store_was_up}
        ready = all(checks.values())
        return _health(
            HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE,
            {"ready": ready, "checks": checks},
        )

    async def _metrics(self, _request: web.Request) -> web.Response:
        """The scrape works without the store: that it is down is what must be seen then."""
        try:
            sites, vens = await self._shown.sites(), await self._shown.vens()
            up = await self._store.ping()
        except StoreDownError:
            up, sites, vens = False, [], []
        scrape = metrics.Scrape(
            sites=sites,
            vens=vens,
            counters=self._counters,
            certificates=self._certificates,
            store_up=up,
            version=self._version,
            quarantined=self._quarantined,
            faults=self._faults,
            now=self._clock.now(),
        )
        return web.Response(body=scrape.text(), headers={"Content-Type": metrics.CONTENT_TYPE})


def _health(status: HTTPStatus, body: dict[str, object]) -> web.Response:
    return web.Response(
        status=status,
        body=orjson.dumps(body),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
