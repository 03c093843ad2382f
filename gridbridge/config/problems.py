"""What is wrong with a configuration, and where."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]
"""The way to a value: ``("sites", "depot-7", "import_kw")``; sequence items by number, from 0."""


class Severity(StrEnum):
    """Whether a configuration with this problem is refused."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something is written: line and column count from 1, and are 0 outside a file."""

    file: str
    """A file's name as it was given, or ``$NAME`` for a variable of the environment."""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to put right, in words for the operator."""

    file: str
    line: int
    column: int
    path: str
    """The keys down to it, joined by dots; empty for a whole file."""
    message: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        where = Place(file=self.file, line=self.line, column=self.column)
        kind = "warning: " if self.severity is Severity.WARNING else ""
        return f"{where}: {kind}{self.message}" + (f" [{self.path}]" if self.path else "")


def problem_at(
    place: Place, path: KeyPath, message: str, severity: Severity = Severity.ERROR
) -> Problem:
    """A problem at a place."""
    return Problem(
        file=place.file,
        line=place.line,
        column=place.column,
        path=".".join(str(part) for part in path),
        message=message,
        severity=severity,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """An included file of sites that is left out until it is put right."""

    file: str
    problems: tuple[Problem, ...]
    """In the order of lines; at least one is an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A problem before its place is looked up."""

    path: KeyPath
    message: str
    severity: Severity = Severity.ERROR


@dataclass(slots=True)
class Findings:
    """Collects what checks find, so that all of it is told at once."""

    found: list[Finding] = field(default_factory=list)
    explained: set[KeyPath] = field(default_factory=set)
    """What lacks a value for a reason already told: that it is missing is not said again."""

    def error(self, *path: str | int, message: str) -> None:
        """Add what makes the configuration unusable."""
        self.found.append(Finding(path=path, message=message))

    def warning(self, *path: str | int, message: str) -> None:
        """Add what is told and does not stop anybody."""
        self.found.append(Finding(path=path, message=message, severity=Severity.WARNING))

    @property
    def errors(self) -> int:
        """How many errors there are so far."""
        return sum(finding.severity is Severity.ERROR for finding in self.found)


def did_you_mean(word: str, known: list[str]) -> str:
    """The end of a message about an unknown word: the nearest known one, or all if they are few.

    Empty where nothing helps.
    """
    few = 12
    near = nearest(word, known)
    if near is not None:
        return f"; did you mean {near!r}?"
    if 0 < len(known) <= few:
        return f"; known: {', '.join(known)}"
    return ""


def nearest(word: str, known: list[str]) -> str | None:
    """The known word that was probably meant."""
    by_lower = {each.lower(): each for each in known}
    near = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[near[0]] if near else None
