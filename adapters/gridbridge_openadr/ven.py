"""The VEN of the port `grid`: a 2.0b session with a socket and a clock around it."""

from __future__ import annotations

import asyncio
import random
import secrets
from typing import TYPE_CHECKING, Final

import structlog

from gridbridge.domain.units import Seconds
from gridbridge.ports.facts import NotStoredError
from gridbridge_openadr.signature import Nonces, Signer, Verifier
from gridbridge_openadr.transport import Transport, reason
from gridbridge_openadr.v2b.session import Session

if TYPE_CHECKING:
    from gridbridge.domain.facts import Registered
    from gridbridge.domain.ids import VenName
    from gridbridge.domain.units import Instant
    from gridbridge.ports.clock import Clock
    from gridbridge.ports.grid import VenSink
    from gridbridge_openadr.settings import Settings

MAX_SKEW: Final = Seconds(5.0)
"""A VTN's clock further off than this is worth a warning: events would start at a wrong time."""
FILES_AGAIN_AFTER: Final = Seconds(30.0)
"""How soon files for TLS that could not be used are looked at again."""
_LONGEST_PAUSE: Final = Seconds(3600.0)

log = structlog.get_logger(__name__)


class OpenAdrVen:
    """One VEN towards one OpenADR 2.0b VTN, pull. Implements `gridbridge.ports.grid.Ven`.

    `chance` spreads polls and back-offs; only tests hand in a seeded one.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        *,
        chance: random.Random | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._chance = chance or random.Random(secrets.randbits(128))  # noqa: S311 - no secret
        self._woken = asyncio.Event()
        self._skewed = False

    @property
    def name(self) -> VenName:
        """The VEN's name in the configuration."""
        return self._settings.name

    def wake(self) -> None:
        """Look at the sink again: there is something to send."""
        self._woken.set()

    async def run(self, sink: VenSink) -> None:
        """Register, poll, answer and report until cancelled; survives whatever the VTN does.

        Files for TLS that cannot be used are waited for, as they may come later than we.
        """
        session, transport = await self._prepared(sink)
        try:
            while True:
                await self._store(session, sink)
                self._woken.clear()
                session.offer(owed=sink.owed(), outbox=sink.outbox())
                requests = session.requests_to_send(self._clock.now())
                for request in requests:
                    reply = await transport.post(request)
                    session.receive(reply, self._clock.now())
                    self._watch_clocks(transport.vtn_time)
                if not requests:
                    await self._pause(session.next_wakeup())
        finally:
            await transport.close()

    async def _prepared(self, sink: VenSink) -> tuple[Session, Transport]:
        """A session and its transport, as soon as the files for TLS can be used."""
        told = ""
        while True:
            try:
                return self._new_session(sink.registration()), Transport(self._settings)
            except (OSError, ValueError) as error:
                why = self._absent() or reason(error)
                if why != told:
                    log.error("ven_files_unusable", ven=self.name, why=why)  # noqa: TRY400 - no bug
                told = why
            await self._clock.sleep(FILES_AGAIN_AFTER)

    def _absent(self) -> str | None:
        """The first file that is not there, which the errors of TLS do not name."""
        files = (self._settings.certificate, self._settings.key, self._settings.ca)
        absent = (file for file in files if file is not None and not file.is_file())
        return next((f"there is no file {file}" for file in absent), None)

    def _new_session(self, resume: Registered | None) -> Session:
        settings, now = self._settings, self._clock.now()
        signer = verifier = None
        if settings.vtn_fingerprint and settings.certificate and settings.key:
            signer = Signer(
                certificate=settings.certificate.read_bytes(),
                key=settings.key.read_bytes(),
                password=settings.key_password.encode() if settings.key_password else None,
            )
            verifier = Verifier(fingerprint=settings.vtn_fingerprint, nonces=Nonces(since=now))
        return Session(
            settings,
            chance=self._chance,
            now=now,
            resume=resume,
            signer=signer,
            verifier=verifier,
        )

    async def _store(self, session: Session, sink: VenSink) -> None:
        """Store what happened before anything is said about it."""
        for fact in session.facts_to_record(self._clock.now()):
            try:
                await sink.record(fact)
            except NotStoredError:
                log.warning("ven_fact_not_stored", ven=self.name, fact=type(fact).__name__)
                session.not_stored(self._clock.now())
                return
            session.recorded(fact)

    async def _pause(self, until: Instant) -> None:
        """Wait for that time or for `wake`, whichever comes first."""
        pause = Seconds(min(until - self._clock.now(), _LONGEST_PAUSE))
        sleeping = asyncio.ensure_future(self._clock.sleep(pause))
        woken = asyncio.ensure_future(self._woken.wait())
        try:
            done, _ = await asyncio.wait({sleeping, woken}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (sleeping, woken):
                task.cancel()
            await asyncio.gather(sleeping, woken, return_exceptions=True)

    def _watch_clocks(self, vtn_time: Instant | None) -> None:
        """Warn once when the VTN's clock is off, and again only after it was right."""
        if vtn_time is None:
            return
        # The header names the second that began up to one second ago.
        skew = self._clock.now() - vtn_time
        skewed = not -MAX_SKEW <= skew <= MAX_SKEW + 1
        if skewed and not self._skewed:
            log.warning("vtn_clock_skew", ven=self.name, seconds=round(skew, 1))
        self._skewed = skewed
