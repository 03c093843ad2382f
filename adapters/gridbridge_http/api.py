"""The read-only API: one handler a path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from aiohttp import web

from gridbridge_http import asking, documents
from gridbridge_http.openapi import document

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence

    from gridbridge.domain.views import QuarantineView
    from gridbridge.ports.clock import Clock
    from gridbridge_http.shown import Shown


class Api:
    """Answers with what the store shows; a query nobody knows is refused by name."""

    def __init__(
        self, shown: Shown, *, clock: Clock, version: str, quarantined: Sequence[QuarantineView]
    ) -> None:
        self._shown = shown
        self._clock = clock
        self._status = documents.status(version, quarantined)
        self._openapi = orjson.dumps(document(version))

    def routes(self) -> list[web.RouteDef]:
        """Where each handler is served; `openapi` describes the same."""
        return [
            web.get("/api/v1/openapi.json", self._description),
            *(
                web.get(f"/api/v1{path}", _answering(handler, query))
                for path, handler, *query in (
                    ("/status", self._of_gateway),
                    ("/sites", self._sites),
                    ("/sites/{site}", self._site),
                    ("/sites/{site}/history", self._history, *asking.HISTORY),
                    ("/stations", self._stations),
                    ("/stations/{station}", self._station),
                    ("/stations/{station}/explain", self._explain),
                    ("/vens", self._vens),
                    ("/events", self._events),
                )
            ),
        ]

    async def _description(self, _request: web.Request) -> web.Response:
        return web.Response(body=self._openapi, content_type="application/json")

    async def _of_gateway(self, _request: web.Request) -> object:
        return self._status

    async def _sites(self, _request: web.Request) -> object:
        return [documents.site(view) for view in await self._shown.sites()]

    async def _site(self, request: web.Request) -> object:
        return documents.site(await self._shown.site(request.match_info["site"]))

    async def _history(self, request: web.Request) -> object:
        span = asking.span(request.query, self._clock.now())
        site = self._shown.configured(request.match_info["site"])
        buckets = [
            documents.bucket(each, span.every) async for each in self._shown.history(site, span)
        ]
        return documents.history(site, span, buckets)

    async def _stations(self, _request: web.Request) -> object:
        return [
            documents.station(view, each)
            for view in await self._shown.sites()
            for each in view.stations
        ]

    async def _station(self, request: web.Request) -> object:
        return documents.station(*await self._shown.station(request.match_info["station"]))

    async def _explain(self, request: web.Request) -> object:
        return documents.explanation(*await self._shown.station(request.match_info["station"]))

    async def _vens(self, _request: web.Request) -> object:
        now = self._clock.now()
        views = {view.ven: view for view in await self._shown.vens()}
        return [documents.ven(name, views.get(name), now) for name in self._shown.configured_vens]

    async def _events(self, _request: web.Request) -> object:
        now = self._clock.now()
        return [
            documents.event(ven, each, now)
            for ven in await self._shown.vens()
            for each in ven.events
        ]


def _answering(
    handler: Callable[[web.Request], Awaitable[object]], query: Collection[str]
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        asking.only(request.query, query)
        return web.Response(
            body=orjson.dumps(await handler(request)),
            content_type="application/json",
            headers={"Cache-Control": "no-store"},
        )

    return answer
