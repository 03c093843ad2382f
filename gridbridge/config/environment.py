"""Overrides by variables of the environment: ``GRIDBRIDGE_SITES__DEPOT_7__IMPORT_KW=150``.

A name is the way to a value, ``__`` between keys. Letter case does not count, and ``_`` stands for
``-`` and ``.`` too, which no shell can export. An override may set what the configuration leaves
to its default and never adds a site, station or program: a mistyped name would make a second one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from gridbridge.config.problems import KeyPath, Place, did_you_mean, problem_at
from gridbridge.config.shape import keys_of, shape_of
from gridbridge.config.source import Source

PREFIX = "GRIDBRIDGE_"
_NOT_OURS = re.compile(
    r"GRIDBRIDGE_(CONFIG|LOG_LEVEL|URL|TEST_\w+)"
    # Kubernetes sets these in every pod beside a service called gridbridge or gridbridge-….
    r"|GRIDBRIDGE(_[A-Z0-9]+)*_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_\w+)?)?)"
)


class _UnmatchedError(Exception):
    """A part of a name that leads nowhere."""


def overrides(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that mean a value of the configuration."""
    return {
        name: text
        for name, text in sorted(environment.items())
        if name.upper().startswith(PREFIX)
        and ("__" in name or not _NOT_OURS.fullmatch(name.upper()))
    }


def apply(source: Source, variables: Mapping[str, str], document: Any) -> None:  # noqa: ANN401 - an annotation
    """Write the overrides into the source; what fits nowhere is one of its problems."""
    for name, text in variables.items():
        place = Place(file=f"${name}")
        try:
            _set(source, name, text, document)
        except (_UnmatchedError, YAMLError) as error:
            words = str(error).splitlines()[0]
            source.problems.append(problem_at(place, (), words))


def _set(source: Source, name: str, text: str, annotation: Any) -> None:  # noqa: ANN401 - an annotation
    target = source.data
    path: KeyPath = ()
    parts = name[len(PREFIX) :].split("__")
    for left, part in zip(range(len(parts) - 1, -1, -1), parts, strict=True):
        key, annotation = _step(target, part, annotation)
        path = (*path, key)
        shape = shape_of(annotation)
        holds_keys = shape.section is not None or shape.entries is not None
        if left == 0:
            if holds_keys:
                # It would silently take the place of everything that is written there.
                raise _UnmatchedError(f"{key!r} is no single value: name one of its keys")
            target[key] = _value(text)
            _moved(source, path, Place(file=f"${name}"))
        elif not holds_keys:
            raise _UnmatchedError(f"{key!r} has no keys below it")
        elif not isinstance(target.setdefault(key, {}), dict):
            raise _UnmatchedError(f"{key!r} is no mapping in the configuration")
        else:
            target = target[key]


def _step(target: dict[str, Any], part: str, annotation: Any) -> tuple[str, Any]:  # noqa: ANN401 - an annotation
    """The key that a part of a name means, and the annotation of what it holds."""
    shape = shape_of(annotation)
    known = keys_of(shape.section) if shape.section else dict.fromkeys(target, shape.entries)
    same = [key for key in known if _bare(key) == _bare(part)]
    if len(same) == 1:
        return same[0], known[same[0]]
    if same:
        raise _UnmatchedError(f"{part!r} may mean any of {', '.join(same)}")
    if shape.section and _bare(part) in {_bare(key) for key in shape.section.not_yet}:
        raise _UnmatchedError(f"{part.lower()!r} is not supported yet")
    raise _UnmatchedError(f"nothing is called {part.lower()!r}{did_you_mean(part, list(known))}")


def _bare(key: str) -> str:
    return re.sub(r"[-.]", "_", key).lower()


def _value(text: str) -> object:
    """The text itself; a list or mapping if it is written as one."""
    if not text.lstrip().startswith(("[", "{")):
        return text
    return YAML(typ="safe", pure=True).load(text)


def _moved(source: Source, path: KeyPath, place: Place) -> None:
    """From now on the value stands in the environment, and so does everything below it."""
    for places in (source.values, source.keys):
        for below in [each for each in places if each[: len(path)] == path]:
            del places[below]
        places[path] = place
