"""The utility of the end-to-end bench: `python -m tests.bench._end_to_end_vtn PORT`.

openleadr's words served by aiohttp: a VEN that registers and polls, and one event that is told
anew whenever standard input says how much of their power stations may draw. It says on standard
output, a JSON object a line, that it is ready, when each answer left (`CLOCK_MONOTONIC`, which all
processes share) and which version was answered. It ends with its standard input.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
import warnings
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from openleadr import messaging, objects

VTN, VEN = "vtn-bench", "ven-bench"
MARKET = "http://market"
POLL = timedelta(seconds=1)
LENGTH = timedelta(hours=4)
OK = {"response_code": 200, "response_description": "OK", "request_id": "r"}
ROOT = re.compile(rb"<[\w:]*(oadr(?!Payload|SignedObject)\w+)")
MODIFICATION = re.compile(rb"modificationNumber>(\d+)<")


def tell(**fields: object) -> None:
    print(json.dumps(fields), flush=True)


class Utility:
    """One event for one VEN, and how much of it was told."""

    def __init__(self) -> None:
        self._began = datetime.now(UTC)
        self._share = 1.0
        self._version = -1
        self._news = False

    def ask(self, share: float) -> None:
        """Tell the event anew at the next poll."""
        self._share = share
        self._version += 1
        self._news = True

    async def answer(self, request: web.Request) -> web.StreamResponse:
        content = await request.read()
        found = ROOT.search(content)
        kind = "" if found is None else found[1].decode()
        asks = kind == "oadrRequestEvent" or (kind == "oadrPoll" and self._news)
        if not asks or self._version < 0:
            if kind == "oadrCreatedEvent" and (told := MODIFICATION.search(content)):
                tell(opted=int(told[1]))
            return self._response(self._plain(kind))
        self._news = False
        body = self._message(
            "oadrDistributeEvent", request_id="q", response=OK, events=[self._event()]
        )
        response = web.StreamResponse(headers={"Content-Type": "application/xml"})
        response.content_length = len(body)
        await response.prepare(request)
        left = time.monotonic()
        await response.write(body)
        await response.write_eof()
        tell(version=self._version, left=left)
        return response

    def _plain(self, kind: str) -> bytes:
        match kind:
            case "oadrQueryRegistration" | "oadrCreatePartyRegistration":
                return self._message(
                    "oadrCreatedPartyRegistration",
                    response=OK,
                    registration_id="registration",
                    ven_id=VEN,
                    profiles=[
                        {
                            "profile_name": "2.0b",
                            "transports": [{"transport_name": "simpleHttp"}],
                        }
                    ],
                    requested_oadr_poll_freq=POLL,
                )
            case "oadrRegisterReport":
                return self._message(
                    "oadrRegisteredReport", response=OK, report_requests=[], ven_id=VEN
                )
            case _:
                return self._message("oadrResponse", response=OK, ven_id=VEN)

    def _event(self) -> object:
        interval = objects.Interval(
            dtstart=self._began, duration=LENGTH, signal_payload=self._share
        )
        return objects.Event(
            active_period=objects.ActivePeriod(dtstart=self._began, duration=LENGTH),
            event_signals=[
                objects.EventSignal(
                    signal_id="capacity",
                    signal_name="LOAD_CONTROL",
                    signal_type="x-loadControlCapacity",
                    intervals=[interval],
                )
            ],
            targets=[objects.Target(ven_id=VEN)],
            response_required="always",
            event_descriptor=objects.EventDescriptor(
                event_id="bench",
                modification_number=self._version,
                market_context=MARKET,
                event_status="active",
                created_date_time=self._began,
            ),
        )

    @staticmethod
    def _message(kind: str, **payload: Any) -> bytes:  # noqa: ANN401 - what openleadr takes
        text: str = messaging.create_message(kind, vtn_id=VTN, **payload)
        return text.encode()

    @staticmethod
    def _response(body: bytes) -> web.Response:
        return web.Response(body=body, content_type="application/xml")


async def listen(utility: Utility) -> None:
    """Take shares from standard input until it ends."""
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
    )
    async for line in lines:
        utility.ask(json.loads(line))


async def main(port: int) -> None:
    utility = Utility()
    app = web.Application(client_max_size=2**24)
    app.router.add_post("/OpenADR2/Simple/2.0b/{service}", utility.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    tell(ready=True)
    await listen(utility)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
