"""The schemas of all three versions: complete, strict outbound, tolerant inbound."""

from __future__ import annotations

from importlib import resources
from typing import Any

import orjson
import pytest

from gridbridge_ocpp.rpc import frames
from gridbridge_ocpp.rpc.prepared import prepare
from gridbridge_ocpp.schemas import (
    MAX_PROBLEMS,
    Kind,
    Problem,
    Violation,
    WrongPayloadError,
    actions,
    check_outbound,
    problems,
    send_actions,
)
from gridbridge_ocpp.versions import OcppVersion
from tests.adapters.ocpp.rpc.sessions import TIME, VERSIONS

V16, V201, V21 = VERSIONS
FOLDERS = {V16: "v16", V201: "v201", V21: "v21"}
# Keys that a conversion of keys would spell anew, as vendors write them.
VENDOR_DATA = {"vendorId": "com.example", "SoCLimit": 80, "my_key": {"limit_L2": 1.5}}


def example(schema: dict[str, Any], root: dict[str, Any], *, full: bool) -> object:
    """A payload that the schema allows: with every optional field, or with none."""
    if schema.get("$ref", "").endswith("/CustomDataType"):
        return VENDOR_DATA
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return example(root["definitions"][name], root, full=full)
    if schema.get("type") == "object":
        names = schema.get("properties", {}) if full else schema.get("required", ())
        return {name: example(schema["properties"][name], root, full=full) for name in names}
    if schema.get("type") == "array":
        size = schema.get("maxItems", 2) if full else schema.get("minItems", 0)
        return [example(schema["items"], root, full=full)] * min(size, 2)
    if "enum" in schema:
        return schema["enum"][-1 if full else 0]
    return scalar(schema)


def scalar(schema: dict[str, Any]) -> object:
    if schema.get("format") == "date-time":
        return TIME
    match schema.get("type"):
        case "string":
            return "https://example.com/"[: schema.get("maxLength", 20)]
        case "boolean":
            return True
        case "integer":
            return int(schema.get("minimum", schema.get("maximum", 7)))
        case "number":
            return schema.get("minimum", schema.get("maximum", 16.1))
    return {"any": ["thing"]}  # DataTransfer's data


def payload_of(schema: dict[str, Any], *, full: bool) -> dict[str, Any]:
    payload = example(schema, schema, full=full)
    assert isinstance(payload, dict)
    return payload


def schema_files() -> list[Any]:
    found = []
    for version in VERSIONS:
        folder = resources.files("ocpp") / FOLDERS[version] / "schemas"
        for file in sorted(folder.iterdir(), key=lambda file: file.name):
            stem = file.name.removesuffix(".json")
            kind = Kind.REQUEST
            if stem.endswith("Response"):
                kind = Kind.RESPONSE
            elif stem == "NotifyPeriodicEventStream":
                kind = Kind.SEND
            action = stem.removesuffix("Response").removesuffix("Request")
            schema = orjson.loads(file.read_text(encoding="utf-8-sig"))
            found.append(pytest.param(version, action, kind, schema, id=f"{version}-{stem}"))
    return found


SCHEMAS = schema_files()
CLOSED = [file for file in SCHEMAS if not file.values[3].get("additionalProperties", True)]


def test_there_are_387_payloads() -> None:
    assert len(SCHEMAS) == 78 + 128 + 181


@pytest.mark.parametrize("full", [True, False], ids=["every field", "required fields"])
@pytest.mark.parametrize(("version", "action", "kind", "schema"), SCHEMAS)
def test_every_payload_survives_the_wire_byte_for_byte(
    version: OcppVersion, action: str, kind: Kind, schema: dict[str, Any], *, full: bool
) -> None:
    payload = payload_of(schema, full=full)
    check_outbound(version, action, kind, payload)
    match kind:
        case Kind.REQUEST:
            text = frames.call("id", prepare(version, action, payload).text)
        case Kind.RESPONSE:
            text = frames.result("id", payload)
        case Kind.SEND:
            text = orjson.dumps([frames.SEND, "id", action, payload]).decode()

    frame = frames.decode(text, version)

    assert isinstance(frame, frames.Call | frames.CallResult | frames.Send)
    assert frame.payload == payload
    assert problems(version, action, kind, frame.payload) == ()
    assert orjson.dumps(frame.payload).decode() in text


@pytest.mark.parametrize(("version", "action", "kind", "schema"), CLOSED)
def test_an_unknown_field_is_refused_outbound_and_noted_inbound(
    version: OcppVersion, action: str, kind: Kind, schema: dict[str, Any]
) -> None:
    payload = payload_of(schema, full=False) | {"fieldOfTomorrow": 1}

    with pytest.raises(WrongPayloadError, match="additionalProperties"):
        check_outbound(version, action, kind, payload)
    assert problems(version, action, kind, payload) == (
        Problem(violation=Violation.UNKNOWN_FIELD, path="", rule="additionalProperties"),
    )


def test_the_actions_of_each_version_are_known() -> None:
    assert [len(actions(version)) for version in VERSIONS] == [39, 64, 90]
    assert [send_actions(version) for version in VERSIONS] == [
        frozenset(),
        frozenset(),
        frozenset({"NotifyPeriodicEventStream"}),
    ]


STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}


@pytest.mark.parametrize(
    ("change", "violation", "where"),
    [
        pytest.param({"status": "available"}, Violation.UNKNOWN_VALUE, "/status: enum", id="case"),
        pytest.param({"extra": 1}, Violation.UNKNOWN_FIELD, "/: additionalProperties", id="field"),
        pytest.param(
            {"connectorId": 1.0}, Violation.UNUSUAL_FORM, "/connectorId: type: integer", id="1.0"
        ),
        pytest.param(
            {"timestamp": "2027-01-15T08:00:00"},
            Violation.UNUSUAL_FORM,
            "/timestamp: format: date-time",
            id="a time without zone",
        ),
        pytest.param(
            {"timestamp": "yesterday"},
            Violation.TYPE,
            "/timestamp: format: date-time",
            id="no time",
        ),
        pytest.param({"info": None}, Violation.TYPE, "/info: type: string", id="null"),
        pytest.param(
            {"connectorId": 1.5}, Violation.TYPE, "/connectorId: type: integer", id="1.5"
        ),
        pytest.param({"info": "i" * 51}, Violation.PROPERTY, "/info: maxLength", id="too long"),
    ],
)
def test_what_is_wrong_is_told_by_kind_and_place(
    change: dict[str, Any], violation: Violation, where: str
) -> None:
    (problem,) = problems(V16, "StatusNotification", Kind.REQUEST, STATUS | change)

    assert (problem.violation, str(problem)) == (violation, where)


def test_the_problem_that_decides_comes_first_and_they_are_bounded() -> None:
    samples = [{"value": "1", "unit": f"odd{number}"} for number in range(100)]
    payload = {
        "connectorId": 1,
        "meterValue": [{"timestamp": TIME, "sampledValue": [*samples, {"unit": "W"}]}],
    }

    found = problems(V16, "MeterValues", Kind.REQUEST, payload)

    assert len(found) == MAX_PROBLEMS
    assert [problem.tolerated for problem in found[:2]] == [False, True]
    assert str(found[0]) == "/meterValue/0/sampledValue/100: required: value"


@pytest.mark.parametrize(
    ("limit", "fits"),
    [(16, True), (21.3, True), (0.7, True), (6400.1, True), (21.37, False), (0.1 + 0.2, False)],
)
def test_1_6_takes_limits_in_tenths_only(limit: float, *, fits: bool) -> None:
    period = {"startPeriod": 0, "limit": limit}
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [period]}
    answer = {"status": "Accepted", "connectorId": 1, "chargingSchedule": schedule}

    found = problems(V16, "GetCompositeSchedule", Kind.RESPONSE, answer)

    assert [problem.violation for problem in found] == ([] if fits else [Violation.UNUSUAL_FORM])


@pytest.mark.parametrize(
    ("action", "payload", "message"),
    [
        pytest.param("Nope", {}, "has no request 'Nope'", id="unknown action"),
        pytest.param(
            "ChangeConfiguration",
            {"key": "k", "value": 5},
            "ChangeConfiguration request at /value: type: string",
            id="wrong type",
        ),
        pytest.param(
            "ChangeConfiguration", {"key": "k"}, "at /: required: value", id="missing field"
        ),
        pytest.param(
            "ChangeConfiguration", {"key": "k", "value": "\ud800"}, "not JSON", id="half character"
        ),
        pytest.param(
            "ChangeConfiguration", {"key": "k", "value": b"v"}, "not JSON", id="no JSON value"
        ),
        pytest.param(
            "DataTransfer", {"vendorId": "v", "data": "\udfff"}, "not JSON", id="unchecked text"
        ),
    ],
)
def test_a_wrong_payload_of_ours_is_named(
    action: str, payload: dict[str, Any], message: str
) -> None:
    with pytest.raises(WrongPayloadError, match=message):
        prepare(V16, action, payload)


def test_numbers_that_json_lacks_are_refused_outbound() -> None:
    for number in (float("nan"), float("inf")):
        with pytest.raises(WrongPayloadError):
            check_outbound(
                V21,
                "AFRRSignal",
                Kind.REQUEST,
                {"timestamp": TIME, "signal": number},
            )
