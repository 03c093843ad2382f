"""The API's description in OpenAPI 3.1."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from gridbridge_http import schemas
from gridbridge_http.problems import CONTENT_TYPE

if TYPE_CHECKING:
    from collections.abc import Mapping

Json: TypeAlias = "dict[str, object]"


def document(version: str) -> Json:
    """The whole description; `version` is the gateway's."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "gridbridge",
            "version": version,
            "description": (
                "What a gateway between the power grid and EV chargers decided, and why. "
                "Import is positive, export negative. Times are RFC 3339 in UTC."
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/api/v1"}],
        "paths": {
            "/status": _get("getStatus", "This gateway", _ref("Status")),
            "/sites": _get("listSites", "Every site that was shown yet", _list("Site")),
            "/sites/{site}": _get("getSite", "One site", _ref("Site"), named="site"),
            "/sites/{site}/history": _get(
                "getHistory",
                "Metered energy of a site, in buckets aligned to UTC",
                _ref("History"),
                named="site",
                query=schemas.SPAN,
            ),
            "/stations": _get("listStations", "Every station", _list("Station")),
            "/stations/{station}": _get(
                "getStation", "One station", _ref("Station"), named="station"
            ),
            "/stations/{station}/explain": _get(
                "explainStation",
                "Why a station gets what it gets",
                _ref("Explanation"),
                named="station",
            ),
            "/vens": _get(
                "listVens", "Every configured VEN, and whether its VTN is in reach", _list("Ven")
            ),
            "/events": _get("listEvents", "Every event that a VEN keeps", _list("Event")),
            "/openapi.json": {
                "get": {
                    "operationId": "getDescription",
                    "summary": "This document",
                    "responses": {"200": _content("The description", {"type": "object"})},
                }
            },
        },
        "components": {"schemas": schemas.ALL},
    }


def _get(
    operation: str,
    summary: str,
    schema: Json,
    *,
    named: str | None = None,
    query: Mapping[str, tuple[str, Json]] = MappingProxyType({}),
) -> Json:
    responses = {
        "200": _content(summary, schema),
        "400": _problem("The query holds what is not known"),
        "503": _problem("The store does not answer, or nothing was shown yet"),
    }
    parameters: list[Json] = []
    if named is not None:
        responses["404"] = _problem(f"No such {named}")
        parameters.append(
            {"name": named, "in": "path", "required": True, "schema": {"type": "string"}}
        )
    parameters += [
        {"name": name, "in": "query", "description": words, "schema": asked}
        for name, (words, asked) in query.items()
    ]
    described: Json = {"operationId": operation, "summary": summary, "responses": responses}
    return {"get": described | ({"parameters": parameters} if parameters else {})}


def _content(description: str, schema: Json, kind: str = "application/json") -> Json:
    return {"description": description, "content": {kind: {"schema": schema}}}


def _problem(description: str) -> Json:
    return _content(description, _ref("Problem"), CONTENT_TYPE)


def _list(name: str) -> Json:
    return {"type": "array", "items": _ref(name)}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}
