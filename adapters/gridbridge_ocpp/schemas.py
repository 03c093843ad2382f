"""Which payloads a version of OCPP allows: compiled validators over the `ocpp` package's schemas.

Strict on what goes out, tolerant on what comes in: a field or an enum value that nobody knows is
noted and passed, because stations in the field send both; what is missing or of the wrong type is
a violation. Payloads keep the wire's own keys. Schemas are read and compiled at their first use,
once per process.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson
from jsonschema_rs import Draft4Validator, ValidationErrorKind

from gridbridge_ocpp.versions import OcppVersion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jsonschema_rs import ValidationError

Payload: TypeAlias = dict[str, Any]
"""A message's payload in the wire's own shape."""

MAX_PROBLEMS = 16
"""How many problems of one payload are told apart: a station chooses how many there are."""


class Kind(StrEnum):
    """Which message of an action; a SEND of OCPP 2.1 has one message, and no response."""

    REQUEST = "request"
    RESPONSE = "response"
    SEND = "send"


class Violation(StrEnum):
    """What kind of rule a payload breaks."""

    FORMAT = "format"
    """It is no JSON object."""
    TYPE = "type"
    OCCURRENCE = "occurrence"
    """A required field is missing, or a list is too short or too long."""
    PROPERTY = "property"
    """A value has the right type but is too long, too large or too small."""
    UNKNOWN_FIELD = "unknown_field"
    UNKNOWN_VALUE = "unknown_value"
    """A string that is none of its enumeration."""
    UNUSUAL_FORM = "unusual_form"
    """A value that can still be read: a time without zone, 7.0 for 7, 21.37 for 21.3."""


TOLERATED = frozenset({Violation.UNKNOWN_FIELD, Violation.UNKNOWN_VALUE, Violation.UNUSUAL_FORM})
"""What an inbound payload may contain and still be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One rule that a payload breaks, and where; never the offending value."""

    violation: Violation
    path: str
    """Where, as a JSON pointer; the payload itself is ''."""
    rule: str
    """The keyword of JSON Schema, and what it wants."""

    @property
    def tolerated(self) -> bool:
        """Whether an inbound payload with it is read all the same."""
        return self.violation in TOLERATED

    def __str__(self) -> str:
        return f"{self.path or '/'}: {self.rule}"


class WrongPayloadError(ValueError):
    """A payload of ours that the schema of its action does not allow, or an unknown action."""


def actions(version: OcppVersion) -> frozenset[str]:
    """The actions that a CALL of this version may name."""
    return _catalogue(version)[0]


def send_actions(version: OcppVersion) -> frozenset[str]:
    """The actions that a SEND of this version may name; none before OCPP 2.1."""
    return _catalogue(version)[1]


def problems(
    version: OcppVersion, action: str, kind: Kind, payload: object
) -> tuple[Problem, ...]:
    """What the schema forbids in an inbound payload; empty where it is exactly as the schema says.

    A problem that is not `tolerated` comes first, so looking at the first one is enough to decide;
    at most MAX_PROBLEMS are told. The action must be one of `actions` (or `send_actions`).
    """
    if type(payload) is not dict:
        return (Problem(violation=Violation.FORMAT, path="", rule="type: object"),)
    validator = _validator(version, action, kind)
    if validator.is_valid(payload):
        return ()
    return _told(validator.iter_errors(payload))


def check_outbound(
    version: OcppVersion, action: str, kind: Kind, payload: Mapping[str, Any]
) -> None:
    """Raise WrongPayloadError, naming path and rule, unless the schema allows it exactly."""
    known = send_actions(version) if kind is Kind.SEND else actions(version)
    if action not in known:
        raise WrongPayloadError(f"{version} has no {kind} {action!r}")
    validator = _validator(version, action, kind)
    try:
        if validator.is_valid(payload):
            return
        first = _told(validator.iter_errors(payload))[0]
    except (ValueError, TypeError) as error:
        # Text with a lone surrogate, a value that JSON does not know.
        raise WrongPayloadError(f"{action} {kind} is not JSON: {type(error).__name__}") from None
    raise WrongPayloadError(f"{action} {kind} at {first}")


def _told(errors: Iterator[ValidationError]) -> tuple[Problem, ...]:
    tolerated: list[Problem] = []
    violations: list[Problem] = []
    for error in errors:
        problem = _problem(error)
        kept = tolerated if problem.tolerated else violations
        if len(kept) < MAX_PROBLEMS:
            kept.append(problem)
    return tuple((violations + tolerated)[:MAX_PROBLEMS])


_VIOLATION_BY_KEYWORD = {
    "additionalItems": Violation.OCCURRENCE,
    "additionalProperties": Violation.UNKNOWN_FIELD,
    "enum": Violation.UNKNOWN_VALUE,
    "maxItems": Violation.OCCURRENCE,
    "minItems": Violation.OCCURRENCE,
    "multipleOf": Violation.UNUSUAL_FORM,
    "required": Violation.OCCURRENCE,
}
_MAX_PATH = 120


def _problem(error: ValidationError) -> Problem:
    keyword = error.kind.name
    match error.kind:
        case ValidationErrorKind.Type(types=types):
            rule = f"type: {' or '.join(types)}"
            readable = types == ["integer"] and _is_whole(error.instance)
            violation = Violation.UNUSUAL_FORM if readable else Violation.TYPE
        case ValidationErrorKind.Format(format=name):
            rule = f"format: {name}"
            readable = name != "date-time" or _has_time(error.instance)
            violation = Violation.UNUSUAL_FORM if readable else Violation.TYPE
        case ValidationErrorKind.Required(property=name):
            rule = f"required: {name}"
            violation = Violation.OCCURRENCE
        case ValidationErrorKind.FalseSchema():
            # So it is told where additionalProperties stands without any properties.
            rule = "additionalProperties"
            violation = Violation.UNKNOWN_FIELD
        case _:
            rule = keyword
            violation = _VIOLATION_BY_KEYWORD.get(keyword, Violation.PROPERTY)
    path = "".join(f"/{part}" for part in error.instance_path)
    return Problem(violation=violation, path=path[:_MAX_PATH], rule=rule)


def _is_whole(value: object) -> bool:
    return isinstance(value, float) and value.is_integer()


def _has_time(value: object) -> bool:
    try:
        datetime.fromisoformat(str(value))
    except ValueError:
        return False
    return True


def _is_rfc3339(text: str) -> bool:
    """Whether it is a time as OCPP wants it: RFC 3339, with its zone."""
    try:
        return text[10:11] == "T" and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


class _MultipleOf:
    """The keyword `multipleOf`, for steps of 1/n; exact, as the number will stand in the text.

    The validator's own divides big decimals, which is four fifths of a long profile's check.
    """

    def __init__(self, _schema: object, step: float, _path: object) -> None:
        self._step = step
        self._parts = round(1 / step)

    def validate(self, value: object) -> None:
        """Raise ValueError unless the value is a multiple, or no number at all."""
        if type(value) is float and round(value * self._parts) / self._parts != value:
            raise ValueError(f"no multiple of {self._step}")


_FOLDERS = {OcppVersion.V16: "v16", OcppVersion.V201: "v201", OcppVersion.V21: "v21"}


@cache
def _catalogue(version: OcppVersion) -> tuple[frozenset[str], frozenset[str]]:
    """The CALL actions and the SEND actions, read off the names of the schema files."""
    folder = resources.files("ocpp") / _FOLDERS[version] / "schemas"
    stems = {file.name.removesuffix(".json") for file in folder.iterdir()}
    calls = {stem.removesuffix("Response") for stem in stems if stem.endswith("Response")}
    # 1.6 names a request by its action alone, and so does 2.1 a message without response.
    alone = {stem for stem in stems if not stem.endswith(("Request", "Response"))}
    return frozenset(calls), frozenset(alone - calls)


@cache
def _validator(version: OcppVersion, action: str, kind: Kind) -> Draft4Validator:
    suffix = {Kind.REQUEST: "Request" if version.is_2x else "", Kind.RESPONSE: "Response"}
    name = f"{action}{suffix.get(kind, '')}.json"
    file = resources.files("ocpp") / _FOLDERS[version] / "schemas" / name
    schema = orjson.loads(file.read_text(encoding="utf-8-sig"))
    # Between drafts 4 and 6 the files differ in one thing only: in draft 4, 7.0 is no integer, and
    # a station may well refuse it from us.
    del schema["$schema"]
    return Draft4Validator(
        schema,
        formats={"date-time": _is_rfc3339},
        validate_formats=True,
        keywords={"multipleOf": _MultipleOf},
    )
