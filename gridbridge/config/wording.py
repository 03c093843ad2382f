"""What pydantic finds, in words for the operator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from gridbridge.config.problems import Findings, KeyPath

_EXPECTED = {
    "string_type": "a text is expected: put it in quotes",
    "bool_parsing": "true or false is expected",
    "bool_type": "true or false is expected",
    "model_type": "a mapping is expected, as in {{key: value}}",
    "dict_type": "a mapping is expected, as in {{key: value}}",
    "tuple_type": "a list is expected, as in [a, b]",
    "literal_error": "{expected} is expected",
    "greater_than_equal": "must be {ge:g} or more",
    "greater_than": "must be more than {gt:g}",
    "less_than_equal": "must be {le:g} or less",
    "string_too_short": "must not be empty",
    "string_too_long": "must be {max_length} characters or fewer",
    "too_short": "must not be empty",
}
_NUMBER = {"float_type", "float_parsing", "int_type", "int_parsing", "int_from_float"}


def tell(error: ValidationError, findings: Findings) -> None:
    """Add each error of a validation to the findings."""
    for each in error.errors(include_url=False):
        path: KeyPath = tuple(part for part in each["loc"] if part != "[key]")
        if each["type"] == "missing" and path in findings.explained:
            continue
        if each["type"] == "missing":
            findings.error(*path, message=f"{path[-1]!r} is missing")
            continue
        words = _words(each["type"], each["msg"], each["input"], each.get("ctx", {}))
        findings.error(*path, message=words)


def _words(kind: str, told: str, value: object, context: Mapping[str, Any]) -> str:
    if kind == "value_error":
        return str(context["error"])
    if kind == "finite_number":
        return f"a finite number is expected, not {value}"
    if kind in _NUMBER:
        return f"a number is expected, not {value!r}"
    template = _EXPECTED.get(kind)
    return template.format(**context) if template else told
