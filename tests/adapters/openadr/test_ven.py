"""The shell: sockets, sizes, deadlines, clocks and the order of storing and answering."""

from __future__ import annotations

import asyncio
import gzip
import random
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email.utils import formatdate
from pathlib import Path

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from gridbridge.domain.events import Answer, Opt
from gridbridge.domain.facts import AnswerDelivered, Distributed, Registered, VtnHeard
from gridbridge.domain.ids import EventId
from gridbridge.domain.units import Instant, Seconds
from gridbridge.ports.grid import Ven
from gridbridge_openadr.exchange import NoReply, Reply, Request
from gridbridge_openadr.transport import Transport, tls_context
from gridbridge_openadr.ven import FILES_AGAIN_AFTER, OpenAdrVen
from gridbridge_openadr.xml_guard import MAX_BYTES
from tests.adapters.openadr.bench import (
    NOW,
    REGISTERED,
    Ledger,
    Script,
    distribute,
    event,
    settings,
    texts,
)
from tests.adapters.openadr.certificates import identity


class HastyClock:
    """A clock whose sleepers are woken at once, each at its time."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> Instant:
        return Instant(round(self.at, 6))

    async def sleep(self, duration: Seconds) -> None:
        self.at = Instant(self.at + max(duration, 0.0))


class PatientClock(HastyClock):
    """A clock whose sleepers are never woken."""

    async def sleep(self, duration: Seconds) -> None:
        if duration > 0:
            await asyncio.Event().wait()


class PuttingClock(HastyClock):
    """A clock during whose sleep a file comes."""

    def __init__(self, file: Path, content: bytes, *, after: float) -> None:
        super().__init__()
        self.file, self.content, self.when = file, content, NOW + after

    async def sleep(self, duration: Seconds) -> None:
        await super().sleep(duration)
        if self.at >= self.when:
            self.file.write_bytes(self.content)


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(
    handler: Handler, *, context: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    """The URL of a VTN that answers by `handler`."""
    application = web.Application(client_max_size=MAX_BYTES)
    application.router.add_post("/vtn/{service}", handler)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"http{'' if context is None else 's'}://127.0.0.1:{port}/vtn"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def running(ven: OpenAdrVen, sink: Ledger) -> AsyncIterator[None]:
    task = asyncio.create_task(ven.run(sink))
    try:
        yield
        assert not task.done(), "the VEN ended"
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def by_script(script: Script, clock: HastyClock) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        assert request.content_length is not None
        asked = Request(service=request.match_info["service"], body=await request.read())
        answer = script.answer(asked, clock.now())
        assert isinstance(answer, Reply)
        return web.Response(status=answer.status, body=answer.body, content_type="application/xml")

    return handle


def make(url: str, clock: HastyClock, **changes: object) -> OpenAdrVen:
    return OpenAdrVen(
        settings(vtn=url, **changes),
        clock,
        chance=random.Random(1),
    )


def test_the_ven_keeps_the_port() -> None:
    ven: Ven = make("http://127.0.0.1:1/", HastyClock())

    assert ven.name == "utility-a"


async def test_a_ven_registers_and_answers_over_a_socket() -> None:
    clock, sink = HastyClock(), Ledger()
    script = Script(polls=[distribute(event("A&amp;B"))])
    async with serving(by_script(script, clock)) as url, running(make(url, clock), sink):
        await sink.until(Registered, AnswerDelivered)

    assert script.kinds()[:2] == ["oadrQueryRegistration", "oadrCreatePartyRegistration"]
    assert texts(script.sent("oadrCreatedEvent")[0], "eventID") == ["A&B"]


async def test_a_vtn_that_is_down_at_the_start_is_waited_for() -> None:
    clock, sink, script = HastyClock(), Ledger(), Script()
    refused = asyncio.Event()

    async def nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        refused.set()
        writer.close()

    server = await asyncio.start_server(nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    ven = make(f"http://127.0.0.1:{port}/vtn", clock)
    async with running(ven, sink):
        await asyncio.wait_for(refused.wait(), 10)
        server.close()
        await server.wait_closed()
        application = web.Application()
        application.router.add_post("/vtn/{service}", by_script(script, clock))
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await sink.until(Registered)
        await runner.cleanup()


async def test_an_event_is_recorded_before_it_is_answered() -> None:
    clock, sink = HastyClock(), Ledger(resume=REGISTERED)
    script = Script(polls=[distribute(event("E1"))])
    usual = by_script(script, clock)
    stored: list[int] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        answer = await usual(request)
        if script.kinds()[-1] == "oadrCreatedEvent":
            stored.append(len(sink.of(Distributed)))
        return answer

    async with serving(handle) as url, running(make(url, clock), sink):
        await sink.until(AnswerDelivered)

    assert stored == [1]


async def test_what_is_not_stored_is_not_answered_and_tried_again() -> None:
    clock, sink = HastyClock(), Ledger(resume=REGISTERED)
    script = Script(polls=[distribute(event("E1"))])
    polled = asyncio.Event()
    usual = by_script(script, clock)

    async def handle(request: web.Request) -> web.StreamResponse:
        if len(script.sent("oadrPoll")) > 5:
            polled.set()
        return await usual(request)

    sink.down = True
    async with serving(handle) as url, running(make(url, clock), sink):
        await asyncio.wait_for(polled.wait(), 20)
        assert "oadrCreatedEvent" not in script.kinds()
        sink.down = False
        await sink.until(AnswerDelivered)

    assert len(sink.of(Distributed)) == 1


async def test_waking_sends_what_the_sink_owes_without_waiting_for_the_poll() -> None:
    clock, sink, script = PatientClock(), Ledger(resume=REGISTERED), Script()
    async with serving(by_script(script, clock)) as url:
        ven = make(url, clock)
        async with running(ven, sink):
            await sink.until(VtnHeard)
            sink.answers = (Answer(event=EventId("E1"), version=0, opt=Opt.IN, why=""),)
            ven.wake()
            await sink.until(AnswerDelivered)

    assert len(script.sent("oadrPoll")) == 1


# --- what the other side may do ------------------------------------------------------------------


async def _drip(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.05)


async def _silence(_request: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError("unreachable")


async def _endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"x" * 65_536)


async def _redirect(request: web.Request) -> web.StreamResponse:
    return web.Response(status=307, headers={"Location": str(request.url)})


async def _bomb(_request: web.Request) -> web.StreamResponse:
    packed = gzip.compress(b" " * 50_000_000)
    return web.Response(body=packed, headers={"Content-Encoding": "gzip"})


async def _cut(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


@pytest.mark.parametrize(
    ("handler", "outcome"),
    [
        pytest.param(_drip, NoReply(why="timeout"), id="one byte at a time"),
        pytest.param(_silence, NoReply(why="timeout"), id="never answers"),
        pytest.param(_endless, NoReply(why="too_large"), id="never ends"),
        pytest.param(_redirect, Reply(status=307, body=b""), id="redirects"),
        pytest.param(_cut, NoReply(why="ServerDisconnectedError"), id="resets"),
    ],
)
async def test_whatever_the_vtn_does_a_request_ends(
    handler: Handler, outcome: Reply | NoReply
) -> None:
    async with serving(handler) as url:
        transport = Transport(settings(vtn=url, timeout=0.5))
        got = await transport.post(Request(service="OadrPoll", body=b"<a/>"))
        await transport.close()

    assert got == outcome


async def test_a_compressed_reply_is_not_unpacked() -> None:
    async with serving(_bomb) as url:
        transport = Transport(settings(vtn=url))
        got = await transport.post(Request(service="OadrPoll", body=b"<a/>"))
        await transport.close()

    assert isinstance(got, Reply)
    assert len(got.body) < 100_000


async def test_a_clock_that_is_off_is_warned_of_once() -> None:
    clock, sink, script = HastyClock(), Ledger(resume=REGISTERED), Script()
    usual = by_script(script, clock)
    offs = iter([0.0, 30.0, 30.0, 0.0, -30.0])
    done = asyncio.Event()

    async def handle(request: web.Request) -> web.StreamResponse:
        answer = await usual(request)
        off = next(offs, None)
        if off is None:
            done.set()
        else:
            answer.headers["Date"] = formatdate(clock.now() + off, usegmt=True)
        return answer

    with capture_logs() as logs:
        async with serving(handle) as url, running(make(url, clock), sink):
            await asyncio.wait_for(done.wait(), 20)

    skews = [entry["seconds"] for entry in logs if entry["event"] == "vtn_clock_skew"]
    assert skews[:2] == pytest.approx([-30, 30], abs=1.5)


# --- TLS -----------------------------------------------------------------------------------------


def server_side(folder: Path, *, kind: str, ciphers: str | None = None) -> ssl.SSLContext:
    """A VTN's TLS that demands a client certificate of the authority in `folder`."""
    authority = identity("authority")
    authority.write(folder, "ca")
    identity("ven", issuer=authority).write(folder, "ven")
    pem, key = identity("vtn", kind=kind, issuer=authority).write(folder, "vtn")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    context.load_verify_locations(folder / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    if ciphers is not None:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(ciphers)
    return context


@pytest.mark.parametrize(
    ("kind", "ciphers"),
    [
        pytest.param("ec", None, id="EC"),
        pytest.param("rsa", None, id="RSA"),
        pytest.param("rsa", "AES128-SHA256", id="the RSA suite of 2.0b"),
        pytest.param("ec", "ECDHE-ECDSA-AES128-SHA256", id="the EC suite of 2.0b"),
    ],
)
async def test_mutual_tls(tmp_path: Path, kind: str, ciphers: str | None) -> None:
    clock, sink, script = HastyClock(), Ledger(), Script()
    context = server_side(tmp_path, kind=kind, ciphers=ciphers)
    mine = {
        "certificate": tmp_path / "ven.pem",
        "key": tmp_path / "ven.key",
        "ca": tmp_path / "ca.pem",
    }
    async with (
        serving(by_script(script, clock), context=context) as url,
        running(make(url, clock, **mine), sink),
    ):
        await sink.until(Registered)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("no client certificate", ""),
        ("another authority", "ClientConnectorCertificateError: self-signed"),
    ],
)
async def test_a_vtn_that_cannot_be_trusted_is_told_nothing(
    tmp_path: Path, fault: str, reason: str
) -> None:
    clock, script = HastyClock(), Script()
    context = server_side(tmp_path, kind="ec")
    mine = {"ca": tmp_path / "ca.pem"}
    if fault == "another authority":
        identity("another").write(tmp_path, "other")
        mine = {
            "certificate": tmp_path / "ven.pem",
            "key": tmp_path / "ven.key",
            "ca": tmp_path / "other.pem",
        }
    async with serving(by_script(script, clock), context=context) as url:
        transport = Transport(settings(vtn=url, **mine))
        got = await transport.post(Request(service="OadrPoll", body=b"<a/>"))
        await transport.close()

    assert isinstance(got, NoReply)
    assert reason in got.why
    assert script.log == []


async def test_a_vtn_out_of_reach_is_so_for_a_reason(unused_tcp_port: int) -> None:
    transport = Transport(settings(vtn=f"http://127.0.0.1:{unused_tcp_port}/vtn"))

    got = await transport.post(Request(service="OadrPoll", body=b"<a/>"))
    await transport.close()

    assert got == NoReply(why="ClientConnectorError: Connection refused")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(None, "there is no file {ca}", id="not there"),
        pytest.param("no PEM", "SSLError: NO_CERTIFICATE_OR_CRL_FOUND", id="no certificate"),
    ],
)
async def test_files_that_cannot_be_used_are_waited_for_and_told_once(
    tmp_path: Path, content: str | None, why: str
) -> None:
    context = server_side(tmp_path, kind="ec")
    context.verify_mode = ssl.CERT_NONE
    sink, script, ca = Ledger(), Script(), tmp_path / "late.pem"
    clock = PuttingClock(ca, (tmp_path / "ca.pem").read_bytes(), after=3 * FILES_AGAIN_AFTER)
    if content is not None:
        ca.write_text(content, "ascii")

    with capture_logs() as logs:
        async with (
            serving(by_script(script, clock), context=context) as url,
            running(make(url, clock, ca=ca), sink),
        ):
            await sink.until(Registered)

    told = [line for line in logs if line["event"] == "ven_files_unusable"]
    assert [line["why"] for line in told] == [why.format(ca=ca)]


def test_tls_is_never_older_than_1_2() -> None:
    assert tls_context(settings()).minimum_version is ssl.TLSVersion.TLSv1_2
