"""A VEN's conversation with its VTN, without a socket and without a clock.

    register ─▶ METADATA ─▶ request events ─▶ poll, poll, ... ─▶ poll
       ▲                                        │ answers, reports in between
       └──── 463, cancelled, asked to re-register

One request is under way at a time. Each kind of thing to say is a `Job` with a retry of its own,
so that what fails holds up nothing else; of the jobs that are due the first one goes.

Invariants
- Nothing that acknowledges is sent while a fact waits to be stored; polls go on.
- No reply, however odd, raises: it is a failure of the job it answers.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from enum import IntEnum
from typing import TYPE_CHECKING, Final

import structlog

from gridbridge.domain.facts import (
    AnswerDelivered,
    Registered,
    RegistrationLost,
    ReportDelivered,
    VtnHeard,
)
from gridbridge.domain.units import FOREVER, Instant, Seconds
from gridbridge_openadr.exchange import NoReply, Reply, Request
from gridbridge_openadr.v2b import offer, render
from gridbridge_openadr.v2b.codes import Code
from gridbridge_openadr.v2b.consequences import Owed, consequences
from gridbridge_openadr.v2b.drain import Drain
from gridbridge_openadr.v2b.messages import Distribute, Message, Reregister, outcome_of
from gridbridge_openadr.v2b.opening import Opener
from gridbridge_openadr.v2b.pending import PendingFacts
from gridbridge_openadr.v2b.registrar import Registrar
from gridbridge_openadr.v2b.retry import Retry

if TYPE_CHECKING:
    import random

    from lxml import etree

    from gridbridge.domain.decisions import ReportUpdate
    from gridbridge.domain.events import Answer
    from gridbridge.domain.facts import VenFact
    from gridbridge_openadr.settings import Settings
    from gridbridge_openadr.signature import Signer, Verifier

POLL_JITTER: Final = 0.1
"""Polls come up to this part later than asked for, never earlier."""
HEARD_EVERY: Final = Seconds(60.0)
_HTTP_OK: Final = 200

log = structlog.get_logger(__name__)


class Job(IntEnum):
    """Kinds of things to say, in the order in which those due are said."""

    REPLY = 1
    """What a message of the VTN asked to be told."""
    REGISTER = 2
    ANSWER = 3
    """Owed answers to events."""
    METADATA = 4
    """What we can report."""
    SYNC = 5
    """Ask once for every event that stands."""
    POLL = 6
    REPORT = 7


_ACKNOWLEDGES_NOTHING: Final = frozenset({Job.REGISTER, Job.SYNC, Job.POLL})


class Session:
    """One VEN towards one VTN. Made anew for every run; `resume` is what survived the last.

    The caller posts each of `requests_to_send`, hands what became of it to `receive`, stores each
    of `facts_to_record` and says so, and comes back at `next_wakeup` or with a new `offer`.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        chance: random.Random,
        now: Instant,
        resume: Registered | None = None,
        signer: Signer | None = None,
        verifier: Verifier | None = None,
    ) -> None:
        self._settings = settings
        self._chance = chance
        self._signer = signer
        self._opener = Opener(ven=settings.name, verifier=verifier)
        self._registrar = Registrar(settings, resume=resume)
        self._retries = {job: self._retry(now) for job in Job}
        self._facts = PendingFacts(self._retry(now))
        self._in_flight: Job | None = None
        self._replies: deque[Owed] = deque()
        self._metadata_wanted = False
        self._metadata_for: str | None = None
        self._sync_wanted = resume is not None
        self._drain = Drain()
        self._heard = Instant(-FOREVER)
        self._request = ""
        self._answers: tuple[Answer, ...] = ()
        self._sent_answers: tuple[Answer, ...] = ()
        self._sent_update = ""
        self._offered: tuple[ReportUpdate, ...] = ()
        self._outbox: tuple[ReportUpdate, ...] = ()
        """What of it we can write."""

    # --- what the caller asks and tells ---------------------------------------------------------

    @property
    def registered(self) -> Registered | None:
        """The registration that stands."""
        return self._registrar.held if self._registrar.complete else None

    def offer(
        self, *, owed: tuple[str | None, tuple[Answer, ...]], outbox: tuple[ReportUpdate, ...]
    ) -> None:
        """Take what is owed to the VTN now; replaces what was offered before."""
        request, answers = owed
        if answers != self._answers:
            self._retries[Job.ANSWER].at(Instant(0.0))
        self._request, self._answers = request or "", answers
        if outbox != self._offered:
            self._offered = outbox
            self._outbox = tuple(one for one in outbox if one.specifier in offer.QUANTITIES)
            if len(self._outbox) < len(outbox):
                log.error("report_not_ours", ven=self._settings.name)

    def requests_to_send(self, now: Instant) -> list[Request]:
        """The next request, if one is due and none is under way."""
        if self._in_flight is not None:
            return []
        due = (job for job in Job if self._wanted(job) and self._retries[job].due <= now)
        job = next(due, None)
        if job is None:
            return []
        self._in_flight = job
        service, message = self._write(job, now)
        nonce = f"{self._chance.getrandbits(128):032x}"
        body = render.seal(message, signer=self._signer, nonce=nonce, now=now)
        return [Request(service=service, body=body)]

    def receive(self, reply: Reply | NoReply, now: Instant) -> None:
        """Take what became of the request under way."""
        if self._in_flight is None:
            raise RuntimeError("a reply without a request")
        job, self._in_flight = self._in_flight, None
        message = self._opener.open(reply, job=job.name, now=now)
        if message is None:
            self._on_nothing(job, reply, now)
        elif job is Job.REGISTER:
            self._on_registration(message, now)
        elif not self._on_unregistered(job, message, now):
            self._on_answered(job, message, now)

    def facts_to_record(self, now: Instant) -> list[VenFact]:
        """Facts not yet stored, oldest first; none while the store is given a rest."""
        return self._facts.due(now)

    def recorded(self, fact: VenFact) -> None:
        """Hear that the fact is stored."""
        self._facts.stored(fact)

    def not_stored(self, now: Instant) -> None:
        """Hear that the store failed: the facts are kept and asked for again later."""
        self._facts.not_stored(now)

    def next_wakeup(self) -> Instant:
        """When to ask again for requests and facts; FOREVER while a reply is awaited."""
        if self._in_flight is not None:
            return FOREVER
        due = [self._retries[job].due for job in Job if self._wanted(job)]
        return min([*due, self._facts.next_wakeup()])

    # --- sending --------------------------------------------------------------------------------

    def _retry(self, now: Instant) -> Retry:
        return Retry(cap=self._settings.backoff_cap, chance=self._chance, due=now)

    def _wanted(self, job: Job) -> bool:
        if self._facts and job not in _ACKNOWLEDGES_NOTHING:
            return False
        if job is Job.REPLY:
            return bool(self._replies)
        if job is Job.REGISTER or not self._registrar.complete:
            return job is Job.REGISTER and not self._registrar.complete
        return {
            Job.ANSWER: bool(self._answers),
            Job.METADATA: self._metadata_wanted,
            Job.SYNC: self._sync_wanted,
            Job.POLL: True,
            # That we took a report request on is said before the report comes.
            Job.REPORT: bool(self._outbox) and not self._replies,
        }[job]

    def _write(self, job: Job, now: Instant) -> tuple[str, etree._Element]:
        request = f"{self._chance.getrandbits(64):016x}"
        ven_id = self._registrar.ven_id
        service = "EiReport"
        match job:
            case Job.REPLY:
                service, message = self._replies[0].service, self._replies[0].write()
            case Job.REGISTER:
                service, message = "EiRegisterParty", self._registrar.write(request)
            case Job.ANSWER:
                self._sent_answers = self._answers
                service, message = (
                    "EiEvent",
                    render.created_event(
                        request=self._request, ven_id=ven_id, answers=self._answers
                    ),
                )
            case Job.METADATA:
                message = render.register_report(
                    request=request,
                    ven_id=ven_id,
                    rates={
                        resource: offer.rate_of(resource, self._settings.every)
                        for resource in self._settings.resources
                    },
                    now=now,
                    asked_by=self._metadata_for,
                )
            case Job.SYNC:
                service = "EiEvent"
                message = render.request_event(request=request, ven_id=ven_id)
            case Job.POLL:
                service, message = "OadrPoll", render.poll(ven_id=ven_id)
            case Job.REPORT:
                update = self._outbox[0]
                self._sent_update = update.id
                message = render.update_report(request=request, ven_id=ven_id, update=update)
        return service, message

    # --- receiving ------------------------------------------------------------------------------

    def _on_nothing(self, job: Job, reply: Reply | NoReply, now: Instant) -> None:
        if job is Job.REPLY and isinstance(reply, Reply) and reply.status == _HTTP_OK:
            # The VTN took what it had asked for, and what else it says of it matters to nobody.
            self._replies.popleft()
            return
        self._retries[job].failed(now)

    def _on_registration(self, message: Message, now: Instant) -> None:
        renewed = self._registrar.held
        result = self._registrar.receive(message)
        if isinstance(result, str):
            log.warning("registration_refused", ven=self._settings.name, why=result)
            if renewed is not None:
                self._facts.add(RegistrationLost(ven=self._settings.name, why=result))
            self._retries[Job.REGISTER].failed(now)
        elif result is None:
            self._retries[Job.REGISTER].at(now)
        else:
            log.info("registered", ven=self._settings.name, ven_id=result.ven_id)
            self._facts.add(result)
            self._metadata_wanted = bool(self._settings.resources)
            self._metadata_for = None
            self._sync_wanted = True
            for job in Job:
                self._retries[job].at(now)

    def _on_unregistered(self, job: Job, message: Message, now: Instant) -> bool:
        """Whether the answer says that the VTN does not know us, whatever we had asked."""
        if not self._registrar.complete:
            return False
        outcome = outcome_of(message)
        code = Code.OK if outcome is None else outcome.code
        # A wrong id in a poll can only be ours; elsewhere it may be an event's or a report's.
        polled = job in {Job.POLL, Job.SYNC}
        if code == Code.NOT_REGISTERED or (polled and code == Code.INVALID_ID):
            self._lose(f"code {code}")
        elif isinstance(message, Reregister):
            log.info("reregistration_requested", ven=self._settings.name)
            self._registrar.renew()
            self._replies.clear()
        else:
            return False
        self._register_after_losses(now)
        return True

    def _on_answered(self, job: Job, message: Message, now: Instant) -> None:
        outcome = outcome_of(message)
        content = outcome is None or outcome.ok
        if not content and outcome is not None:
            log.warning(
                "vtn_not_content",
                ven=self._settings.name,
                job=job.name,
                code=outcome.code,
                description=outcome.description,
            )
        if job in {Job.POLL, Job.SYNC}:
            if not content:
                self._retries[job].failed(now)
                return
            self._registrar.losses = 0
            self._count_as_heard(now)
        self._retries[job].at(now)
        self._settle(job, message, now)
        if content:
            if job is Job.SYNC and isinstance(message, Distribute):
                message = replace(message, distribution=replace(message.distribution, asked=True))
            self._follow(message, now)

    def _settle(self, job: Job, message: Message, now: Instant) -> None:
        """Strike what was answered off the list; an error code is an answer, too."""
        match job:
            case Job.REPLY:
                self._replies.popleft()
            case Job.ANSWER:
                self._facts.add(
                    AnswerDelivered(ven=self._settings.name, answers=self._sent_answers)
                )
            case Job.METADATA:
                self._metadata_wanted = False
            case Job.SYNC:
                self._sync_wanted = False
            case Job.REPORT:
                self._facts.add(ReportDelivered(ven=self._settings.name, update=self._sent_update))
            case _:
                self._schedule_poll(message, now)

    def _schedule_poll(self, message: Message, now: Instant) -> None:
        """Poll again at once while there is more to fetch, else when the period is over."""
        if self._drain.over(message):
            late = 1 + POLL_JITTER * self._chance.random()
            period = self._registrar.poll_period()
            self._retries[Job.POLL].at(Instant(now + period * late))

    def _count_as_heard(self, now: Instant) -> None:
        if now - self._heard >= HEARD_EVERY:
            self._heard = now
            self._facts.add(VtnHeard(ven=self._settings.name))

    # --- what follows ---------------------------------------------------------------------------

    def _follow(self, message: Message, now: Instant) -> None:
        held = self._registrar.held
        if held is None:
            return
        follows = consequences(message, settings=self._settings, held=held)
        if follows.cancelled:
            self._lose("cancelled by the VTN")
            # It wanted to be rid of us: give it time before asking again.
            self._retries[Job.REGISTER].at(Instant(now + self._settings.backoff_cap))
        for fact in follows.facts:
            self._facts.add(fact)
        self._replies.extend(follows.replies)
        if follows.metadata_for is not None:
            self._metadata_wanted, self._metadata_for = True, follows.metadata_for

    def _lose(self, why: str) -> None:
        log.warning("registration_lost", ven=self._settings.name, why=why)
        self._registrar.lose()
        self._replies.clear()
        self._facts.add(RegistrationLost(ven=self._settings.name, why=why))

    def _register_after_losses(self, now: Instant) -> None:
        """At once the first time; later and later where no registration lasts for a poll."""
        retry = self._retries[Job.REGISTER]
        retry.failures = self._registrar.losses - 1
        if retry.failures:
            retry.failed(now)
        else:
            retry.at(now)
