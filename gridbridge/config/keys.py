"""Finds keys nobody knows, keys that are not built yet, and keys without a value."""

from __future__ import annotations

from typing import Any

from gridbridge.config.problems import Findings, KeyPath, did_you_mean, nearest
from gridbridge.config.shape import keys_of, shape_of


def prune(value: Any, annotation: Any, findings: Findings, path: KeyPath = ()) -> None:  # noqa: ANN401 - whatever stands in the file
    """Report and remove such keys, so that the rest can be checked as if they were not there."""
    shape = shape_of(annotation)
    if shape.items is not None and isinstance(value, list):
        for number, item in enumerate(value):
            prune(item, shape.items, findings, (*path, number))
    elif shape.entries is not None and isinstance(value, dict):
        for key in [key for key, entry in value.items() if entry is None]:
            findings.error(*path, key, message=f"{key!r} has no value: write {{}} for defaults")
            del value[key]
        for key, entry in value.items():
            prune(entry, shape.entries, findings, (*path, key))
    elif shape.section is not None and isinstance(value, dict):
        known = keys_of(shape.section)
        for key in list(value):
            words = _objection(key, value[key], list(known), shape.section.not_yet)
            if words:
                findings.error(*path, key, message=words)
                findings.explained.add(
                    (*path, key if key in known else nearest(key, list(known)) or key)
                )
                del value[key]
            else:
                prune(value[key], known[key], findings, (*path, key))


def _objection(key: str, value: object, known: list[str], not_yet: frozenset[str]) -> str | None:
    if key in not_yet:
        return f"{key!r} is not supported yet"
    if key not in known:
        return f"unknown key {key!r}{did_you_mean(key, known)}"
    if value is None:
        return f"{key!r} has no value"
    return None
