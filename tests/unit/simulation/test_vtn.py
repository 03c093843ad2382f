"""The VTN over HTTP: every reply fits the schema, and it knows when it told what."""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from gridbridge.simulation.vtn import Vtn

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from openleadr import enums
    from openleadr.messaging import create_message, parse_message, validate_xml_schema

Json = Any  # what a JSON value may be
OK = {"response_code": 200, "response_description": "OK", "request_id": "r"}


class Clock:
    """Stands still until moved."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC).timestamp()

    def __call__(self) -> float:
        return self.now


class Ven:
    """Posts raw messages, and checks each answer against the schema."""

    def __init__(self, vtn: Vtn, session: aiohttp.ClientSession) -> None:
        self._vtn = vtn
        self._session = session

    async def post(self, service: str, kind: str, **payload: Json) -> tuple[str, dict[str, Any]]:
        status, text = await self.raw(service, create_message(kind, **payload))
        assert status == 200, text
        validate_xml_schema(text.encode())
        name, body = parse_message(text)
        return name, body

    async def raw(self, service: str, content: str | bytes) -> tuple[int, str]:
        headers = {"Content-Type": "application/xml"}
        url = f"{self._vtn.url}/{service}"
        async with self._session.post(url, data=content, headers=headers) as response:
            return response.status, await response.text()

    async def register(self) -> dict[str, Any]:
        _, body = await self.post(
            "EiRegisterParty",
            "oadrCreatePartyRegistration",
            request_id="q",
            ven_name="x",
            profile_name="2.0b",
            transport_name="simpleHttp",
            transport_address=None,
            report_only=False,
            xml_signature=False,
            http_pull_model=True,
            ven_id=None,
        )
        return body

    async def poll(self) -> list[dict[str, Any]] | None:
        kind, body = await self.post("OadrPoll", "oadrPoll", ven_id="ven-x")
        return list(body.get("events", [])) if kind == "oadrDistributeEvent" else None

    async def opt(self, event: str, version: int, opt: str) -> None:
        answer = {**OK, "event_id": event, "modification_number": version, "opt_type": opt}
        await self.post(
            "EiEvent", "oadrCreatedEvent", ven_id="ven-x", response=OK, event_responses=[answer]
        )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def vtn(clock: Clock) -> AsyncIterator[Vtn]:
    made = Vtn(clock=clock)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def ven(vtn: Vtn) -> AsyncIterator[Ven]:
    async with aiohttp.ClientSession() as session:
        made = Ven(vtn, session)
        await made.register()
        yield made


def common(start: float) -> dict[str, Any]:
    return {"ven": "x", "market": "http://m", "resources": ["depot"], "start": start}


async def test_registration_names_the_ven_and_the_poll_frequency(vtn: Vtn, ven: Ven) -> None:
    body = await ven.register()

    await vtn.wait_registered("x")
    assert body["ven_id"] == "ven-x"
    assert body["requested_oadr_poll_freq"] == timedelta(seconds=1)


async def test_every_kind_of_event_is_legal_xml(vtn: Vtn, ven: Ven, clock: Clock) -> None:
    at = common(clock.now + 60)
    vtn.send_simple("simple", **at, levels=[(20, 1), (10, 2)], start_after_s=5)
    vtn.send_load_control("share", **at, shares=[(20, 0.4)])
    vtn.send_prices("price", **at, prices=[(3600, 0.2), (3600, -0.04)])
    vtn.send_dispatch("dispatch", **at, setpoints_kw=[(20, -5.0)])

    events = await ven.poll()

    assert events is not None
    signals = {e["event_descriptor"]["event_id"]: e["event_signals"][0] for e in events}
    values = {
        name: [interval["signal_payload"] for interval in signal["intervals"]]
        for name, signal in signals.items()
    }
    assert values == {
        "simple": [1, 2],
        "share": [0.4],
        "price": [0.2, -0.04],
        "dispatch": [-5.0],
    }
    assert signals["dispatch"]["measurement"]["scale"] == "k"
    assert signals["price"]["measurement"]["unit"] == "EUR"


async def test_an_event_is_told_once_and_all_of_them_when_something_changes(
    vtn: Vtn, ven: Ven, clock: Clock
) -> None:
    vtn.send_simple("a", **common(clock.now + 60), levels=[(20, 1)])
    first = await ven.poll()
    second = await ven.poll()
    vtn.send_simple("b", **common(clock.now + 90), levels=[(20, 1)])
    third = await ven.poll()

    assert [len(events or []) for events in (first, second, third)] == [1, 0, 2]


async def test_the_answer_that_carried_each_version_is_remembered(
    vtn: Vtn, ven: Ven, clock: Clock
) -> None:
    begin = clock.now
    asked = vtn.send_simple("a", **common(begin + 60), levels=[(20, 1)])
    clock.now = begin + 1
    await ven.poll()
    clock.now = begin + 2
    await ven.opt("a", 0, "optIn")
    vtn.modify("a", intervals=[(30, 2)])
    clock.now = begin + 3
    events = await ven.poll()
    await ven.opt("a", 1, "optOut")

    assert events is not None
    assert events[0]["event_descriptor"]["modification_number"] == 1
    assert events[0]["active_period"]["duration"] == timedelta(seconds=30)
    assert [(v.answered_at, v.opt, v.opt_at) for v in asked.versions] == [
        (begin + 1, "optIn", begin + 2),
        (begin + 3, "optOut", begin + 3),
    ]


async def test_a_cancelled_event_stays_until_the_ven_has_confirmed(
    vtn: Vtn, ven: Ven, clock: Clock
) -> None:
    vtn.send_simple("a", **common(clock.now - 1), levels=[(60, 1)])
    vtn.send_simple("b", **common(clock.now - 1), levels=[(60, 1)])
    await ven.poll()
    vtn.cancel("a")

    told = await ven.poll()
    await ven.opt("a", 1, "optIn")
    _, again = await ven.post("EiEvent", "oadrRequestEvent", ven_id="ven-x", request_id="q")

    assert told is not None
    states = {e["event_descriptor"]["event_id"]: e["event_descriptor"] for e in told}
    assert states["a"]["event_status"] == enums.EVENT_STATUS.CANCELLED
    assert states["a"]["modification_number"] == 1
    assert states["b"]["event_status"] == enums.EVENT_STATUS.ACTIVE
    assert [e["event_descriptor"]["event_id"] for e in again["events"]] == ["b"]


async def test_an_event_that_has_ended_is_told_no_more(vtn: Vtn, ven: Ven, clock: Clock) -> None:
    vtn.send_simple("a", **common(clock.now - 30), levels=[(20, 1)])

    assert not await ven.poll()


async def test_reports_are_asked_for_and_collected(vtn: Vtn, ven: Ven, clock: Clock) -> None:
    description = {
        "r_id": "depot-power",
        "report_subject": None,
        "report_data_source": {"resource_id": "depot"},
        "report_type": "usage",
        "reading_type": "Direct Read",
        "market_context": "oadr://unknown.context",
        "sampling_rate": {
            "min_period": timedelta(seconds=1),
            "max_period": timedelta(seconds=60),
            "on_change": False,
        },
        "measurement": {
            "name": "powerReal",
            "description": "RealPower",
            "unit": "W",
            "scale": "none",
            "power_attributes": {"hertz": 50, "voltage": 230, "ac": True},
        },
    }
    now = datetime.fromtimestamp(clock.now, UTC)
    report = {
        "report_specifier_id": "usage",
        "report_name": "METADATA_TELEMETRY_USAGE",
        "report_request_id": None,
        "report_descriptions": [description],
        "created_date_time": now,
        "duration": timedelta(hours=1),
    }

    kind, asked = await ven.post(
        "EiReport", "oadrRegisterReport", request_id="q", ven_id="ven-x", reports=[report]
    )
    (request,) = asked["report_requests"]
    await ven.post(
        "EiReport",
        "oadrUpdateReport",
        request_id="q",
        ven_id="ven-x",
        reports=[
            {
                "report_id": "u1",
                "report_specifier_id": "usage",
                "report_name": "TELEMETRY_USAGE",
                "report_request_id": request["report_request_id"],
                "created_date_time": now,
                "intervals": [
                    {
                        "dtstart": now,
                        "duration": timedelta(seconds=2),
                        "report_payload": {"r_id": "depot-power", "value": 4321.5},
                    }
                ],
            }
        ],
    )

    assert kind == "oadrRegisteredReport"
    assert request["report_specifier"]["granularity"] == timedelta(seconds=2)
    assert [(s.r_id, s.value) for s in vtn.samples] == [("depot-power", 4321.5)]
    assert vtn.samples[0].at == pytest.approx(clock.now, abs=0.001)


async def test_an_unknown_ven_is_asked_to_register(ven: Ven) -> None:
    kind, _ = await ven.post("OadrPoll", "oadrPoll", ven_id="ven-other")

    assert kind == "oadrRequestReregistration"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param('<!DOCTYPE a [<!ENTITY l "hello">]><a>&l;</a>', id="one entity"),
        pytest.param(
            '<!DOCTYPE a [<!ENTITY l "hello">]><a>&l;</a>'.encode("utf-16"), id="in UTF-16"
        ),
        pytest.param('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', id="an external DTD"),
        pytest.param("no xml", id="no XML"),
        pytest.param("<a>" + "x" * 1_000_000 + "</a>", id="too large"),
    ],
)
async def test_dangerous_documents_never_reach_a_parser(ven: Ven, content: str | bytes) -> None:
    status, _ = await ven.raw("OadrPoll", content)

    assert status == 400
    assert await ven.poll() is not None


async def test_one_vtn_at_a_time(vtn: Vtn) -> None:
    with pytest.raises(RuntimeError, match="one at a time"):
        await Vtn().start()

    assert vtn.port


async def test_an_event_is_sent_once(vtn: Vtn, clock: Clock) -> None:
    vtn.send_simple("a", **common(clock.now), levels=[(20, 1)])

    with pytest.raises(ValueError, match="modify it"):
        vtn.send_simple("a", **common(clock.now), levels=[(20, 1)])
