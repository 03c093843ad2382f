"""The description of the API against the API."""

from __future__ import annotations

import re
from typing import Any

import jsonschema_rs
import pytest

from gridbridge_http.openapi import document
from tests.adapters.http.samples import Bench

DESCRIBED = document("1.2.3")
SCHEMAS: Any = DESCRIBED["components"]
PATHS: Any = DESCRIBED["paths"]


def validator(schema: dict[str, object]) -> jsonschema_rs.Draft202012Validator:
    """OpenAPI 3.1 schemas are JSON Schema 2020-12."""
    return jsonschema_rs.Draft202012Validator(
        {**schema, "components": SCHEMAS}, validate_formats=True
    )


def schema_of(path: str, status: str) -> dict[str, object]:
    """What the description promises."""
    content = PATHS[path]["get"]["responses"][status]["content"]
    return next(iter(content.values()))["schema"]  # type: ignore[no-any-return] # JSON


async def test_it_is_served_as_it_is_written(bench: Bench) -> None:
    answer = await bench.get("/api/v1/openapi.json")

    assert (answer.status, answer.body) == (200, DESCRIBED)
    assert answer.body["openapi"].startswith("3.1.")


def test_it_describes_every_path_that_is_served(bench: Bench) -> None:
    served = {route.path.removeprefix("/api/v1") for route in bench.server._api.routes()}

    assert set(PATHS) == served


@pytest.mark.parametrize("name", sorted(SCHEMAS["schemas"]))
def test_every_schema_is_one(name: str) -> None:
    jsonschema_rs.meta.validate(SCHEMAS["schemas"][name])


def test_every_reference_leads_somewhere() -> None:
    targets = set(re.findall(r"'#/components/schemas/(\w+)'", str(DESCRIBED)))

    assert targets == set(SCHEMAS["schemas"])


def test_operations_have_names_of_their_own() -> None:
    names = [path["get"]["operationId"] for path in PATHS.values()]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize("path", [path for path in sorted(PATHS) if path != "/openapi.json"])
async def test_answers_are_what_the_description_promises(bench: Bench, path: str) -> None:
    asked = "/api/v1" + path.replace("{site}", "depot-7").replace("{station}", "CP-2")

    answer = await bench.get(asked)

    assert answer.status == 200
    validator(schema_of(path, "200")).validate(answer.body)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/sites/{site}", "404"),
        ("/sites/{site}/history", "404"),
        ("/stations/{station}", "404"),
        ("/stations/{station}/explain", "404"),
        ("/sites", "400"),
    ],
)
async def test_problems_are_what_the_description_promises(
    bench: Bench, path: str, status: str
) -> None:
    query = "?x=1" if status == "400" else ""

    answer = await bench.get("/api/v1" + re.sub(r"\{\w+\}", "nobody", path) + query)

    assert str(answer.status) == status
    validator(schema_of(path, status)).validate(answer.body)


async def test_no_member_is_left_undescribed(bench: Bench) -> None:
    schemas = SCHEMAS["schemas"]
    site = (await bench.get("/api/v1/sites/depot-7")).body
    station = (await bench.get("/api/v1/stations/CP-1/explain")).body
    event = (await bench.get("/api/v1/events")).body[0]
    history = (await bench.get("/api/v1/sites/depot-7/history")).body
    documents = {
        "History": history,
        "Bucket": history["buckets"][0],
        "EvseEnergy": history["buckets"][0]["evses"][0],
        "Site": site,
        "Segment": site["envelope"][0],
        "Alarm": site["alarms"][0],
        "SiteEvent": site["events"][0],
        "Station": site["stations"][0],
        "Explanation": station,
        "Evse": station["evses"][0],
        "Step": station["evses"][0]["why"][0],
        "Event": event,
    }

    assert {name: set(schemas[name]["properties"]) for name in documents} == {
        name: set(body) for name, body in documents.items()
    }
