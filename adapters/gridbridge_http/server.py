"""Health, metrics and the read-only API; all of it read from the store, never an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import orjson
import structlog
from aiohttp import web

from gridbridge.codec import decode
from gridbridge.domain.views import SiteView, VenView
from gridbridge.ports.store import StoreDownError
from gridbridge_http import documents
from gridbridge_http.metrics import Figures, exposition

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from gridbridge.domain.ids import SiteId, VenName
    from gridbridge.domain.views import StationView
    from gridbridge.ports.clock import Clock
    from gridbridge_http.settings import Settings

log = structlog.get_logger(__name__)


class Views(Protocol):
    """What is read of the store."""

    async def view(self, site: SiteId) -> bytes | None:
        """As `Decisions.view`."""
        ...

    async def view_ven(self, ven: VenName) -> bytes | None:
        """As `VenLog.view_ven`."""
        ...

    async def ping(self) -> bool:
        """As `Store.ping`."""
        ...


class HttpServer:
    """Serves one gateway's sites and VENs as its store shows them."""

    def __init__(
        self,
        settings: Settings,
        store: Views,
        *,
        sites: Sequence[SiteId],
        vens: Sequence[VenName],
        clock: Clock,
        counters: Figures,
        version: str,
    ) -> None:
        self._settings = settings
        self._store = store
        self._sites = tuple(sites)
        self._vens = tuple(vens)
        self._clock = clock
        self._counters = counters
        self._version = version
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
        application = web.Application(middlewares=[_problems])
        application.add_routes(
            [
                web.get("/livez", self._livez),
                web.get("/readyz", self._readyz),
                web.get("/metrics", self._metrics),
                web.get("/api/v1/sites", self._all_sites),
                web.get("/api/v1/sites/{site}", self._one_site),
                web.get("/api/v1/stations", self._all_stations),
                web.get("/api/v1/stations/{station}", self._one_station),
                web.get("/api/v1/stations/{station}/explain", self._explain),
                web.get("/api/v1/events", self._events),
            ]
        )
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        self._runner = runner
        await web.TCPSite(runner, self._settings.host, self._settings.port).start()

    async def stop(self) -> None:
        """Finish what is being answered and stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    # --- health --------------------------------------------------------------------------------

    async def _livez(self, _request: web.Request) -> web.Response:
        return _json({"alive": True, "version": self._version})

    async def _readyz(self, _request: web.Request) -> web.Response:
        """Ready once this answers: listeners and store were up before the server started.

        A later outage of the store shows here and in the metrics, and takes nobody out of service.
        """
        return _json({"ready": True, "store": await self._store.ping()})

    async def _metrics(self, _request: web.Request) -> web.Response:
        up = await self._store.ping()
        try:
            sites, vens = (await self._views(), await self._ven_views()) if up else ([], [])
        except StoreDownError:
            up, sites, vens = False, [], []
        body = exposition(
            sites, vens, counters=self._counters, store_up=up, version=self._version
        )
        return web.Response(
            body=body, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        )

    # --- the API -------------------------------------------------------------------------------

    async def _all_sites(self, _request: web.Request) -> web.Response:
        return _json([documents.site(view) for view in await self._views()])

    async def _one_site(self, request: web.Request) -> web.Response:
        wanted = request.match_info["site"]
        for view in await self._views():
            if view.site == wanted:
                return _json(documents.site(view))
        raise _unknown("site")

    async def _all_stations(self, _request: web.Request) -> web.Response:
        views = await self._views()
        return _json([documents.station(view, each) for view in views for each in view.stations])

    async def _one_station(self, request: web.Request) -> web.Response:
        view, station = await self._station(request)
        return _json(documents.station(view, station))

    async def _explain(self, request: web.Request) -> web.Response:
        view, station = await self._station(request)
        return _json(documents.explanation(view, station))

    async def _events(self, _request: web.Request) -> web.Response:
        vens = await self._ven_views()
        return _json([documents.event(ven, each) for ven in vens for each in ven.events])

    # --- reading -------------------------------------------------------------------------------

    async def _station(self, request: web.Request) -> tuple[SiteView, StationView]:
        wanted = request.match_info["station"]
        for view in await self._views():
            for station in view.stations:
                if station.station == wanted:
                    return view, station
        raise _unknown("station")

    async def _views(self) -> list[SiteView]:
        found = [await self._store.view(site) for site in self._sites]
        return [decode(document, SiteView) for document in found if document is not None]

    async def _ven_views(self) -> list[VenView]:
        found = [await self._store.view_ven(ven) for ven in self._vens]
        return [decode(document, VenView) for document in found if document is not None]


@web.middleware
async def _problems(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Errors as problem documents (RFC 9457)."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        return _problem(error.status, error.reason)
    except StoreDownError:
        return _problem(503, "The store does not answer")


def _problem(status: int, title: str) -> web.Response:
    return web.Response(
        status=status,
        body=orjson.dumps({"type": "about:blank", "title": title, "status": status}),
        content_type="application/problem+json",
    )


def _unknown(what: str) -> web.HTTPNotFound:
    return web.HTTPNotFound(reason=f"No such {what}")


def _json(value: object) -> web.Response:
    return web.Response(body=orjson.dumps(value), content_type="application/json")
