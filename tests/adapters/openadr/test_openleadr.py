"""End to end with openleadr's own VTN, plain and with TLS and signatures."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gridbridge.domain.decisions import ReportUpdate, Sample
from gridbridge.domain.facts import (
    AnswerDelivered,
    Distributed,
    Registered,
    ReportDelivered,
    ReportRequested,
    VenFact,
)
from gridbridge.domain.units import Instant, Seconds, WattHours, Watts
from gridbridge_openadr.settings import Settings
from gridbridge_openadr.ven import OpenAdrVen
from tests.adapters.openadr.bench import Ledger, settings
from tests.adapters.openadr.certificates import identity

TAKEN = Instant(1_800_000_000.0)


class WallClock:
    def now(self) -> Instant:
        return Instant(round(time.time(), 6))

    async def sleep(self, duration: Seconds) -> None:
        await asyncio.sleep(max(duration, 0.0))


class ReportingLedger(Ledger):
    """A ledger that files one report for every one that is requested."""

    def take(self, fact: VenFact) -> None:
        super().take(fact)
        if not isinstance(fact, ReportRequested):
            return
        sample = Sample(
            start=TAKEN,
            length=Seconds(60.0),
            power=Watts(7400.0),
            energy=WattHours(123.5),
            complete=True,
        )
        report = ReportUpdate(
            id=f"update-{fact.request}",
            request=fact.request,
            specifier=fact.specifier,
            created=TAKEN,
            samples=dict.fromkeys(fact.resources, (sample,)),
        )
        self.reports = (*self.reports, report)


class Seen:
    """What the VTN told, line by line."""

    def __init__(self, stream: asyncio.StreamReader) -> None:
        self._stream = stream
        self.lines: list[dict[str, Any]] = []

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["kind"] == kind]

    async def until(self, kind: str, count: int = 1) -> list[dict[str, Any]]:
        async with asyncio.timeout(30):
            while len(self.of(kind)) < count:
                raw = await self._stream.readline()
                assert raw, "the VTN ended"
                if raw.startswith(b"{"):
                    self.lines.append(json.loads(raw))
        return self.of(kind)


@asynccontextmanager
async def vtn(**given: object) -> AsyncIterator[Seen]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("vtn_process.py")),
        json.dumps(given),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        seen = Seen(process.stdout)
        await seen.until("ready")
        yield seen
    finally:
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 5)
        except TimeoutError:
            process.kill()
            await process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def secured(folder: Path, kind: str) -> tuple[dict[str, object], dict[str, object]]:
    """(the VTN's, the VEN's) TLS and signatures under one authority."""
    authority = identity("authority")
    ca, _ = authority.write(folder, "ca")
    server, client = (identity(name, kind=kind, issuer=authority) for name in ("vtn", "ven"))
    vtn_pem, vtn_key = server.write(folder, "vtn")
    ven_pem, ven_key = client.write(folder, "ven")
    theirs: dict[str, object] = {
        "cert": str(vtn_pem),
        "key": str(vtn_key),
        "http_cert": str(vtn_pem),
        "http_key": str(vtn_key),
        "http_ca_file": str(ca),
        "ven_fingerprint": client.fingerprint,
    }
    ours: dict[str, object] = {
        "certificate": ven_pem,
        "key": ven_key,
        "ca": ca,
        "vtn_fingerprint": server.fingerprint,
    }
    return theirs, ours


@pytest.mark.parametrize("security", ["plain", "ec", "rsa"])
async def test_a_real_vtn_gets_its_answer_and_its_reports(tmp_path: Path, security: str) -> None:
    port = free_port()
    theirs, ours = ({}, {}) if security == "plain" else secured(tmp_path, security)
    scheme = "http" if security == "plain" else "https"
    mine: Settings = settings(
        vtn=f"{scheme}://127.0.0.1:{port}/OpenADR2/Simple/2.0b",
        resources=("depot-x",),
        every={"depot-x": 60.0},
        **ours,
    )
    sink = ReportingLedger()
    async with vtn(http_port=port, **theirs) as seen:
        running = asyncio.create_task(OpenAdrVen(mine, WallClock()).run(sink))
        try:
            offered = await seen.until("offered", 2)
            opts = await seen.until("opt")
            reports = await seen.until("reported", 2)
            await sink.until(AnswerDelivered)
            await sink.until(ReportDelivered, count=2)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    assert opts == [{"kind": "opt", "ven": "ven-x", "event": "peak-x", "opt": "optIn"}]
    assert [line["every"] for line in offered] == [[60.0, 3600.0]] * 2
    assert {(line["unit"], line["value"]) for line in reports} == {("W", 7400.0), ("Wh", 123.5)}
    assert {line["resource"] for line in reports} == {"depot-x"}
    assert sink.of(Registered)[0].registration == "R-0042"
    assert sink.of(Distributed)[0].distribution.events[0].id == "peak-x"
