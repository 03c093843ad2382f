"""OCPP's own JSON schemas, compiled; every frame of a simulated station is checked both ways."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs

from gridbridge.simulation.spec import Protocol

_PACKAGE = {
    Protocol.V16: "ocpp.v16",
    Protocol.V201: "ocpp.v201",
    Protocol.V21: "ocpp.v21",
}


@cache
def _validator(protocol: Protocol, name: str) -> jsonschema_rs.Validator | None:
    file = files(_PACKAGE[protocol]).joinpath("schemas", f"{name}.json")
    if not file.is_file():
        return None
    return jsonschema_rs.validator_for(json.loads(file.read_text("utf-8-sig")))


def _name(protocol: Protocol, action: str, *, answer: bool) -> str:
    if answer:
        return f"{action}Response"
    return action if protocol is Protocol.V16 else f"{action}Request"


def knows(protocol: Protocol, action: str) -> bool:
    """Whether the version has that action at all."""
    return _validator(protocol, _name(protocol, action, answer=False)) is not None


def problem(
    protocol: Protocol, action: str, payload: dict[str, Any], *, answer: bool = False
) -> tuple[str, str] | None:
    """(keyword that failed, message) of the first violation of the schema; None if it holds."""
    validator = _validator(protocol, _name(protocol, action, answer=answer))
    if validator is None:
        return "unknown", f"{protocol} has no {action}"
    error = next(iter(validator.iter_errors(payload)), None)
    if error is None:
        return None
    return type(error.kind).__name__.rsplit("_", 1)[-1], error.message
