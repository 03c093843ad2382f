"""Included files: each adds entries to the shared sections, and none replaces another's."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from gridbridge.config.problems import KeyPath, Place, Severity, problem_at
from gridbridge.config.sections.document import SHARED, Document
from gridbridge.config.shape import keys_of
from gridbridge.config.source import Source, read


def read_file(path: Path) -> Source:
    """Read a file; one that cannot be read is a problem of the source."""
    place = Place(file=str(path))
    try:
        return read(path.read_bytes().decode(), str(path))
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode()
        place = replace(
            place, line=before.count("\n") + 1, column=len(before) - before.rfind("\n")
        )
        words = "the file is not UTF-8 text: save it as UTF-8"
    except FileNotFoundError:
        words = "there is no such file: write it, or name another"
    except IsADirectoryError:
        words = "this is a directory: name a file in it"
    except OSError as error:
        words = f"cannot be read: {error.strerror}"
    source = Source(values={(): place})
    source.problems.append(problem_at(place, (), words))
    return source


def include(source: Source, main: Path) -> frozenset[str]:
    """Merge what ``gateway.include`` names into the source, in the order of the names.

    Returns the files that hold sites alone. A file that several names match is merged once.
    """
    merged: set[Path] = set()
    of_sites: set[str] = set()
    for number, pattern in enumerate(_patterns(source.data)):
        at: KeyPath = ("gateway", "include", number)
        for path in _matches(source, main, pattern, at):
            if path in merged:
                continue
            merged.add(path)
            included = read_file(path)
            if sections_of(path, included) <= {"sites"}:
                of_sites.add(str(path))
            _merge(source, included)
    return frozenset(of_sites)


def leave_out(source: Source, files: frozenset[str]) -> None:
    """Take the sites of these files out of the source again, and what was wrong there."""
    source.problems = [each for each in source.problems if each.file not in files]
    sites = source.data.get("sites")
    if not isinstance(sites, dict):
        return
    for name in list(sites):
        if source.place_of(("sites", name), key=True).file in files:
            del sites[name]


_SECTION = re.compile(r"""^["']?([A-Za-z_][\w-]*)["']?[ \t]*:""", re.MULTILINE)


def sections_of(path: Path, included: Source) -> set[str]:
    """What an included file holds, at a guess where it cannot be read as YAML.

    A section that is not even guessed is missed by name by whoever refers to it.
    """
    found = set(included.data)
    if included.problems and path.is_file():
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return found  # told where it was read
        found |= set(_SECTION.findall(text))
    return found


def _patterns(data: dict[str, Any]) -> list[str]:
    gateway = data.get("gateway")
    patterns = gateway.get("include") if isinstance(gateway, dict) else None
    # What has another form is refused with the rest of the section.
    return (
        [each for each in patterns if isinstance(each, str)] if isinstance(patterns, list) else []
    )


def _matches(source: Source, main: Path, pattern: str, at: KeyPath) -> list[Path]:
    place = source.place_of(at)
    if Path(pattern).is_absolute() or not pattern:
        words = "write a name relative to this file"
        source.problems.append(problem_at(place, at, words))
        return []
    found = [each for each in sorted(main.parent.glob(pattern)) if each != main]
    if not found:
        # No site yet is a fine beginning; one file by its name is expected to be there.
        starred = "*" in pattern
        severity = Severity.WARNING if starred else Severity.ERROR
        source.problems.append(problem_at(place, at, f"{pattern!r} names no file", severity))
    return found


def _merge(into: Source, included: Source) -> None:
    into.problems += included.problems
    adopted: set[KeyPath] = set()
    for section, entries in included.data.items():
        here: KeyPath = (section,)
        if section not in SHARED and section in keys_of(Document):
            words = f"{section!r} belongs into the main file"
            into.problems.append(problem_at(included.place_of(here, key=True), here, words))
            continue
        if not isinstance(entries, dict):
            words = f"{section!r} must be a mapping"
            into.problems.append(problem_at(included.place_of(here), here, words))
            continue
        if section not in into.data:
            adopted.add(here)
        mine = into.data.setdefault(section, {})
        if not isinstance(mine, dict):
            continue  # told where the main file is checked
        for key, entry in entries.items():
            path: KeyPath = (section, key)
            if key in mine:
                first = into.place_of(path, key=True)
                words = f"duplicate {key!r}: first at {first.file}:{first.line}:{first.column}"
                into.problems.append(problem_at(included.place_of(path, key=True), path, words))
                continue
            mine[key] = entry
            adopted.add(path)
    for mine_too, theirs in ((into.values, included.values), (into.keys, included.keys)):
        here_now = {path: it for path, it in theirs.items() if path[:2] in adopted}
        mine_too.update(here_now)
