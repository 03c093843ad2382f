"""The WebSocket server that stations connect to: handshake, identity, and who holds which socket.

GET /ocpp/CP-1      known, and proved?     no ─▶ 401, the same for both
                    common subprotocol?    no ─▶ 101 without one, then closed (OCPP-J section 3)
                    claim an epoch         the newest authenticated socket wins
                    `Connection` until its end
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from aiohttp import WSCloseCode, web

from gridbridge.domain.facts import StationConnected
from gridbridge.domain.ids import InvalidIdError, StationId, station_id
from gridbridge.domain.units import Seconds
from gridbridge.ports.facts import NotStoredError
from gridbridge.ports.store import StoreDownError
from gridbridge_ocpp.clearing import Clearing
from gridbridge_ocpp.connection import Connection
from gridbridge_ocpp.counters import Counters
from gridbridge_ocpp.credentials import proves
from gridbridge_ocpp.farewells import Farewells
from gridbridge_ocpp.pulse import keep_beating
from gridbridge_ocpp.refusals import Refusals
from gridbridge_ocpp.rpc.ids import message_ids
from gridbridge_ocpp.settings import Listener, SecurityProfile, Settings
from gridbridge_ocpp.station import StationSession
from gridbridge_ocpp.tls import server_context
from gridbridge_ocpp.turn import Turn
from gridbridge_ocpp.versions import OcppVersion

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from gridbridge.domain.commands import StationDesired
    from gridbridge.ports.clock import Clock
    from gridbridge.ports.facts import FactSink
    from gridbridge.ports.store import Sockets
    from gridbridge_ocpp.directory import Directory, StationEntry
    from gridbridge_ocpp.keys import Key

log = structlog.get_logger(__name__)

_PROTOCOLS = tuple(version.value for version in reversed(OcppVersion))
_CLOSE_WITHIN_S = 2.0
_DRAIN_WITHIN_S = 10.0
_SHOWN = 64


class OcppServer:
    """A `Fleet` of the stations whose sockets it holds."""

    def __init__(
        self,
        settings: Settings,
        directory: Directory,
        *,
        sink: FactSink,
        sockets: Sockets,
        clock: Clock,
        desired: Callable[[StationId], Awaitable[StationDesired | None]],
    ) -> None:
        """`desired` is asked what a station should hold when it connects."""
        self.counters = Counters()
        self._settings = settings
        self._directory = directory
        self._sink = sink
        self._sockets = sockets
        self._clearing = Clearing(sockets, settings.store_within)
        self._clock, self._turn = clock, Turn(clock)
        self._desired = desired
        self._refusals = Refusals(clock)
        self._live: dict[StationId, Connection] = {}
        self._farewells = Farewells(sink, sockets, clock, self._live)
        self._serving: set[asyncio.Task[object]] = set()
        self._runners: list[web.AppRunner] = []
        self._pulse: asyncio.Task[None] | None = None
        self._stopping = False

    @property
    def addresses(self) -> tuple[tuple[str, int], ...]:
        """(host, port) of each listener, once started: what port 0 became."""
        return tuple(
            (address[0], address[1]) for each in self._runners for address in each.addresses
        )

    async def start(self) -> None:
        """Listen. Raises OSError where an address or a certificate cannot be had."""
        for listener in self._settings.listeners:
            await self._listen(listener)
        beating = keep_beating(self._live.values, Seconds(self._settings.ping / 2.0))
        self._pulse = asyncio.create_task(beating, name="pulse")

    async def stop(self) -> None:
        """Accept nothing more, close every socket with 1012, and wait until all is stored."""
        self._stopping = True
        for runner in self._runners:
            for site in list(runner.sites):
                await site.stop()
        for connection in list(self._live.values()):
            connection.leave(WSCloseCode.SERVICE_RESTART, "service restart")
            # Stations come back one after the other, wherever they do.
            await self._clock.sleep(Seconds(1.0 / self._settings.drain_per_second))
        try:
            async with asyncio.timeout(_DRAIN_WITHIN_S):
                while waits := self._serving | self._farewells.tasks:
                    await asyncio.wait(waits)
        except TimeoutError:
            log.error("disconnects_not_stored", stations=len(self._farewells.tasks))  # noqa: TRY400 - no bug
        if self._pulse is not None:
            self._pulse.cancel()
        await self._clearing.close()
        for runner in self._runners:
            await runner.cleanup()
        self._runners.clear()
        await self._farewells.drop()

    def desire(self, desired: StationDesired) -> None:
        """As `Fleet.desire`."""
        connection = self._live.get(desired.station)
        if connection is not None:
            connection.desire(desired)

    def connected(self) -> frozenset[StationId]:
        """As `Fleet.connected`."""
        return frozenset(self._live)

    def hang_up(self, stations: Iterable[StationId]) -> None:
        """Have these stations dial again."""
        for station in stations:
            if station in self._live:
                self._live[station].leave(WSCloseCode.SERVICE_RESTART, "dial again")

    async def _listen(self, listener: Listener) -> None:
        async def serve(request: web.Request) -> web.StreamResponse:
            return await self._serve(listener, request)

        application = web.Application()
        for path in listener.paths:
            application.router.add_get(path, serve)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        self._runners.append(runner)
        site = web.TCPSite(
            runner,
            listener.host,
            listener.port,
            ssl_context=server_context(listener.certificates) if listener.certificates else None,
            reuse_port=listener.reuse_port or None,
        )
        await site.start()

    # One request.

    async def _serve(self, listener: Listener, request: web.Request) -> web.StreamResponse:
        entry = self._authenticated(listener, request)
        if entry is None:
            self.counters.connections["unauthorised"] += 1
            return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="OCPP"'})
        socket = web.WebSocketResponse(
            protocols=_PROTOCOLS,
            # Pongs are heard by the connection, which counts whatever it hears.
            autoping=False,
            max_msg_size=self._settings.max_message_bytes,
            timeout=_CLOSE_WITHIN_S,
        )
        await socket.prepare(request)
        if socket.ws_protocol is None:
            self.counters.connections["no_protocol"] += 1
            await socket.close(code=WSCloseCode.PROTOCOL_ERROR, message=b"no common subprotocol")
            return socket
        task, transport = asyncio.current_task(), request.transport
        if task is None or transport is None:
            # Gone before it was greeted.
            return socket
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        try:
            version = OcppVersion(socket.ws_protocol)
            await self._hold(entry, socket, version, transport.abort)
        except (StoreDownError, NotStoredError):
            self.counters.connections["store_down"] += 1
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"try again later")
        return socket

    def _authenticated(self, listener: Listener, request: web.Request) -> StationEntry | None:
        name = request.match_info["id"]
        try:
            identity = station_id(name)
        except InvalidIdError:
            self._refusals.tell(name[:_SHOWN], request.remote, "no identity of a station")
            return None
        entry, header = self._directory.lookup(identity), request.headers.get("Authorization")
        proven = listener.security_profile is SecurityProfile.OPEN or proves(
            header, entry, identity
        )
        if entry is None or not proven:
            known = "wrong password" if header else "no password"
            why = "no site has this station" if entry is None else known
            self._refusals.tell(identity, request.remote, why)
            return None
        return entry

    async def _hold(
        self,
        entry: StationEntry,
        socket: web.WebSocketResponse,
        version: OcppVersion,
        abort: Callable[[], None],
    ) -> None:
        epoch = await self._sockets.claim(entry.id)
        if entry.forgets_on_reconnect:
            await self._sockets.forget(entry.id)
        acknowledged = await self._sockets.acknowledged(entry.id)
        connection = self._connection(
            entry,
            socket,
            version=version,
            epoch=epoch,
            acknowledged=acknowledged.digests,
            abort=abort,
        )
        connection.doubt(self._farewells.doubted(entry.id))
        # Held from here on: what is decided because the station is back must find it.
        self._take_over(connection)
        reason = "not stored"
        try:
            await self._sink.record(
                StationConnected(
                    site=entry.site, station=entry.id, epoch=epoch, protocol=version.value
                )
            )
            self._farewells.greeted(entry.id, epoch)
            log.info("station_connected", station_id=entry.id, protocol=version.value, epoch=epoch)
            await self._ask_desired(connection)
            reason = await connection.run()
        finally:
            if self._live.get(entry.id) is connection:
                del self._live[entry.id]
            log.info("station_disconnected", station_id=entry.id, epoch=epoch, reason=reason)
            # Also where the connect was not stored: whether it was written is not known.
            self._farewells.say(entry, epoch, reason, connection.unsure())

    async def _ask_desired(self, connection: Connection) -> None:
        try:
            desired = await self._desired(connection.entry.id)
        except StoreDownError:
            # The sweep of whoever delivers finds it; the station holds what it holds until then.
            return
        if desired is not None:
            connection.desire(desired)

    def _connection(
        self,
        entry: StationEntry,
        socket: web.WebSocketResponse,
        *,
        version: OcppVersion,
        epoch: int,
        acknowledged: Mapping[Key, str],
        abort: Callable[[], None],
    ) -> Connection:
        session = StationSession(
            entry=entry,
            version=version,
            epoch=epoch,
            acknowledged=acknowledged,
            settings=self._settings,
            counters=self.counters,
            new_id=message_ids(),
            now=self._turn.now(),
        )
        return Connection(
            socket=socket,
            session=session,
            entry=entry,
            epoch=epoch,
            sink=self._sink,
            sockets=self._sockets,
            clearing=self._clearing,
            turn=self._turn,
            abort=abort,
        )

    def _take_over(self, connection: Connection) -> None:
        """Make it the station's socket, unless a newer one is; whichever is older leaves."""
        before = self._live.get(connection.entry.id)
        if before is not None and before.epoch > connection.epoch:
            connection.leave(WSCloseCode.POLICY_VIOLATION, "replaced")
            return
        self.counters.connections["accepted"] += 1
        self._live[connection.entry.id] = connection
        if before is not None:
            self.counters.connections["replaced"] += 1
            before.leave(WSCloseCode.POLICY_VIOLATION, "replaced")
        if self._stopping:
            connection.leave(WSCloseCode.SERVICE_RESTART, "service restart")
