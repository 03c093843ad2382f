"""What the store shows of the configured sites and VENs."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol, TypeVar

import structlog

from gridbridge.codec import CodecError, decode
from gridbridge.domain.units import Instant
from gridbridge.domain.views import SiteView, VenView
from gridbridge_http.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from gridbridge.domain.history import EnergyBucket, Every
    from gridbridge.domain.ids import SiteId, VenName
    from gridbridge.domain.views import StationView
    from gridbridge_http.asking import Span

log = structlog.get_logger(__name__)

T = TypeVar("T", SiteView, VenView)

PAGE = 96
"""Buckets of a history that are read at a time."""


class Store(Protocol):
    """What is read of the store."""

    async def view(self, site: SiteId) -> bytes | None:
        """As `Decisions.view`."""
        ...

    async def view_ven(self, ven: VenName) -> bytes | None:
        """As `VenLog.view_ven`."""
        ...

    async def history(
        self, site: SiteId, *, every: Every, start: Instant, end: Instant
    ) -> list[EnergyBucket]:
        """As `History.history`."""
        ...

    async def ping(self) -> bool:
        """As `Store.ping`."""
        ...


class Shown:
    """Reads views; a document that did not change since the last look is not read again.

    Every method may raise StoreDownError. A view that cannot be read counts as not there and is
    logged once, for its owner may be a newer version than this instance.
    """

    def __init__(self, store: Store, sites: Sequence[SiteId], vens: Sequence[VenName]) -> None:
        self._store = store
        self._sites = tuple(sites)
        self._vens = tuple(vens)
        self._read: dict[tuple[type, str], tuple[bytes, SiteView | VenView | None]] = {}

    async def sites(self) -> list[SiteView]:
        """Every configured site that an owner has shown, in the order of the configuration."""
        found = await asyncio.gather(*(self._store.view(site) for site in self._sites))
        views = [
            self._decoded(SiteView, name, document)
            for name, document in zip(self._sites, found, strict=True)
        ]
        return [view for view in views if view is not None]

    async def vens(self) -> list[VenView]:
        """Every configured VEN that an owner has shown."""
        found = await asyncio.gather(*(self._store.view_ven(ven) for ven in self._vens))
        views = [
            self._decoded(VenView, name, document)
            for name, document in zip(self._vens, found, strict=True)
        ]
        return [view for view in views if view is not None]

    @property
    def configured_vens(self) -> tuple[VenName, ...]:
        """Every configured VEN, shown or not, in the order of the configuration."""
        return self._vens

    async def site(self, name: str) -> SiteView:
        """One site; raises ProblemError, 404 if not configured, 503 if not shown yet."""
        site = self.configured(name)
        document = await self._store.view(site)
        view = self._decoded(SiteView, site, document)
        if view is None:
            raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, f"site {name}: not shown yet")
        return view

    def configured(self, name: str) -> SiteId:
        """The site of that name; raises ProblemError, 404."""
        site = next((each for each in self._sites if each == name), None)
        if site is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, f"no site {name!r}")
        return site

    async def history(self, site: SiteId, span: Span) -> AsyncIterator[EnergyBucket]:
        """What was metered there, oldest first, read in pages: other work has its turn between."""
        width, start = span.every.width, span.start
        while start < span.end:
            end = Instant(min(start + width * PAGE, span.end))
            for bucket in await self._store.history(site, every=span.every, start=start, end=end):
                yield bucket
            start = end

    async def station(self, name: str) -> tuple[SiteView, StationView]:
        """One station with its site.

        Raises ProblemError: 404 if it is in no site, 503 while it may be in one not shown yet.
        """
        views = await self.sites()
        for view in views:
            for station in view.stations:
                if station.station == name:
                    return view, station
        waiting = sorted(set(self._sites) - {view.site for view in views})
        if waiting:
            raise ProblemError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"station {name!r} is in no site shown yet; waiting for {', '.join(waiting)}",
            )
        raise ProblemError(HTTPStatus.NOT_FOUND, f"no station {name!r}")

    def _decoded(self, kind: type[T], name: str, document: bytes | None) -> T | None:
        if document is None:
            return None
        before = self._read.get((kind, name))
        if before is not None and before[0] == document:
            return before[1]  # type: ignore[return-value] # its key names its kind
        view: T | None = None
        try:
            view = decode(document, kind)
        except CodecError as error:
            if before is None or before[1] is not None:
                log.warning("view_unreadable", name=name, kind=kind.__name__, error=str(error))
        self._read[kind, name] = (document, view)
        return view
