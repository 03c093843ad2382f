"""A distribution read event by event: signals, units, times, targets, and what is refused."""

from __future__ import annotations

import re
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st
from openleadr import enums, objects

from gridbridge.domain.events import (
    Distribution,
    Event,
    EventStatus,
    Interval,
    RefusalReason,
    Signal,
    SignalKind,
)
from gridbridge.domain.units import FOREVER, Instant
from gridbridge_openadr.v2b.inbound import read_message
from gridbridge_openadr.v2b.messages import Distribute
from gridbridge_openadr.v2b.reading import UnreadableError
from gridbridge_openadr.xml_guard import RefusedXmlError, guard
from tests.adapters.openadr.bench import NOW, distribute, event, without_zone

POWER_W = objects.Measurement(
    name="powerReal",
    description="RealPower",
    unit="W",
    scale="none",
    power_attributes=objects.PowerAttributes(hertz=50, voltage=230, ac=True),
)
PRICE = objects.Measurement(
    name="currencyPerKWh", description="currencyPerKWh", unit="EUR", scale="none"
)
DISPATCH: dict[str, Any] = {"name": "LOAD_DISPATCH", "kind": "setpoint", "measurement": POWER_W}
COST: dict[str, Any] = {"name": "ELECTRICITY_PRICE", "kind": "price", "measurement": PRICE}


def later(seconds: float) -> Instant:
    return Instant(NOW + seconds)


def read(message: bytes) -> Distribution:
    read = read_message(guard(message)[0], now=NOW)
    assert isinstance(read, Distribute)
    assert not read.unnamed
    return read.distribution


def only(message: bytes) -> Event:
    distribution = read(message)
    assert not distribution.refusals
    (found,) = distribution.events
    return found


def refusal_of(message: bytes) -> tuple[RefusalReason, str]:
    distribution = read(message)
    assert not distribution.events
    (found,) = distribution.refusals
    return found.reason, found.detail


def edited(message: bytes, pattern: str, by: str, *, times: int = 1) -> bytes:
    text, found = re.subn(pattern, by, message.decode(), count=times, flags=re.DOTALL)
    assert found, f"{pattern} is not in the message"
    return text.encode()


# --- what is read --------------------------------------------------------------------------------


def test_an_event_is_read_whole() -> None:
    made = event("E1", version=3, values=(1, 2), priority=2)

    found = only(distribute(made))

    assert found == Event(
        id=found.id,
        version=3,
        status=EventStatus.STANDING,
        market="http://market",
        created=NOW,
        start=later(600),
        end=later(1800),
        strength=found.strength,
        targets=("ven:V",),
        signals=(
            Signal(
                kind=SignalKind.SIMPLE,
                intervals=(
                    Interval(start=later(600), end=later(1200), value=1.0),
                    Interval(start=later(1200), end=later(1800), value=2.0),
                ),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("form", "kind", "values", "currency"),
    [
        pytest.param({"values": (3,)}, SignalKind.SIMPLE, [3.0], None, id="SIMPLE"),
        pytest.param(
            {"values": (2,), "name": "simple"}, SignalKind.SIMPLE, [2.0], None, id="simple"
        ),
        pytest.param(
            COST | {"values": (0.25, -0.1)}, SignalKind.PRICE, [0.25, -0.1], "EUR", id="price"
        ),
        pytest.param(
            DISPATCH | {"values": (-5000,)},
            SignalKind.LOAD_DISPATCH,
            [-5000.0],
            None,
            id="dispatch",
        ),
        pytest.param(
            {"name": "LOAD_CONTROL", "kind": "x-loadControlCapacity", "values": (0.4,)},
            SignalKind.LOAD_CONTROL_CAPACITY,
            [0.4],
            None,
            id="capacity",
        ),
    ],
)
def test_signals_we_act_on(
    form: dict[str, Any], kind: SignalKind, values: list[float], currency: str | None
) -> None:
    (signal,) = only(distribute(event(**form))).signals

    assert (signal.kind, signal.currency) == (kind, currency)
    assert [interval.value for interval in signal.intervals] == values


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (name, kind)
        for name, kinds in {
            "ELECTRICITY_PRICE": ("priceRelative", "priceMultiplier"),
            "ENERGY_PRICE": ("price", "priceRelative", "priceMultiplier"),
            "DEMAND_CHARGE": ("price", "priceRelative", "priceMultiplier"),
            "BID_PRICE": ("price",),
            "BID_LOAD": ("setpoint",),
            "BID_ENERGY": ("setpoint",),
            "CHARGE_STATE": ("setpoint", "delta", "multiplier"),
            "LOAD_DISPATCH": ("delta", "multiplier", "level"),
            "LOAD_CONTROL": (
                "x-loadControlLevelOffset",
                "x-loadControlPercentOffset",
                "x-loadControlSetpoint",
            ),
            "x-ours": ("level",),
        }.items()
        for kind in kinds
    ],
)
def test_every_other_signal_is_refused_by_name(name: str, kind: str) -> None:
    message = edited(
        distribute(event()),
        r"signalName>SIMPLE<(.*?)signalType>level<",
        rf"signalName>{name}<\1signalType>{kind}<",
    )

    assert refusal_of(message) == (RefusalReason.UNKNOWN_SIGNAL, f"signal {name}/{kind}")


@pytest.mark.parametrize("scale", enums.SI_SCALE_CODE.values)
@tried(max_examples=20, deadline=None)
@given(value=st.decimals(min_value=-(10**6), max_value=10**6, places=3))
def test_scale_codes_are_exact(scale: str, value: Decimal) -> None:
    exponent = {
        "p": -12, "n": -9, "micro": -6, "m": -3, "c": -2, "d": -1,
        "none": 0, "k": 3, "M": 6, "G": 9, "T": 12,
    }[scale]  # fmt: skip
    message = distribute(event(**DISPATCH))
    message = edited(message, r"siScaleCode>none<", f"siScaleCode>{scale}<")
    message = edited(message, r"<ei:value>1<", f"<ei:value>{value}<")

    (signal,) = only(message).signals

    assert signal.intervals[0].value == float(value.scaleb(exponent))


@pytest.mark.parametrize(
    ("form", "pattern", "by", "detail"),
    [
        pytest.param(
            DISPATCH, "powerReal", "powerApparent", "LOAD_DISPATCH in powerApparent", id="VA"
        ),
        pytest.param(
            DISPATCH, "itemUnits>W<", "itemUnits>kW<", "LOAD_DISPATCH in kW", id="kW is no unit"
        ),
        pytest.param(
            DISPATCH,
            "siScaleCode>none<",
            "siScaleCode>K<",
            "LOAD_DISPATCH with scale code K",
            id="no scale code",
        ),
        pytest.param(
            COST,
            "currencyPerKWh",
            "currencyPerThm",
            "ELECTRICITY_PRICE in currencyPerThm",
            id="price of gas",
        ),
        pytest.param(
            {"measurement": POWER_W}, "^", "", "SIMPLE in powerReal", id="a level with a unit"
        ),
    ],
)
def test_an_unknown_unit_is_refused_by_name(
    form: dict[str, Any], pattern: str, by: str, detail: str
) -> None:
    message = distribute(event(**form))

    assert refusal_of(edited(message, pattern, by, times=0)) == (
        RefusalReason.UNKNOWN_SIGNAL,
        detail,
    )


INVALID = [
    pytest.param(r"dtstart>(\s*)<date-time>[^<]*<", r"dtstart>\1<date-time>soon<", id="start"),
    pytest.param(r"(properties.*?<duration>)P[^<]*<", r"\1-PT5M<", id="negative length"),
    pytest.param(r"(properties.*?<duration>)P[^<]*<", r"\1PT5M<", id="intervals too long"),
    pytest.param(r"(properties.*?<duration>)P[^<]*<", r"\1PT50M<", id="intervals too short"),
    pytest.param(r"<ei:value>1<", "<ei:value>4<", id="level above 3"),
    pytest.param(r"<ei:value>1<", "<ei:value>-1<", id="level below 0"),
    pytest.param(r"<ei:value>1<", "<ei:value>1.5<", id="level between"),
    pytest.param(r"<ei:value>1<", "<ei:value>NaN<", id="not a number"),
    pytest.param(r"<ei:value>1<", "<ei:value>INF<", id="infinite"),
    pytest.param(r"<ei:value>1<", "<ei:value>1e999999<", id="astronomic"),
    pytest.param(r"<ei:value>1<", "<ei:value><![CDATA[<]]><", id="no digits"),
    pytest.param(r"modificationNumber>0<", "modificationNumber>x<", id="version"),
    pytest.param(r"modificationNumber>0<", f"modificationNumber>{'9' * 5000}<", id="long version"),
    pytest.param(r"createdDateTime>[^<]*<", "createdDateTime><", id="created"),
    pytest.param(r"<xcal:duration>.*?</xcal:duration>\s*</xcal:duration>", "", id="no length"),
    pytest.param(r"<ei:signalType>level</ei:signalType>", "", id="no type"),
    pytest.param(r"<ei:payloadFloat>.*?</ei:payloadFloat>", "", id="no value"),
    pytest.param(r"<ei:eiEventSignals.*</ei:eiEventSignals>", "", id="no signals"),
]


@pytest.mark.parametrize(("pattern", "by"), INVALID)
def test_what_cannot_be_read_refuses_its_event_and_no_other(pattern: str, by: str) -> None:
    bad = edited(distribute(event("bad")), pattern, by).decode()
    (bad_event,) = re.findall(r"<oadr:oadrEvent>.*</oadr:oadrEvent>", bad, re.DOTALL)
    message = distribute(event("A"), event("B")).decode()
    message = message.replace("</oadr:oadrEvent>", f"</oadr:oadrEvent>{bad_event}", 1)

    distribution = read(message.encode())

    assert [one.id for one in distribution.events] == ["A", "B"]
    (refused,) = distribution.refusals
    assert (refused.event, refused.reason) == ("bad", RefusalReason.INVALID_DATA)
    assert refused.detail


def test_an_event_without_an_id_is_reported_and_spoils_no_other() -> None:
    message = distribute(event("A"), event("B")).replace(b"<ei:eventID>A</ei:eventID>", b"")

    found = read_message(guard(message)[0], now=NOW)

    assert isinstance(found, Distribute)
    assert [one.id for one in found.distribution.events] == ["B"]
    assert found.unnamed == ("eventID is missing",)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param((r"signalName>SIMPLE<", "signalName>x-ours<"), id="unknown signal"),
        pytest.param((r"<ei:value>1<", "<ei:value>9<"), id="bad value"),
        pytest.param((r"(dtstart>\s*<date-time>)[^<]*<", r"\1?<"), id="bad start"),
    ],
)
def test_a_cancelled_event_is_cancelled_whatever_else_is_wrong_with_it(
    change: tuple[str, str],
) -> None:
    found = only(edited(distribute(event(status="cancelled", version=2)), *change))

    assert (found.status, found.version, found.signals) == (EventStatus.CANCELLED, 2, ())


# --- times ---------------------------------------------------------------------------------------


def open_ended(message: bytes, *, zero: str) -> bytes:
    return edited(message, r"duration>PT\d+M<", f"duration>{zero}<", times=0)


@pytest.mark.parametrize("zero", ["PT0S", "P", "P0D"])
def test_a_duration_of_nothing_is_open_ended(zero: str) -> None:
    found = only(open_ended(distribute(event()), zero=zero))

    assert found.end == FOREVER
    assert found.signals[0].intervals[0].end == FOREVER


def test_intervals_follow_their_uid_and_not_their_place() -> None:
    message = distribute(event(values=(1, 2, 3))).decode()
    message = re.sub(r"<xcal:dtstart>.*?</xcal:dtstart>", "", message, flags=re.DOTALL)
    message = message.replace("<text>0<", "<text>9<")

    found = only(message.encode())

    assert [one.value for one in found.signals[0].intervals] == [2.0, 3.0, 1.0]
    assert [one.start - NOW for one in found.signals[0].intervals] == [600, 1200, 1800]


def test_a_start_without_zone_is_refused_and_one_with_an_offset_is_not() -> None:
    assert refusal_of(without_zone(distribute(event())))[0] is RefusalReason.INVALID_DATA

    message = distribute(event())
    shifted = re.sub(rb"(date-time>[^<]*)Z<", rb"\1+00:00<", message)
    assert only(shifted) == only(message)


def test_tolerance_and_ramp_up_are_lengths() -> None:
    message = edited(
        distribute(event()),
        r"</properties>",
        "<tolerance><tolerate><startafter>PT5M</startafter></tolerate></tolerance>"
        "<ei:x-eiRampUp><duration>PT2M</duration></ei:x-eiRampUp></properties>",
    )

    found = only(message)

    assert (found.start_after, found.ramp_up) == (300.0, 120.0)


@pytest.mark.parametrize(
    ("status", "start_s", "standing"),
    [
        ("far", 600, True),
        ("near", 600, True),
        ("active", -60, True),
        ("completed", -3600, True),
        ("completed", -60, False),
        ("cancelled", 600, False),
    ],
)
def test_status_tells_whether_an_event_stands(
    status: str,
    start_s: float,
    standing: bool,  # noqa: FBT001 - a table's column
) -> None:
    found = only(distribute(event(status=status, start_s=start_s)))

    assert (found.status is EventStatus.STANDING) is standing


# --- the rest ------------------------------------------------------------------------------------


def test_the_lower_priority_number_is_stronger_and_zero_the_weakest() -> None:
    strengths = {
        priority: only(distribute(event(priority=priority))).strength
        for priority in (0, 1, 2, 4_294_967_295)
    }

    assert sorted(strengths, key=lambda priority: strengths[priority], reverse=True) == [
        1, 2, 4_294_967_295, 0,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "test"), [("false", False), ("true", True), ("False", True), ("yes", True)]
)
def test_whatever_is_not_false_is_a_test_event(
    text: str,
    test: bool,  # noqa: FBT001 - a table's column
) -> None:
    message = edited(
        distribute(event()),
        r"</ei:eventStatus>",
        f"</ei:eventStatus><ei:testEvent>{text}</ei:testEvent>",
    )

    assert only(message).test is test


def test_a_response_is_required_unless_never() -> None:
    assert only(distribute(event())).response_required
    assert not only(distribute(event(response="never"))).response_required


def test_targets_are_words_with_their_kind() -> None:
    message = edited(
        distribute(event()),
        r"<ei:eiTarget>.*?</ei:eiTarget>",
        '<ei:eiTarget><power:pnode xmlns:power="http://docs.oasis-open.org/ns/emix/2011/06/power">'
        "<power:node>N1</power:node></power:pnode>"
        "<ei:groupID>north</ei:groupID><ei:resourceID>0042</ei:resourceID>"
        "<ei:venID>V&amp;1</ei:venID><ei:partyID>P</ei:partyID></ei:eiTarget>",
    )

    assert only(message).targets == (
        "pnode:N1",
        "group:north",
        "resource:0042",
        "ven:V&1",
        "party:P",
    )


@pytest.mark.parametrize(
    ("classes", "reason"),
    [
        (("EVSE",), None),
        (("Thermostat", "Electric_Vehicle"), None),
        (("Thermostat",), RefusalReason.TARGET_MISMATCH),
    ],
)
def test_a_signal_for_other_devices_is_not_ours(
    classes: tuple[str, ...], reason: RefusalReason | None
) -> None:
    assets = "".join(
        f"<power:endDeviceAsset><power:mrid>{one}</power:mrid></power:endDeviceAsset>"
        for one in classes
    )
    message = edited(
        distribute(event()),
        r"<ei:signalName>",
        '<ei:eiTarget xmlns:power="http://docs.oasis-open.org/ns/emix/2011/06/power">'
        f"{assets}</ei:eiTarget><ei:signalName>",
    )

    if reason is None:
        assert only(message).signals
    else:
        assert refusal_of(message)[0] is reason


def test_units_do_not_depend_on_the_order_of_signals() -> None:
    message = distribute(event(**COST)).decode()
    (price,) = re.findall(r"<ei:eiEventSignal>.*?</ei:eiEventSignal>", message, re.DOTALL)
    (level,) = re.findall(
        r"<ei:eiEventSignal>.*?</ei:eiEventSignal>", distribute(event()).decode(), re.DOTALL
    )
    first = only(message.replace(price, price + level).encode())
    last = only(message.replace(price, level + price).encode())

    assert set(first.signals) == set(last.signals)
    assert {signal.currency for signal in first.signals} == {"EUR", None}


SOUND = distribute(event("A"), event("B", values=(1, 2))).decode()
TAGS = sorted(set(re.findall(r"<([\w:-]+)[ >]", SOUND)))
TEXTS = sorted(set(re.findall(r">([^<>\s]+)<", SOUND)))


@tried(deadline=None)
@given(data=st.data())
def test_no_edit_of_a_message_does_anything_but_be_read_or_refused(data: st.DataObject) -> None:
    message = SOUND
    for _ in range(data.draw(st.integers(1, 3))):
        if data.draw(st.booleans()):
            tag = data.draw(st.sampled_from(TAGS))
            message = re.sub(rf"<(/?){tag}(?=[ >])", r"<\1oadr:gone", message)
        else:
            old = data.draw(st.sampled_from(TEXTS))
            new = data.draw(st.sampled_from(["", "-1", "x", "1e9", "P", "NaN", "9" * 30, "\n"]))
            message = message.replace(f">{old}<", f">{new}<")

    with suppress(UnreadableError, RefusedXmlError):
        read_message(guard(message.encode())[0], now=NOW)
