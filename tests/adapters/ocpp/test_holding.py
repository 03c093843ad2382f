"""Whatever happens, the store never says that a station holds what it does not hold."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from gridbridge.domain.commands import EvseDesired
from gridbridge.domain.slots import Slot
from gridbridge_ocpp.digests import parts_of
from gridbridge_ocpp.versions import OcppVersion
from gridbridge_ocpp.wire import call_for
from tests.adapters.ocpp.stations import NOW, TWO, Station, evse, profile_of, schedule

BOOT = {"chargePointVendor": "ACME", "chargePointModel": "One"}

plans = st.sampled_from(
    [None, schedule((0, 16)), schedule((0, 8), (600, 16)), schedule((0, 20), until=3600)]
)
wishes = st.tuples(plans, plans)
events = st.lists(
    st.one_of(
        st.tuples(st.just("desire"), wishes),
        st.tuples(st.just("answer"), st.sampled_from(["accept", "refuse", "mute", "deaf", "err"])),
        st.tuples(st.just("wait"), st.sampled_from([1, 5, 40])),
        st.tuples(st.just("restart"), st.none()),
        st.tuples(st.just("reboot"), st.booleans()),
        st.tuples(st.just("plug"), st.sampled_from([1, 2])),
    ),
    max_size=25,
)


class Gateway:
    """A session that is lost and begun again, and the profiles that its station really holds."""

    def __init__(self) -> None:
        self.holds: dict[int, Any] = {}
        self.version = 0
        self.wish: tuple[EvseDesired, ...] = ()
        self.starts = 0
        self.asked = NOW
        self.call: tuple[str, Any] | None = None
        self.station = Station(OcppVersion.V16, evses=TWO)
        self.station.hear("Heartbeat", {})

    def desire(self, wish: tuple[Any, Any]) -> None:
        self.version += 1
        self.wish = (evse(1, wish[0]), evse(2, wish[1]))
        self.station.desire(*self.wish, version=self.version)

    def answer(self, how: str) -> None:
        if self.call is None:
            return
        if how in {"accept", "mute", "err"}:
            # It takes it, whatever becomes of its answer.
            self.take(self.call)
        if how == "accept":
            self.station.answer()
        elif how == "refuse":
            self.station.answer("Rejected")
        elif how == "err":
            self.station.fail("InternalError")
        else:
            self.station.wait(31)
            self.station.sent()
        self.call = None

    def take(self, call: tuple[str, Any]) -> None:
        action, payload = call
        if action == "ClearChargingProfile":
            self.holds.pop(payload["id"], None)
        else:
            self.holds[profile_of(call)["chargingProfileId"]] = payload

    def restart(self, *, booted: bool = False) -> None:
        """The process dies without a word; another begins with the store."""
        if self.call is not None:
            # What was open arrives all the same.
            self.take(self.call)
        self.call = None
        now = self.station.now
        self.station = Station(
            OcppVersion.V16, stored=self.station.stored, now=now, evses=TWO, forgets_on_reboot=True
        )
        if booted:
            self.station.hear("BootNotification", BOOT)
        else:
            self.station.hear("Heartbeat", {})
        if self.wish:
            self.station.desire(*self.wish, version=self.version)

    def plug(self, connector: int) -> None:
        self.starts += 1
        start = {"connectorId": connector, "idTag": "A", "meterStart": self.starts}
        self.station.hear("StartTransaction", start | {"timestamp": "2027-01-15T08:00:00Z"})

    def listen(self) -> None:
        sent = self.station.sent()
        if sent:
            # Two calls are open only once the first was given up.
            assert self.call is None or self.station.now >= self.asked + 30
            (self.call,) = sent
            self.asked = self.station.now

    def check(self) -> None:
        for text in self.station.stored.values():
            for part in parts_of(text):
                _, payload = orjson.loads("[" + call_for(OcppVersion.V16, part).text + "]")
                assert self.holds.get(part.id) == payload


@settings(max_examples=300, deadline=None)
@given(events)
def test_the_store_never_says_more_than_the_station_holds_and_all_ends_well(
    happened: list[tuple[str, Any]],
) -> None:
    gateway = Gateway()
    for name, value in happened:
        match name:
            case "desire":
                gateway.desire(value)
            case "answer":
                gateway.answer(value)
            case "wait":
                gateway.station.wait(value)
            case "plug":
                gateway.plug(value)
            case "restart":
                gateway.restart()
            case _:
                # A reboot, in which this model forgets or not.
                gateway.holds = {} if value else gateway.holds
                gateway.restart(booted=True)
        gateway.listen()
        gateway.check()

    gateway.restart(booted=True)
    for _ in range(20):
        gateway.listen()
        gateway.answer("accept")
        gateway.station.wait(61)
    gateway.check()

    assert gateway.call is None
    now = gateway.station.now
    wanted = {(each.evse, Slot.STANDING) for each in gateway.wish} | {
        (each.evse, Slot.PLAN)
        for each in gateway.wish
        if each.schedule is not None and each.schedule.until > now
    }
    assert wanted <= gateway.station.stored.keys()
