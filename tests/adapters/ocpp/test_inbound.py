"""What stations of each version say, as facts and readings, and what they are answered."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # what the package itself validates with
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridbridge.domain.facts import EvseStatusChanged, Reading, SessionEnded, SessionStarted
from gridbridge.domain.units import Seconds
from gridbridge_ocpp.directory import EvseEntry
from gridbridge_ocpp.tokens import Authorise, TokenPolicy
from gridbridge_ocpp.v16.inbound import connector_of, transaction_id
from gridbridge_ocpp.versions import OcppVersion
from gridbridge_ocpp.wire import HANDLERS
from gridbridge_ocpp.words import Context
from tests.adapters.ocpp.stations import NOW, TWO, Json, Station

V16, V201, V21 = OcppVersion.V16, OcppVersion.V201, OcppVersion.V21
FOLDERS = {V16: "v16", V201: "v201", V21: "v21"}
TIME = "2027-01-15T08:00:00Z"
BOTH_2X = pytest.mark.parametrize("version", [V201, V21])


def context(**changes: Any) -> Context:  # noqa: ANN401  # its fields
    fields: dict[str, Any] = {
        "now": NOW,
        "heartbeat": Seconds(300.0),
        "accepts": lambda _token: True,
        "knows": lambda evse: evse in {1, 2},
    }
    return Context(**(fields | changes))


def schema(version: OcppVersion, name: str) -> Json:
    file = resources.files("ocpp") / FOLDERS[version] / "schemas" / f"{name}.json"
    found: Json = json.loads(file.read_text(encoding="utf-8-sig"))
    return found


def sample_of(spec: Json, root: Json) -> Any:  # noqa: ANN401  # any value of JSON
    """A value that a schema allows, with its required fields only."""
    if "$ref" in spec:
        spec = root["definitions"][spec["$ref"].rsplit("/", 1)[1]]
    if "enum" in spec:
        return spec["enum"][0]
    match spec.get("type"):
        case "object":
            required = spec.get("required", [])
            return {name: sample_of(spec["properties"][name], root) for name in required}
        case "array":
            return [sample_of(spec["items"], root)] * spec.get("minItems", 1)
        case "integer" | "number":
            return 1
        case "boolean":
            return True
        case _:
            return TIME if spec.get("format") == "date-time" else "1"


CALLS = [(version, action) for version in OcppVersion for action in HANDLERS[version]]


@pytest.mark.parametrize(
    ("version", "action"), CALLS, ids=[f"{version} {action}" for version, action in CALLS]
)
def test_every_call_is_answered_as_its_schema_demands(version: OcppVersion, action: str) -> None:
    request = schema(version, action if version is V16 else f"{action}Request")
    payload = sample_of(request, request)

    heard = HANDLERS[version][action](payload, context())

    jsonschema.validate(payload, request)
    jsonschema.validate(heard.reply, schema(version, f"{action}Response"))


@pytest.mark.parametrize("version", OcppVersion)
def test_what_a_station_may_not_ask_is_not_supported(version: OcppVersion) -> None:
    station = Station(version)
    message = station.hear("GetLog", {})
    station.sent()

    assert station.errors == {message: "NotSupported"}


# Status.


@pytest.mark.parametrize(
    ("status", "occupied"),
    [
        ("Available", False),
        ("Preparing", True),
        ("Charging", True),
        ("SuspendedEV", True),
        ("SuspendedEVSE", True),
        ("Finishing", True),
        ("Reserved", False),
        ("Unavailable", False),
        ("Faulted", False),
    ],
)
def test_a_1_6_status_says_whether_a_cable_is_plugged_in(status: str, occupied: bool) -> None:  # noqa: FBT001  # a table
    station = Station(V16)
    station.hear(
        "StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": status}
    )

    (fact,) = station.facts

    assert isinstance(fact, EvseStatusChanged)
    assert (fact.evse, fact.occupied, fact.status) == (1, occupied, status)


def test_a_fault_does_not_unplug_the_cable() -> None:
    station = Station(V16)
    for status in ("Charging", "Faulted"):
        station.hear(
            "StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": status}
        )

    assert [getattr(fact, "occupied", None) for fact in station.facts] == [True, True]


@BOTH_2X
def test_an_evse_is_occupied_while_one_of_its_connectors_is(version: OcppVersion) -> None:
    station = Station(version)
    for connector, status in (
        (1, "Available"),
        (2, "Occupied"),
        (1, "Available"),
        (2, "Available"),
    ):
        station.hear(
            "StatusNotification",
            {
                "timestamp": TIME,
                "connectorStatus": status,
                "evseId": 1,
                "connectorId": connector,
            },
        )

    assert [getattr(fact, "occupied", None) for fact in station.facts] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("evse", [0, 3, -1, 1_634_030_126])
def test_an_evse_that_the_station_does_not_have_is_counted_and_no_fact(evse: int) -> None:
    station = Station(V201, evses=TWO)
    message = station.hear(
        "StatusNotification",
        {"timestamp": TIME, "connectorStatus": "Occupied", "evseId": evse, "connectorId": 1},
    )
    station.sent()

    assert station.facts == []
    assert station.replies[message] == {}
    assert station.counters.oddities["ocpp2.0.1", "unknown_evse"] == 1


def test_connector_0_of_1_6_is_the_station_itself() -> None:
    station = Station(V16)
    station.hear(
        "StatusNotification", {"connectorId": 0, "errorCode": "NoError", "status": "Available"}
    )

    assert station.facts == []
    assert not station.counters.oddities


# Transactions.


def start(connector: int = 1, meter: int = 100, token: str = "AB", at: str = TIME) -> Json:  # noqa: S107  # no secret
    return {"connectorId": connector, "idTag": token, "timestamp": at, "meterStart": meter}


@settings(deadline=None)
@given(st.integers(1, 63), st.integers(0, 10**9), st.text(min_size=1, max_size=20))
def test_a_1_6_transaction_id_is_a_positive_32_bit_number_that_names_its_connector(
    connector: int, meter: int, token: str
) -> None:
    number = transaction_id(start(connector, meter, token))

    assert 0 < number < 2**31
    assert connector_of(number) == connector


def test_a_1_6_transaction_on_an_unknown_connector_is_invalid() -> None:
    station = Station(V16)
    message = station.hear("StartTransaction", start(connector=9))
    station.sent()

    assert station.replies[message] == {"transactionId": 0, "idTagInfo": {"status": "Invalid"}}
    assert station.facts == []


def test_the_stop_of_a_1_6_transaction_after_a_restart_still_knows_its_connector() -> None:
    before = Station(V16, evses=TWO)
    message = before.hear("StartTransaction", start(connector=2))
    before.sent()
    transaction = before.replies[message]["transactionId"]
    station = Station(V16, evses=TWO)
    station.hear(
        "StopTransaction",
        {"transactionId": transaction, "meterStop": 900, "timestamp": TIME, "reason": "Local"},
    )

    (ended,) = station.facts

    assert isinstance(ended, SessionEnded)
    assert (ended.evse, ended.session, ended.reason) == (2, str(transaction), "Local")
    assert ended.energy is None


def event(kind: str, **more: object) -> Json:
    return {
        "eventType": kind,
        "timestamp": TIME,
        "triggerReason": "Authorized",
        "seqNo": 0,
        "transactionInfo": {"transactionId": "tx-1"},
        **more,
    }


def energy(wh: float) -> list[Json]:
    return [{"timestamp": TIME, "sampledValue": [{"value": wh}]}]


@BOTH_2X
def test_a_2_x_transaction_from_start_to_end(version: OcppVersion) -> None:
    station = Station(version, evses=TWO)
    token = {"idToken": "AB", "type": "ISO14443"}
    began = station.hear(
        "TransactionEvent",
        event("Started", evse={"id": 2}, idToken=token, meterValue=energy(100.0)),
    )
    station.hear("TransactionEvent", event("Updated", meterValue=energy(600.0)))
    station.hear("TransactionEvent", event("Ended", meterValue=energy(1100.0)))
    station.sent()

    started, ended = station.facts

    assert isinstance(started, SessionStarted)
    assert (started.evse, started.session) == (2, "tx-1")
    assert isinstance(ended, SessionEnded)
    assert (ended.evse, ended.energy) == (2, 1000.0)
    assert [reading.energy for reading in station.readings] == [100.0, 600.0, 1100.0]
    assert {reading.evse for reading in station.readings} == {2}
    assert station.replies[began] == {"idTokenInfo": {"status": "Accepted"}}


@BOTH_2X
def test_a_2_x_transaction_that_begins_before_the_cable_is_told_once_its_evse_is_known(
    version: OcppVersion,
) -> None:
    station = Station(version, evses=TWO)
    station.hear("TransactionEvent", event("Started"))
    before = list(station.facts)
    station.hear("TransactionEvent", event("Updated", evse={"id": 2}))
    station.hear("TransactionEvent", event("Updated", evse={"id": 2}))

    assert before == []
    assert [type(fact) for fact in station.facts] == [SessionStarted]


@BOTH_2X
def test_an_ongoing_transaction_from_before_is_no_new_one(version: OcppVersion) -> None:
    station = Station(version)
    station.hear("TransactionEvent", event("Updated", evse={"id": 1}))

    assert station.facts == []


@BOTH_2X
def test_the_end_of_a_transaction_nobody_knows_is_counted(version: OcppVersion) -> None:
    station = Station(version, evses=TWO)
    message = station.hear("TransactionEvent", event("Ended"))
    station.sent()

    assert station.facts == []
    assert message in station.replies
    assert station.counters.oddities[version, "unknown_transaction"] == 1


# Tokens.


@pytest.mark.parametrize(
    ("policy", "status"),
    [
        pytest.param(TokenPolicy(), "Accepted", id="all"),
        pytest.param(TokenPolicy(authorise=Authorise.ACCEPT_KNOWN), "Invalid", id="unknown"),
        pytest.param(
            TokenPolicy(
                authorise=Authorise.ACCEPT_KNOWN, known=frozenset({TokenPolicy().hidden("ab")})
            ),
            "Accepted",
            id="known, in any case",
        ),
    ],
)
def test_whose_token_may_charge(policy: TokenPolicy, status: str) -> None:
    asked = context(accepts=policy.accepts)

    one = HANDLERS[V16]["Authorize"]({"idTag": "AB"}, asked)
    two = HANDLERS[V21]["Authorize"]({"idToken": {"idToken": "AB", "type": "Central"}}, asked)

    assert one.reply == {"idTagInfo": {"status": status}}
    assert two.reply == {"idTokenInfo": {"status": status}}


def test_a_policy_does_not_show_its_key() -> None:
    assert "secret" not in repr(TokenPolicy(key=b"secret"))


# Meter values.


def measure_16(
    *samples: Json, at: str = TIME, evses: tuple[EvseEntry, ...] = (EvseEntry(number=1),)
) -> Station:
    station = Station(V16, evses=evses)
    values = [{"timestamp": at, "sampledValue": list(samples)}]
    station.hear("MeterValues", {"connectorId": 1, "meterValue": values})
    return station


def sample(measurand: str, value: float | str, unit: str | None = None, **more: object) -> Json:
    fields = {"measurand": measurand, "value": str(value), "unit": unit, **more}
    return {name: each for name, each in fields.items() if each is not None}


ONE_PHASE = (EvseEntry(number=1, conductors=1),)
DC = (EvseEntry(number=1, dc=True),)
POWER, CURRENT = "Power.Active.Import", "Current.Import"


@pytest.mark.parametrize(
    ("samples", "changes", "expected"),
    [
        pytest.param([sample(POWER, 3.5, "kW")], {}, {"power": 3500.0}, id="kW"),
        pytest.param([sample(POWER, 3500, "W")], {}, {"power": 3500.0}, id="W"),
        pytest.param(
            [sample("Power.Active.Export", 2, "kW"), sample(POWER, 0, "W")],
            {},
            {"power": -2000.0},
            id="export is negative",
        ),
        pytest.param(
            [sample(POWER, 1, "kW", phase=f"L{n}") for n in (1, 2, 3)],
            {},
            {"power": 3000.0},
            id="the sum of the phases",
        ),
        pytest.param(
            [sample(POWER, 3.1, "kW"), sample(POWER, 1, "kW", phase="L1")],
            {},
            {"power": 3100.0},
            id="the total rather than the phases",
        ),
        pytest.param(
            [sample(CURRENT, 10 + n, "A", phase=f"L{n}") for n in (1, 2, 3)],
            {},
            {"amps": (11.0, 12.0, 13.0)},
            id="amperes per phase",
        ),
        pytest.param(
            [sample(CURRENT, 16)],
            {"evses": ONE_PHASE},
            {"amps": (16.0, None, None)},
            id="amperes of the only conductor",
        ),
        pytest.param(
            [sample(CURRENT, 16)], {}, {"amps": (16.0, 16.0, 16.0)}, id="amperes of no phase"
        ),
        pytest.param(
            [sample("Voltage", 231, "V", phase="L2-N")],
            {},
            {"volts": (None, 231.0, None)},
            id="volts",
        ),
        pytest.param(
            [sample("Energy.Active.Import.Register", 1.5, "kWh"), {"value": "7"}],
            {},
            {"energy": 7.0},
            id="energy, Wh by default, the last counts",
        ),
        pytest.param(
            [sample("Energy.Active.Export.Register", 3)], {}, {"exported": 3.0}, id="exported"
        ),
        pytest.param([sample("SoC", 55, "Percent", location="EV")], {}, {"soc": 55.0}, id="SoC"),
        pytest.param(
            [sample(POWER, 50, "kW"), sample(CURRENT, 125, "A"), sample("Voltage", 400, "V")],
            {"evses": DC},
            {"power": 50_000.0},
            id="DC: no currents or voltages of the DC side",
        ),
    ],
)
def test_samples_become_a_reading(
    samples: list[Json], changes: dict[str, Any], expected: Json
) -> None:
    (reading,) = measure_16(*samples, **changes).readings

    fields = ("power", "amps", "volts", "energy", "exported", "soc")
    assert {name: getattr(reading, name) for name in fields} == dict.fromkeys(fields) | expected
    assert (reading.evse, reading.epoch, reading.taken) == (1, 7, NOW)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        pytest.param(sample(POWER, 3.5, "hp"), "unknown_unit", id="an unknown unit"),
        pytest.param(sample(POWER, 3.5, "Wh"), "unknown_unit", id="the unit of something else"),
        pytest.param(sample(POWER, 3.5), "unit_missing", id="power without a unit"),
        pytest.param(sample(POWER, "abc", "W"), "no_number", id="no number"),
        pytest.param(sample(POWER, "nan", "W"), "out_of_range", id="nan"),
        pytest.param(sample(POWER, "1e99", "W"), "out_of_range", id="beyond what can be"),
        pytest.param(sample("SoC", 101, "Percent"), "out_of_range", id="more than full"),
        pytest.param(sample(POWER, 1, "W", location="EV"), "measured_elsewhere", id="in the car"),
    ],
)
def test_a_bad_sample_is_refused_by_name_and_the_rest_is_read(bad: Json, reason: str) -> None:
    station = measure_16(bad, sample(CURRENT, 6, "A", phase="L1"))

    assert [reading.amps for reading in station.readings] == [(6.0, None, None)]
    assert [reading.power for reading in station.readings] == [None]
    assert station.counters.oddities["ocpp1.6", reason] == 1


def test_what_nothing_asks_for_makes_no_reading() -> None:
    station = measure_16(sample("Temperature", 30, "Celsius"))

    assert station.readings == []
    assert not station.counters.oddities


@pytest.mark.parametrize(
    ("version", "connector"), [(V16, "connectorId"), (V201, "evseId"), (V21, "evseId")]
)
def test_number_0_is_the_main_meter(version: OcppVersion, connector: str) -> None:
    station = Station(version)
    value: Json = {"measurand": POWER, "value": 4.0, "unitOfMeasure": {"unit": "kW"}}
    if version is V16:
        value = sample(POWER, 4.0, "kW", location="Inlet")
    station.hear(
        "MeterValues",
        {connector: 0, "meterValue": [{"timestamp": TIME, "sampledValue": [value]}]},
    )

    assert [(reading.evse, reading.power) for reading in station.readings] == [(0, 4000.0)]


@BOTH_2X
def test_a_multiplier_counts_in_powers_of_ten(version: OcppVersion) -> None:
    station = Station(version)
    good: Json = {
        "measurand": POWER,
        "value": 7.4,
        "unitOfMeasure": {"unit": "W", "multiplier": 3},
    }
    wild: Json = {"measurand": "SoC", "value": 1, "unitOfMeasure": {"multiplier": 10**17}}
    station.hear(
        "MeterValues",
        {"evseId": 1, "meterValue": [{"timestamp": TIME, "sampledValue": [good, wild]}]},
    )

    assert [reading.power for reading in station.readings] == [7400.0]
    assert station.counters.oddities[version, "out_of_range"] == 1


@pytest.mark.parametrize(
    ("at", "taken"),
    [
        pytest.param("2027-01-15T07:59:00Z", NOW - 60, id="a minute ago"),
        pytest.param("2027-01-15T09:59:00+02:00", NOW - 60, id="in another zone"),
        pytest.param("2027-01-15T07:59:00", NOW - 60, id="without zone: UTC"),
        pytest.param("2027-01-15T09:00:00Z", NOW, id="nothing was measured in the future"),
        pytest.param("1970-01-01T00:00:10Z", None, id="a clock that was never set"),
        pytest.param("2099-01-01T00:00:00Z", None, id="beyond belief"),
    ],
)
def test_a_time_stamp_is_believed_within_reason(at: str, taken: float | None) -> None:
    station = measure_16(sample(POWER, 1, "W"), at=at)

    assert [reading.taken for reading in station.readings] == ([] if taken is None else [taken])
    assert station.counters.oddities["ocpp1.6", "bad_timestamp"] == (taken is None)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.sampled_from(CALLS), st.data())
def test_nothing_that_a_station_says_ends_the_session(
    call: tuple[OcppVersion, str], data: st.DataObject
) -> None:
    version, action = call
    request = schema(version, action if version is V16 else f"{action}Request")
    payload = sample_of(request, request)
    optional = sorted(request["properties"])
    for name in data.draw(st.lists(st.sampled_from(optional), max_size=3)) if optional else []:
        payload[name] = data.draw(json_values)
    station = Station(version)
    message = station.hear(action, payload)
    alive = station.hear("Heartbeat", {})
    station.sent()

    assert message in station.replies or message in station.errors
    assert alive in station.replies


def test_a_reading_is_what_the_port_says() -> None:
    (reading,) = measure_16(sample(POWER, 1, "kW")).readings

    assert isinstance(reading, Reading)
