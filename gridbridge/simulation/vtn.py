"""A utility's VTN: openleadr's OpenADR 2.0b server, with what we ask of it around it.

openleadr parses, validates, renders and speaks HTTP; which events a VEN is told, and when, is kept
here, because its own queue shares event objects between VENs and loses modifications. Its state
lies on a class: one VTN at a time in a process.
"""

from __future__ import annotations

import asyncio
import logging
import time
import warnings
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import structlog
from aiohttp import web

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from openleadr import OpenADRServer

from gridbridge.simulation.asking import PRICE, Asked, Signal, wire_event
from gridbridge.simulation.ledger import Ledger
from gridbridge.simulation.xml_guard import refuse_dtd, use_safe_parser

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

log = structlog.get_logger(__name__)

Message = tuple[str, dict[str, Any]]
PATH = "/OpenADR2/Simple/2.0b"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSample:
    """One value of a TELEMETRY_USAGE report."""

    r_id: str
    at: float
    value: float
    received: float


class _ToStructlog(logging.Handler):
    """Passes on what openleadr calls an error, and nothing else."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log one record."""
        log.warning("vtn_error", detail=record.getMessage())


class Vtn:
    """A VTN on a loopback port of its own."""

    _running: ClassVar[bool] = False

    def __init__(
        self,
        *,
        vtn_id: str = "vtn-demo",
        poll_s: int = 1,
        report_s: int = 2,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.vtn_id = vtn_id
        self.port = 0
        """Known once started."""
        self.samples: list[ReportSample] = []
        """Everything that was reported, in the order it came."""
        self._poll_s = poll_s
        self._report_s = report_s
        self._clock = clock
        self._names: dict[str, str] = {}
        self._ledger = Ledger(clock=clock)
        self._registered = asyncio.Condition()
        self._server: Any = None

    @property
    def events(self) -> dict[str, Asked]:
        """Everything that was sent, by id, with when it was told and how it was answered."""
        return self._ledger.events

    @property
    def url(self) -> str:
        """What a VEN is configured with."""
        return f"http://127.0.0.1:{self.port}{PATH}"

    # --- running -------------------------------------------------------------------------------

    async def start(self, port: int = 0) -> None:
        """Listen on that port of the loopback interface; 0 picks a free one.

        Raises RuntimeError where another VTN runs in this process.
        """
        if Vtn._running:
            raise RuntimeError("openleadr keeps a VTN's state on a class: one at a time")
        Vtn._running = True
        use_safe_parser()
        _quieten()
        with warnings.catch_warnings():
            # aiohttp: openleadr stores itself in the application under a plain string.
            warnings.simplefilter("ignore")
            self._server = OpenADRServer(
                vtn_id=self.vtn_id,
                requested_poll_freq=timedelta(seconds=self._poll_s),
                ven_lookup=self._look_up,
            )
        self._server.app.middlewares.append(refuse_dtd)
        self._server.add_handler("on_create_party_registration", self._register)
        self._server.add_handler("on_register_report", self._offer)
        services = self._server.services
        services["poll_service"].handlers["oadrPoll"] = self._poll
        services["event_service"].handlers["oadrRequestEvent"] = self._request
        services["event_service"].handlers["oadrCreatedEvent"] = self._created
        runner = web.AppRunner(self._server.app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        self._server.app_runner = runner
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        self.port = int(runner.addresses[0][1])

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            await self._server.stop()
            self._server = None
            Vtn._running = False

    async def wait_registered(self, ven: str) -> None:
        """Return once a VEN of that name has registered."""
        async with self._registered:
            await self._registered.wait_for(lambda: ven in self._names.values())

    # --- asking --------------------------------------------------------------------------------

    def send_simple(
        self,
        event_id: str,
        *,
        ven: str,
        market: str,
        resources: Sequence[str],
        start: float,
        levels: Sequence[tuple[int, int]],
        priority: int = 0,
        start_after_s: int = 0,
    ) -> Asked:
        """Ask for levels 0 to 3, each for so many seconds: ``[(seconds, level), ...]``."""
        intervals = tuple((seconds, float(level)) for seconds, level in levels)
        signal = Signal(name="SIMPLE", type="level", intervals=intervals)
        return self._ledger.ask(
            event_id,
            signal,
            ven=ven,
            market=market,
            resources=resources,
            start=start,
            priority=priority,
            start_after_s=start_after_s,
        )

    def send_load_control(
        self,
        event_id: str,
        *,
        ven: str,
        market: str,
        resources: Sequence[str],
        start: float,
        shares: Sequence[tuple[int, float]],
        priority: int = 0,
        start_after_s: int = 0,
    ) -> Asked:
        """Ask for shares of the maximum consumption, 0 to 1 (x-loadControlCapacity)."""
        signal = Signal(name="LOAD_CONTROL", type="x-loadControlCapacity", intervals=tuple(shares))
        return self._ledger.ask(
            event_id,
            signal,
            ven=ven,
            market=market,
            resources=resources,
            start=start,
            priority=priority,
            start_after_s=start_after_s,
        )

    def send_prices(
        self,
        event_id: str,
        *,
        ven: str,
        market: str,
        resources: Sequence[str],
        start: float,
        prices: Sequence[tuple[int, float]],
        currency: str = "EUR",
    ) -> Asked:
        """Tell prices per kWh; they may be negative."""
        signal = Signal(name=PRICE, type="price", intervals=tuple(prices), unit=currency)
        return self._ledger.ask(
            event_id, signal, ven=ven, market=market, resources=resources, start=start
        )

    def send_dispatch(
        self,
        event_id: str,
        *,
        ven: str,
        market: str,
        resources: Sequence[str],
        start: float,
        setpoints_kw: Sequence[tuple[int, float]],
        priority: int = 0,
    ) -> Asked:
        """Ask for net power in kW, export negative (LOAD_DISPATCH setpoint, scale code k)."""
        signal = Signal(
            name="LOAD_DISPATCH",
            type="setpoint",
            intervals=tuple(setpoints_kw),
            unit="W",
            scale="k",
        )
        return self._ledger.ask(
            event_id,
            signal,
            ven=ven,
            market=market,
            resources=resources,
            start=start,
            priority=priority,
        )

    def modify(
        self,
        event_id: str,
        *,
        start: float | None = None,
        intervals: Sequence[tuple[int, float]] | None = None,
    ) -> Asked:
        """Change start or intervals of an event; its modification number rises."""
        return self._ledger.modify(event_id, start=start, intervals=intervals)

    def cancel(self, event_id: str) -> Asked:
        """Cancel an event; it stays in the replies until the VEN has confirmed."""
        return self._ledger.cancel(event_id)

    # --- openleadr's side ----------------------------------------------------------------------

    async def _look_up(self, ven_id: str) -> dict[str, str] | None:
        name = self._names.get(str(ven_id))
        return None if name is None else {"ven_id": ven_id, "registration_id": f"reg-{name}"}

    async def _register(self, request: dict[str, Any]) -> tuple[str, str]:
        name = str(request["ven_name"])
        ven_id = f"ven-{name}"
        async with self._registered:
            self._names[ven_id] = name
            self._ledger.expect(name)
            self._registered.notify_all()
        return ven_id, f"reg-{name}"

    async def _offer(self, report: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Ask for everything offered, every `report_s` seconds."""
        every = timedelta(seconds=self._report_s)
        return [
            (description["r_id"], self._taker(str(description["r_id"])), every, every)
            for description in report["report_descriptions"]
        ]

    def _taker(self, r_id: str) -> Callable[[list[tuple[datetime, float]]], None]:
        def take(values: list[tuple[datetime, float]]) -> None:
            now = self._clock()
            self.samples.extend(
                ReportSample(
                    r_id=r_id,
                    at=at.timestamp(),
                    value=float(value),
                    received=now,
                )
                for at, value in values
            )

        return take

    async def _poll(self, payload: dict[str, Any]) -> Message:
        name = self._names.get(str(payload["ven_id"]), "")
        if not self._ledger.has_news(name):
            return "oadrResponse", {}
        return await self._request(payload)

    async def _request(self, payload: dict[str, Any]) -> Message:
        """Tell everything that stands: an event left out would thereby be cancelled."""
        told = self._ledger.tell(self._names.get(str(payload["ven_id"]), ""))
        return "oadrDistributeEvent", {"events": [wire_event(asked) for asked in told]}

    async def _created(self, payload: dict[str, Any]) -> Message:
        for response in payload["event_responses"]:
            self._ledger.opted(
                str(response["event_id"]), response["modification_number"], response["opt_type"]
            )
        return "oadrResponse", {}


def _quieten() -> None:
    """Keep openleadr's log off the terminal, but for errors."""
    logger = logging.getLogger("openleadr")
    logger.propagate = False
    logger.setLevel(logging.ERROR)
    if not any(isinstance(handler, _ToStructlog) for handler in logger.handlers):
        logger.addHandler(_ToStructlog())
