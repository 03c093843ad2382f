"""What every section of the configuration has in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from gridbridge.config.problems import KeyPath


def as_written(text: str) -> Any:  # noqa: ANN401 - the field's validator makes it the field's type
    """A default in the words of the file, so that the JSON Schema shows it as one writes it."""
    return Field(default=text)


class Section(BaseModel):
    """Some keys that belong together."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
        validate_default=True,
    )

    not_yet: ClassVar[frozenset[str]] = frozenset()
    """Keys of the published configuration that this version refuses by name."""

    def contradictions(self) -> Iterator[tuple[KeyPath, str]]:
        """What its keys say against each other: the way to a key from here, and the words."""
        yield from ()

    def written(self, key: str) -> bool:
        """Whether a field was given rather than left to its default."""
        return key in self.model_fields_set


def contradictions(value: object, path: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:
    """All contradictions in a section and the sections within."""
    if isinstance(value, Section):
        yield from ((path + below, words) for below, words in value.contradictions())
        for name, field in type(value).model_fields.items():
            yield from contradictions(getattr(value, name), (*path, field.alias or name))
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from contradictions(entry, (*path, str(key)))
    elif isinstance(value, tuple):
        for number, entry in enumerate(value):
            yield from contradictions(entry, (*path, number))
