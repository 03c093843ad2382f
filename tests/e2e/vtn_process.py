"""openleadr's own VTN in a process of its own, told what to ask for while it runs.

    python vtn_process.py PORT

Commands come as JSON objects, one a line; what happens is told the same way:

    {"do": "event", "id": "e", "in_s": 0, "for_s": 60, "level": 2}      a new event
    {"do": "modify", "id": "e", "level": 3}                             its next version
    {"do": "cancel", "id": "e"}
    {"do": "lose_answers", "lost": true}        takes answers and never replies, until false

openleadr parses, validates, renders and speaks HTTP. Which events a VEN is told is kept here: its
own queue has no modifications.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import warnings
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from lxml import etree
    from openleadr import OpenADRServer, messaging, objects

messaging.XML_PARSER = etree.XMLParser(resolve_entities=False, no_network=True)

VEN_ID, REGISTRATION = "ven-x", "R-0042"
MARKET = "http://market"
POLL_S = 1


def tell(kind: str, **fields: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
    print(json.dumps({"kind": kind, "at": time.time(), **fields}), flush=True)  # noqa: T201 - the pipe


class Vtn:
    """One VTN for one VEN."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            # aiohttp: openleadr stores itself in the application under a plain string.
            warnings.simplefilter("ignore")
            self.server = OpenADRServer(
                vtn_id="VTN",
                requested_poll_freq=timedelta(seconds=POLL_S),
                ven_lookup=self.look_up,
            )
        self.name: str | None = None
        self.events: dict[str, dict[str, Any]] = {}
        self.news = False
        self.listening = asyncio.Event()
        self.listening.set()
        self.server.add_handler("on_create_party_registration", self.register)
        self.server.add_handler("on_register_report", self.no_reports)
        services = self.server.services
        services["poll_service"].handlers["oadrPoll"] = self.poll
        services["event_service"].handlers["oadrRequestEvent"] = self.request
        services["event_service"].handlers["oadrCreatedEvent"] = self.created

    async def start(self, port: int) -> None:
        runner = web.AppRunner(self.server.app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        self.server.app_runner = runner
        await web.TCPSite(runner, "127.0.0.1", port).start()

    # --- commands ------------------------------------------------------------------------------

    def do(self, command: dict[str, Any]) -> None:
        match command.pop("do"):
            case "event":
                start = time.time() + command["in_s"]
                event = {"version": 0, "start": start, "end": start + command["for_s"]}
                self.events[command["id"]] = event | {"level": command["level"]}
            case "modify":
                event = self.events[command.pop("id")]
                event.update(command, version=event["version"] + 1)
            case "cancel":
                event = self.events[command["id"]]
                event.update(cancelled=True, version=event["version"] + 1)
            case "lose_answers":
                (self.listening.clear if command["lost"] else self.listening.set)()
                return
        self.news = True

    # --- openleadr's side ----------------------------------------------------------------------

    async def look_up(self, ven_id: str) -> dict[str, str] | None:
        known = self.name is not None and ven_id == VEN_ID
        return {"ven_id": VEN_ID, "registration_id": REGISTRATION} if known else None

    async def register(self, request: dict[str, Any]) -> tuple[str, str]:
        self.name, self.news = request["ven_name"], True
        tell("registered", name=self.name)
        return VEN_ID, REGISTRATION

    async def no_reports(self, report: dict[str, Any]) -> list[tuple[Any, ...]]:
        del report
        return []

    async def poll(self, payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        tell("polled")
        return await self.request(payload) if self.news else ("oadrResponse", {})

    async def request(self, _payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        self.news = False
        for name, event in self.events.items():
            tell("told", event=name, **event)
        return "oadrDistributeEvent", {
            "events": [on_wire(name, event) for name, event in self.events.items()]
        }

    async def created(self, payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        for response in payload["event_responses"]:
            name, version = response["event_id"], int(response["modification_number"])
            if not self.listening.is_set():
                tell("answer_lost", event=name, version=version)
                await self.listening.wait()
                continue
            tell("opt", event=name, version=version, opt=response["opt_type"])
        return "oadrResponse", {}


def on_wire(name: str, event: dict[str, Any]) -> objects.Event:
    """A fresh object: openleadr changes those it is given."""
    start = datetime.fromtimestamp(event["start"], UTC)
    length = timedelta(seconds=event["end"] - event["start"])
    interval = objects.Interval(dtstart=start, duration=length, signal_payload=event["level"])
    wire = objects.Event(
        active_period=objects.ActivePeriod(dtstart=start, duration=length),
        event_signals=[
            objects.EventSignal(
                signal_id="s", signal_name="SIMPLE", signal_type="level", intervals=[interval]
            )
        ],
        targets=[objects.Target(ven_id=VEN_ID)],
        response_required="always",
        event_descriptor=objects.EventDescriptor(
            event_id=name,
            modification_number=event["version"],
            market_context=MARKET,
            event_status="far",
            created_date_time=datetime.now(UTC),
        ),
    )
    if event.get("cancelled"):
        # The constructor works the status out anew from the clock.
        wire.event_descriptor.event_status = "cancelled"
    return wire


async def main() -> None:
    vtn = Vtn()
    await vtn.start(int(sys.argv[1]))
    tell("ready")
    commands = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    async for line in commands:
        vtn.do(json.loads(line))
    await vtn.server.stop()


if __name__ == "__main__":
    asyncio.run(main())
