"""One simulated station, sans-IO: calls in, answers and calls out, power drawn, time an argument.

    receive(action, payload, now) -> answer        next_call(now) -> call, later its on_answer
    connected / disconnected(now)                  step(now, dt, volts): physics, meters, beats

Invariants: what an outlet draws follows from the profiles held, never from what was meant; a
station that has booted does not boot again on a mere reconnect; messages of transactions are kept
while it is offline, everything else is dropped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import structlog

from gridbridge.simulation.electrics import NOTHING
from gridbridge.simulation.spec import Protocol
from gridbridge.simulation.stations import schemas, v2x
from gridbridge.simulation.stations.frames import Call, Fault, Payload, code_for
from gridbridge.simulation.stations.hardware import Hardware
from gridbridge.simulation.stations.outbox import Outbox
from gridbridge.simulation.stations.samples import (
    MainReading,
    main_samples,
    outlet_samples,
    rfc3339,
)
from gridbridge.simulation.stations.session import Session
from gridbridge.simulation.stations.words2x import Words2x
from gridbridge.simulation.stations.words16 import Words16

if TYPE_CHECKING:
    from gridbridge.simulation.electrics import Volts
    from gridbridge.simulation.spec import Car
    from gridbridge.simulation.spec import Station as StationSpec

Handler = Callable[["Station", Payload, float], Payload | Fault]
"""Answers one action."""

log = structlog.get_logger(__name__)

_BOOT_RETRY_S = 5.0


class Station:
    """A station as the world runs it."""

    def __init__(
        self,
        spec: StationSpec,
        *,
        handlers: Mapping[str, Handler],
        nominal_volts: float,
        seed: int,
        battery_speed: float,
    ) -> None:
        self.spec = spec
        self.hardware = Hardware(
            spec, nominal_volts=nominal_volts, seed=seed, battery_speed=battery_speed
        )
        self.sessions: dict[int, Session] = {}
        self.outbox = Outbox(spec.protocol)
        self.booted = False
        self.wants_reboot = False
        self.main: MainReading | None = None
        """What its main meter sees; set by the world, for a station that has one."""
        self.heard: Counter[tuple[str, str]] = Counter()
        """What the CSMS asked: (action, status or error code of the answer)."""
        self.faults: list[str] = []
        """What the CSMS said against the schemas; empty where it speaks rightly."""
        self._handlers = handlers
        self._update = "MeterValues" if spec.protocol is Protocol.V16 else "TransactionEvent"
        self._words = Words16() if spec.protocol is Protocol.V16 else Words2x(spec.protocol)
        self._offline_since: float | None = 0.0
        self._boot_at: float | None = None
        self._heartbeat_at = 0.0
        self._metered_at = 0.0
        self._count = 0

    @property
    def online(self) -> bool:
        """Whether its socket is up."""
        return self._offline_since is None

    def offline_s(self, now: float) -> float:
        """For how long it has been without its CSMS; 0 while it is online or never was."""
        return now - self._offline_since if self._offline_since else 0.0

    def transactions(self) -> dict[int, int | str]:
        """The running ones whose id is known, by EVSE."""
        return {
            evse: session.transaction
            for evse, session in self.sessions.items()
            if session.transaction is not None
        }

    # --- the socket ----------------------------------------------------------------------------

    def connected(self, now: float) -> None:
        """The socket is up."""
        if self._offline_since and self.spec.behaviour.forgets_on_reconnect:
            self.hardware.forget()
        self.hardware.holdings.came_back(self.offline_s(now))
        self._offline_since = None
        self._heartbeat_at = now + self.spec.behaviour.heartbeat_s
        if not self.booted:
            self._boot_at = now
            return
        self.tell_all_statuses(now)

    def disconnected(self, now: float) -> None:
        """The socket is gone; what is not about a transaction will not be said any more."""
        if self.online:
            self._offline_since = now
        self.outbox.drop_fleeting()

    def rebooted(self, now: float) -> None:
        """It starts anew: sessions end, and on the next connection it boots."""
        for evse in list(self.sessions):
            self.stop(evse, now, "Reboot")
        self.booted = self.wants_reboot = False
        self.hardware.holdings.rebooted()
        if self.spec.behaviour.forgets_on_reboot:
            self.hardware.forget()

    def next_call(self, now: float) -> Call | None:
        """The next request to make; None while there is none."""
        if self.booted:
            return self.outbox.next()
        if self._boot_at is None or now < self._boot_at:
            return None
        self._boot_at = None
        action, payload = self._words.boot(self.spec)
        return Call(action=action, payload=payload, on_answer=self._boot_answered)

    def receive(self, action: str, payload: Payload, now: float) -> Payload | Fault:
        """Answer a CALL; what no schema or rule allows is refused in the protocol's words."""
        answer = self._answer(action, payload, now)
        status = answer.code if isinstance(answer, Fault) else str(answer.get("status", ""))
        self.heard[action, status] += 1
        return answer

    def _answer(self, action: str, payload: Payload, now: float) -> Payload | Fault:
        protocol = self.spec.protocol
        if not schemas.knows(protocol, action):
            return Fault(code="NotImplemented", description=action)
        problem = schemas.problem(protocol, action, payload)
        if problem is not None:
            self.faults.append(f"{action}: {problem[1]}")
            return Fault(code=code_for(problem[0]), description=problem[1])
        handler = self._handlers.get(action)
        if handler is None:
            return Fault(code="NotSupported", description=action)
        answer = handler(self, payload, now)
        if isinstance(answer, dict):
            problem = schemas.problem(protocol, action, answer, answer=True)
            if problem is not None:
                raise AssertionError(f"the simulated station answers {action}: {problem[1]}")
        return answer

    def check_answer(self, call: Call, answer: Payload | Fault) -> None:
        """Note where a CSMS's answer breaks its schema or is an error."""
        if isinstance(answer, Fault):
            self.faults.append(f"{call.action} was answered with {answer.code}")
            return
        problem = schemas.problem(self.spec.protocol, call.action, answer, answer=True)
        if problem is not None:
            self.faults.append(f"answer to {call.action}: {problem[1]}")

    # --- cars and sessions ---------------------------------------------------------------------

    def plug_in(self, evse: int, car: Car, now: float) -> None:
        """A car arrives, and its driver shows a token at once."""
        outlet = self.hardware.outlets[evse]
        outlet.car, outlet.soc, outlet.plugged_at = car, car.soc, now
        if self.booted:
            self._tell_status(evse, now)
            self._authorize(evse, now)

    def unplug(self, evse: int, now: float) -> None:
        """The car leaves."""
        if evse in self.sessions:
            self.stop(evse, now, "EVDisconnected")
        self.hardware.outlets[evse].car = None
        self._tell_status(evse, now)

    def _authorize(self, evse: int, now: float) -> None:
        car = self.hardware.outlets[evse].car
        if car is None or evse in self.sessions:
            return
        if not self.online:
            # Offline it trusts the driver (1.6 LocalAuthorizeOffline, 2.x OfflineTxForUnknownId).
            self.start(evse, car.id_tag, now)
            return

        def answered(answer: Payload | Fault, at: float) -> None:
            if isinstance(answer, Fault) or not self._words.is_authorized(answer):
                log.info("driver_refused", station_id=self.spec.id, evse=evse)
            elif self.hardware.outlets[evse].car is car and evse not in self.sessions:
                self.start(evse, car.id_tag, at)

        self.outbox.put(self._words.authorize(car.id_tag), on_answer=answered)

    def start(self, evse: int, token: str, now: float) -> None:
        """Begin a transaction at an EVSE with a car, and let power flow."""
        outlet = self.hardware.outlets[evse]
        self._count += 1
        own = None if self.spec.protocol is Protocol.V16 else f"{self.spec.id[:24]}-{self._count}"
        session = Session(
            evse=evse,
            token=token,
            started=now,
            transaction=own,
            placeholder=-self._count,
            begin_wh=outlet.imported_wh,
        )
        self.sessions[evse] = session
        offline_s = self.offline_s(now)
        outlet.start(self.hardware.allowed(evse, session, now=now, offline_s=offline_s))
        samples = outlet_samples(outlet, self.hardware.volts)
        self.outbox.put(
            self._words.started(session, outlet, samples, now),
            lasting=True,
            on_answer=lambda answer, _at: self._start_answered(session, answer),
        )
        self._tell_status(evse, now)
        needs = v2x.charging_needs(self.spec.protocol, outlet)
        if needs is not None:
            self.outbox.put(needs, on_answer=lambda a, at: self._needs_answered(session, a, at))

    def stop(self, evse: int, now: float, why: str) -> None:
        """End the transaction at an EVSE."""
        session = self.sessions.pop(evse)
        outlet = self.hardware.outlets[evse]
        outlet.enabled, outlet.draw = False, NOTHING
        samples = outlet_samples(outlet, self.hardware.volts)
        self.outbox.put(self._words.ended(session, outlet, samples, now, why), lasting=True)
        if session.transaction is not None:
            self.hardware.holdings.transaction_ended(session.transaction)

    def _start_answered(self, session: Session, answer: Payload | Fault) -> None:
        if isinstance(answer, dict) and self.spec.protocol is Protocol.V16:
            session.transaction = int(answer["transactionId"])
            self.outbox.name_transaction(session.placeholder, session.transaction)

    def _needs_answered(self, session: Session, answer: Payload | Fault, now: float) -> None:
        # Q01: Rejected means that the transfer is not allowed; without service renegotiation the
        # station ends the transaction.
        refused = isinstance(answer, dict) and answer["status"] == "Rejected"
        if refused and self.sessions.get(session.evse) is session:
            self.stop(session.evse, now, "Other")

    def _boot_answered(self, answer: Payload | Fault, now: float) -> None:
        if isinstance(answer, Fault) or answer["status"] != "Accepted":
            self._boot_at = now + _BOOT_RETRY_S
            return
        self.booted = True
        for evse in self.hardware.outlets:
            self._tell_status(evse, now)
            self._authorize(evse, now)

    def tell_all_statuses(self, now: float) -> None:
        """Queue a status of every EVSE."""
        for evse in self.hardware.outlets:
            self._tell_status(evse, now)

    def _tell_status(self, evse: int, now: float) -> None:
        if self.online:
            outlet = self.hardware.outlets[evse]
            self.outbox.put(self._words.status(outlet, self.sessions.get(evse), now))

    # --- time ----------------------------------------------------------------------------------

    def step(self, now: float, dt: float, volts: Volts) -> None:
        """Let `dt` seconds pass up to `now`: power, meter values, heartbeats."""
        self.hardware.step(
            now=now,
            dt=dt,
            volts=volts,
            sessions=self.sessions,
            offline_s=self.offline_s(now),
        )
        if not self.online or not self.booted:
            return
        if self.spec.protocol is Protocol.V21:
            self._tell_changes(now)
        if now >= self._metered_at + self.spec.behaviour.meter_every_s:
            self._metered_at = now
            self.tell_meters(now)
        if now >= self._heartbeat_at:
            self._heartbeat_at = now + self.spec.behaviour.heartbeat_s
            self.outbox.put(("Heartbeat", {}))

    def _tell_changes(self, now: float) -> None:
        """What 2.1 wants told as it happens: operation modes and DER controls."""
        for evse, session in self.sessions.items():
            mode = self.hardware.outlets[evse].allowed.value.mode
            if mode != session.mode:
                # K01.FR.110: triggerReason OperationModeChanged.
                session.mode = mode
                self._tell_update(evse, session, now, "OperationModeChanged")
        for told in self.hardware.der.starts_and_stops(now):
            self.outbox.put(("NotifyDERStartStop", {**told, "timestamp": rfc3339(now)}))

    def tell_meters(self, now: float, why: str = "MeterValuePeriodic") -> None:
        """Queue meter values of every transaction and of the main meter, one of each at most."""
        for evse, session in self.sessions.items():
            if not self.outbox.waits(self._update, evse):
                self._tell_update(evse, session, now, why)
        if self.main is not None and not self.outbox.waits("MeterValues", 0):
            self.outbox.put(self._words.main_meter(main_samples(self.main), now))

    def _tell_update(self, evse: int, session: Session, now: float, why: str) -> None:
        outlet = self.hardware.outlets[evse]
        samples = outlet_samples(outlet, self.hardware.volts)
        self.outbox.put(self._words.updated(session, outlet, samples, now, why))
