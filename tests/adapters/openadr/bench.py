"""A bench for the OpenADR adapter: a VTN's words by openleadr, a sink, a scripted VTN."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from lxml import etree
from openleadr import messaging, objects

from gridbridge.domain.decisions import ReportUpdate, Sample
from gridbridge.domain.events import Answer, Opt
from gridbridge.domain.facts import (
    AnswerDelivered,
    Distributed,
    Registered,
    ReportDelivered,
    VenFact,
)
from gridbridge.domain.ids import VenName
from gridbridge.domain.units import Instant, Seconds, WattHours, Watts
from gridbridge.ports.facts import NotStoredError
from gridbridge_openadr.exchange import NoReply, Reply, Request
from gridbridge_openadr.settings import Settings
from gridbridge_openadr.v2b.session import Session

NOW = Instant(1_800_000_000.0)
VEN = VenName("utility-a")
OK = {"response_code": 200, "response_description": "OK", "request_id": "r"}


def moment(offset_s: float = 0.0) -> datetime:
    return datetime.fromtimestamp(NOW + offset_s, UTC)


def settings(**changes: object) -> Settings:
    given: dict[str, Any] = {
        "name": VEN,
        "vtn": "http://127.0.0.1:1/OpenADR2/Simple/2.0b",
        "ven_name": "depot",
        "resources": ("depot-7",),
    }
    given.update(changes)
    return Settings(**given)


# --- what a VTN says -----------------------------------------------------------------------------


def say(kind: str, **payload: object) -> bytes:
    text: str = messaging.create_message(kind, **payload)
    return text.encode()


def event(
    identity: str = "E1",
    *,
    version: int = 0,
    status: str = "far",
    name: str = "SIMPLE",
    kind: str = "level",
    values: tuple[float, ...] = (1,),
    start_s: float = 600.0,
    length_s: float = 600.0,
    response: str = "always",
    **more: object,
) -> object:
    start, length = moment(start_s), timedelta(seconds=length_s)
    signal = objects.EventSignal(
        signal_id="S",
        signal_name=name,
        signal_type=kind,
        intervals=[
            objects.Interval(dtstart=start + i * length, duration=length, signal_payload=value)
            for i, value in enumerate(values)
        ],
        measurement=more.get("measurement"),
    )
    made = objects.Event(
        active_period=objects.ActivePeriod(dtstart=start, duration=len(values) * length),
        event_signals=[signal],
        targets=[objects.Target(ven_id="V")],
        response_required=response,
        event_descriptor=objects.EventDescriptor(
            event_id=identity,
            modification_number=version,
            event_status=status,
            priority=more.get("priority"),
            market_context="http://market",
            created_date_time=moment(),
            test_event=more.get("test"),
        ),
    )
    # The constructor computes it anew from the wall clock.
    made.event_descriptor.event_status = status
    return made


def distribute(*events: object, vtn: str = "VTN", request: str = "REQ") -> bytes:
    return say(
        "oadrDistributeEvent", request_id=request, vtn_id=vtn, response=OK, events=list(events)
    )


def response(code: int = 200, description: str = "OK") -> bytes:
    outcome = {"response_code": code, "response_description": description, "request_id": "r"}
    return say("oadrResponse", response=outcome, ven_id="V", vtn_id="VTN")


def registration(*, ven: str | None = "V", poll_s: int = 10, code: int = 200) -> bytes:
    return say(
        "oadrCreatedPartyRegistration",
        response=OK | {"response_code": code},
        registration_id="R" if ven else None,
        ven_id=ven,
        vtn_id="VTN",
        profiles=[{"profile_name": "2.0b", "transports": [{"transport_name": "simpleHttp"}]}],
        requested_oadr_poll_freq=timedelta(seconds=poll_s),
    )


def want(
    identity: str = "RR1",
    *,
    specifier: str = "usage-power",
    points: tuple[str, ...] = ("depot-7",),
    granularity_s: int = 60,
    every_s: int = 300,
) -> dict[str, Any]:
    return {
        "report_request_id": identity,
        "report_specifier": {
            "report_specifier_id": specifier,
            "granularity": timedelta(seconds=granularity_s),
            "report_back_duration": timedelta(seconds=every_s),
            "specifier_payloads": [
                {"r_id": point, "reading_type": "Direct Read"} for point in points
            ],
        },
    }


def create_report(*wishes: dict[str, Any]) -> bytes:
    return say("oadrCreateReport", request_id="Q", ven_id="V", report_requests=list(wishes))


def update(identity: str, *, specifier: str = "usage-power") -> ReportUpdate:
    def sample(minute: int, power: float, energy: float) -> Sample:
        return Sample(
            start=Instant(NOW + 60 * minute),
            length=Seconds(60.0),
            power=Watts(power),
            energy=WattHours(energy),
            complete=minute == 0,
        )

    return ReportUpdate(
        id=identity,
        request="RR1",
        specifier=specifier,
        created=NOW,
        samples={"depot-7": (sample(0, 7400.5, 123.3456), sample(1, -1000.0, -16.0))},
    )


def without_zone(message: bytes, nth: int = 1) -> bytes:
    """The same message with the Z of its n-th dtstart gone, which the schema permits."""
    found = list(re.finditer(rb"dtstart>\s*<(?:\w+:)?date-time>[^<]*(Z)<", message))
    at = found[nth - 1].start(1)
    return message[:at] + message[at + 1 :]


# --- what we say ---------------------------------------------------------------------------------


def kind_of(request: Request) -> str:
    """The message's name; fails where the message is off OpenADR's schema."""
    root = etree.fromstring(request.body)
    messaging.XML_SCHEMA.assertValid(root)
    return str(etree.QName(root[-1][0]).localname)


def texts(request: Request, name: str) -> list[str]:
    """The texts of all elements of that name, in order."""
    root = etree.fromstring(request.body)
    return [element.text or "" for element in root.iter(f"{{*}}{name}")]


# --- both ends -----------------------------------------------------------------------------------


@dataclass
class Ledger:
    """A VenSink that opts in to everything, and into what it refused, out."""

    facts: list[VenFact] = field(default_factory=list)
    down: bool = False
    resume: Registered | None = None
    answers: tuple[Answer, ...] = ()
    request: str | None = None
    reports: tuple[ReportUpdate, ...] = ()

    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def record(self, fact: VenFact) -> None:
        async with self.changed:
            self.take(fact)
            self.changed.notify_all()

    async def until(self, *kinds: type, count: int = 1) -> None:
        """Wait until that many facts of each kind are recorded."""
        async with asyncio.timeout(30), self.changed:
            await self.changed.wait_for(lambda: all(len(self.of(k)) >= count for k in kinds))

    def take(self, fact: VenFact) -> None:
        if self.down:
            raise NotStoredError
        self.facts.append(fact)
        match fact:
            case Distributed(distribution=told):
                self.request = told.request
                good = [
                    (one.id, one.version, None) for one in told.events if one.response_required
                ]
                bad = [(one.event, one.version, one.reason) for one in told.refusals]
                self.answers = tuple(
                    Answer(
                        event=identity,
                        version=version,
                        opt=Opt.IN if reason is None else Opt.OUT,
                        why="as configured",
                        refused=reason,
                    )
                    for identity, version, reason in good + bad
                )
            case AnswerDelivered(answers=told):
                self.answers = tuple(one for one in self.answers if one not in told)
            case ReportDelivered(update=update):
                self.reports = tuple(one for one in self.reports if one.id != update)
            case _:
                pass

    def owed(self) -> tuple[str | None, tuple[Answer, ...]]:
        return self.request, self.answers

    def registration(self) -> Registered | None:
        return self.resume

    def outbox(self) -> tuple[ReportUpdate, ...]:
        return self.reports

    def of(self, kind: type) -> list[Any]:
        return [fact for fact in self.facts if isinstance(fact, kind)]


Override = bytes | Reply | NoReply


@dataclass
class Script:
    """A VTN: answers to polls in turn, overrides by kind of message, a log of what came."""

    polls: list[bytes] = field(default_factory=list)
    override: dict[str, Override] = field(default_factory=dict)
    everything: Override | None = None
    log: list[tuple[Instant, str, Request]] = field(default_factory=list)
    poll_s: int = 10

    def answer(self, request: Request, now: Instant) -> Reply | NoReply:
        kind = kind_of(request)
        self.log.append((now, kind, request))
        given = self.everything or self.override.get(kind)
        if given is None:
            given = self.polls.pop(0) if kind == "oadrPoll" and self.polls else self.usual(kind)
        return given if isinstance(given, Reply | NoReply) else Reply(status=200, body=given)

    def usual(self, kind: str) -> bytes:
        match kind:
            case "oadrQueryRegistration" | "oadrCreatePartyRegistration":
                return registration(poll_s=self.poll_s)
            case "oadrRegisterReport":
                return say("oadrRegisteredReport", response=OK, ven_id="V", report_requests=[])
            case "oadrUpdateReport":
                return say("oadrUpdatedReport", response=OK, ven_id="V")
            case _:
                return response()

    def kinds(self) -> list[str]:
        return [kind for _, kind, _ in self.log]

    def sent(self, kind: str) -> list[Request]:
        return [request for _, name, request in self.log if name == kind]

    def times(self, kind: str) -> list[float]:
        return [at - NOW for at, name, _ in self.log if name == kind]


REGISTERED = Registered(ven=VEN, ven_id="V", registration="R", vtn_id="VTN", poll=Seconds(10.0))


class Talk:
    """A session and a script in virtual time."""

    def __init__(
        self,
        script: Script | None = None,
        *,
        resume: Registered | None = REGISTERED,
        seed: int = 1,
        **changes: object,
    ) -> None:
        self.script = script or Script()
        self.sink = Ledger()
        self.now = NOW
        self.session = Session(
            settings(**changes), chance=random.Random(seed), now=NOW, resume=resume
        )

    def run(self, seconds: float, *, stop: Callable[[], bool] = lambda: False) -> Talk:
        """Let that much time pass, or until `stop`."""
        end = Instant(self.now + seconds)
        turns = 0
        while not stop():
            turns += 1
            assert turns < 20_000, "the session never rests"
            self._store()
            self.session.offer(owed=self.sink.owed(), outbox=self.sink.outbox())
            requests = self.session.requests_to_send(self.now)
            for request in requests:
                self.session.receive(self.script.answer(request, self.now), self.now)
            if requests:
                continue
            if self.session.next_wakeup() > end:
                self.now = end
                break
            self.now = max(self.now, self.session.next_wakeup())
        return self

    def _store(self) -> None:
        for fact in self.session.facts_to_record(self.now):
            try:
                self.sink.take(fact)
            except NotStoredError:
                self.session.not_stored(self.now)
                return
            self.session.recorded(fact)
