"""A station session in virtual time, and the store that a shell would keep for it."""

from __future__ import annotations

from itertools import count
from typing import Any

import orjson

from gridbridge.domain.commands import EvseDesired, Outcome, StationDesired
from gridbridge.domain.facts import ProfileAnswered, Reading, SiteFact
from gridbridge.domain.ids import SiteId, StationId
from gridbridge.domain.schedules import Period, Schedule
from gridbridge.domain.slots import Slot
from gridbridge.domain.units import Amperes, Instant, Seconds, Watts
from gridbridge_ocpp.counters import Counters
from gridbridge_ocpp.directory import EvseEntry, StationEntry
from gridbridge_ocpp.settings import Settings
from gridbridge_ocpp.station import StationSession
from gridbridge_ocpp.tokens import TokenPolicy
from gridbridge_ocpp.versions import OcppVersion

NOW = Instant(1_800_000_000.0)
STATION, SITE = StationId("CP-1"), SiteId("depot")
ONE = (EvseEntry(number=1),)
TWO = (EvseEntry(number=1), EvseEntry(number=2))
SETTINGS = Settings(listeners=(), tokens=TokenPolicy(key=b"test"))

Json = dict[str, Any]


def entry(**changes: object) -> StationEntry:
    fields: Json = {"id": STATION, "site": SITE, "evses": ONE}
    return StationEntry(**(fields | changes))


def schedule(*steps: tuple[float, float], until: float = 7200.0) -> Schedule:
    """Limits in amperes by seconds from NOW; three phases at 230 V."""
    return Schedule(
        periods=tuple(
            Period(start=Instant(NOW + at), limit=Amperes(amps), limit_w=Watts(amps * 690.0))
            for at, amps in steps
        ),
        until=Instant(NOW + until),
    )


def setpoints(*steps: tuple[float, float | None], until: float = 7200.0) -> Schedule:
    """Setpoints in watts by seconds from NOW; None: charging only, at most 11 040 W."""
    return Schedule(
        periods=tuple(
            Period(
                start=Instant(NOW + at),
                limit=Amperes(16.0),
                limit_w=Watts(11_040.0),
                setpoint_w=None if power is None else Watts(power),
            )
            for at, power in steps
        ),
        until=Instant(NOW + until),
    )


def evse(number: int = 1, plan: Schedule | None = None, **changes: object) -> EvseDesired:
    wish: Json = {
        "evse": number,
        "standing_amps": Amperes(6.0),
        "standing_w": Watts(4140.0),
        "phases": 3,
        "dc": False,
        "schedule": plan,
    }
    return EvseDesired(**(wish | changes))


def desired(*evses: EvseDesired, version: int = 1) -> StationDesired:
    return StationDesired(site=SITE, station=STATION, version=version, evses=evses)


class Station:
    """The shell's part of a `StationSession`, and a station that answers by hand."""

    def __init__(
        self,
        version: OcppVersion = OcppVersion.V16,
        stored: dict[tuple[int, Slot], str] | None = None,
        now: Instant = NOW,
        **changes: object,
    ) -> None:
        self.now = now
        self.stored = {} if stored is None else stored
        self.entry = entry(**changes)
        if self.entry.forgets_on_reconnect:
            self.stored.clear()
        self.counters = Counters()
        self.facts: list[SiteFact] = []
        self.readings: list[Reading] = []
        self.replies: dict[str, Json] = {}
        self.errors: dict[str, str] = {}
        self.sink_down = False
        self.store_down = False
        """Records can neither be struck out nor written; facts are stored."""
        self._ids = (f"gb-{number}" for number in count(1))
        self._calls = (f"cs-{number}" for number in count(1))
        self._open: str | None = None
        self.session = StationSession(
            entry=self.entry,
            version=version,
            epoch=7,
            acknowledged=self.stored,
            settings=SETTINGS,
            counters=self.counters,
            new_id=lambda: next(self._ids),
            now=now,
        )

    def wait(self, seconds: float) -> None:
        self.now = Instant(self.now + Seconds(seconds))

    def desire(self, *evses: EvseDesired, version: int = 1) -> None:
        self.session.desire(desired(*evses, version=version))

    def hear(self, action: str, payload: Json) -> str:
        """The station calls; its message id."""
        message_id = next(self._calls)
        self.session.receive(orjson.dumps([2, message_id, action, payload]).decode(), self.now)
        self._store()
        return message_id

    def sent(self) -> list[tuple[str, Json]]:
        """Everything that the station is sent now: its calls, with the replies put aside."""
        calls: list[tuple[str, Json]] = []
        for _ in range(10):
            self.strike_out()
            frames = self.session.frames_to_send(self.now)
            self._store()
            if not frames:
                return calls
            for text in frames:
                kind, message_id, *rest = orjson.loads(text)
                if kind == 2:
                    self._open = message_id
                    calls.append((rest[0], rest[1]))
                elif kind == 3:
                    self.replies[message_id] = rest[0]
                else:
                    self.errors[message_id] = rest[0]
        raise AssertionError("the session never stops sending")

    def strike_out(self) -> None:
        """The store is asked to strike out what is about to change."""
        for key in self.session.to_strike_out(self.now):
            if not self.store_down:
                self.stored.pop(key, None)
            self.session.struck_out(key, for_sure=not self.store_down)

    def answer(self, payload: Json | str = "Accepted") -> None:
        """Answer the open call: a status, or a payload."""
        body = {"status": payload} if isinstance(payload, str) else payload
        self._receive([3, self._open, body])

    def fail(self, code: str) -> None:
        """Answer the open call with a CALLERROR."""
        self._receive([4, self._open, code, "", {}])

    def accept_all(self) -> list[tuple[str, Json]]:
        """Say Accepted to everything until nothing is sent any more."""
        calls: list[tuple[str, Json]] = []
        while now := self.sent():
            calls += now
            self.answer()
        return calls

    def told(self) -> list[tuple[int, Slot, int, Outcome]]:
        """What the engine was told of slots, in order."""
        return [
            (fact.evse, fact.slot, fact.version, fact.outcome)
            for fact in self.facts
            if isinstance(fact, ProfileAnswered)
        ]

    def close(self) -> None:
        self.session.closed(self.now)
        self._store()

    def _receive(self, frame: list[Any]) -> None:
        self.session.receive(orjson.dumps(frame).decode(), self.now)
        self._store()

    def _store(self) -> None:
        self.readings += self.session.readings
        self.session.readings.clear()
        while self.session.records:
            record = self.session.records.popleft()
            if self.sink_down:
                self.session.not_stored(record)
                continue
            if record.forget:
                self.stored.clear()
            self.facts += record.facts
            if record.acknowledged is not None:
                key, text, known = record.acknowledged
                if known.leaves(text):
                    if self.store_down:
                        self.session.not_stored(record)
                        continue
                    self.stored[key] = text
                    known.stands(text)
            self.session.stored(record, self.now)


def profile_of(call: tuple[str, Json]) -> Json:
    """The charging profile of a call, in either family's spelling."""
    action, payload = call
    assert action == "SetChargingProfile"
    body: Json = payload.get("csChargingProfiles") or payload["chargingProfile"]
    return body


def limits_of(call: tuple[str, Json]) -> list[float]:
    schedule = profile_of(call)["chargingSchedule"]
    first: Json = schedule[0] if isinstance(schedule, list) else schedule
    return [period["limit"] for period in first["chargingSchedulePeriod"]]
