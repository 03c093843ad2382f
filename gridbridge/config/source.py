"""A YAML file as plain values, with the place of each; duplicate keys are problems here.

Works on ruamel's node graph rather than on constructed objects: only there does a duplicate keep
its place and a key its spelling, so that station ``0012`` is not read as the number 12.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from gridbridge.config.problems import KeyPath, Place, Problem, problem_at

_HINTS = {
    r"character '\t'": ": indent with spaces",
    "mapping values are not allowed here": (
        ": does a key lack its colon, or a text with a colon its quotes?"
    ),
    "expected ',' or": ": is a comma or a bracket missing?",
    "could not find expected ':'": ": does a key lack its colon, or a text its quotes?",
}
"""What to do, by a part of what the parser says."""
_MERGE = "tag:yaml.org,2002:merge"
_AS_WRITTEN = {"tag:yaml.org,2002:str", "tag:yaml.org,2002:timestamp"}
_BY_YAML = {f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float")}


@dataclass(slots=True)
class Source:
    """Values as plain dicts and lists (keys always strings, as written) and where they stand."""

    data: dict[str, Any] = field(default_factory=dict)
    values: dict[KeyPath, Place] = field(default_factory=dict)
    keys: dict[KeyPath, Place] = field(default_factory=dict)
    """Where the key of a mapping's entry stands."""
    problems: list[Problem] = field(default_factory=list)

    def place_of(self, path: KeyPath, *, key: bool = False) -> Place:
        """The place of a value (or its key), or of the nearest thing around it that is written.

        What is missing is reported at the key of the mapping that lacks it.
        """
        if not key and path in self.values:
            return self.values[path]
        for length in range(len(path), 0, -1):
            around = path[:length]
            if around in self.keys:
                return self.keys[around]
            if around in self.values:
                return self.values[around]
        return self.values.get((), Place(file="configuration"))


def read(text: str, file: str) -> Source:
    """Read one YAML document; whatever is wrong with it is in the source's `problems`."""
    source = Source()
    top = Place(file=file, line=1, column=1)
    source.values[()] = top
    yaml = YAML(typ="safe", pure=True)
    try:
        root = yaml.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file=file, line=mark.line + 1, column=mark.column + 1) if mark else top
        words = error.problem or error.context or "not YAML"
        hint = next((hint for said, hint in _HINTS.items() if said in words), "")
        source.problems.append(problem_at(place, (), f"not valid YAML: {words}{hint}"))
        return source
    except YAMLError as error:
        words = str(error).splitlines()[0]
        source.problems.append(problem_at(top, (), f"not valid YAML: {words}"))
        return source
    except RecursionError:
        source.problems.append(problem_at(top, (), "not valid YAML: nested too deeply"))
        return source
    if root is None:
        source.problems.append(problem_at(top, (), "the file is empty"))
    elif not isinstance(root, MappingNode):
        source.problems.append(problem_at(top, (), "a mapping is expected, as in `sites: {...}`"))
    else:
        source.data = _Builder(yaml=yaml, source=source, file=file).mapping(root, ())
    return source


@dataclass(slots=True)
class _Builder:
    """Turns nodes into values and notes their places."""

    yaml: YAML
    source: Source
    file: str
    open: list[int] = field(default_factory=list)
    """The nodes above the current one, by identity: an alias to one of them never ends."""

    def place(self, node: Node) -> Place:
        return Place(
            file=self.file, line=node.start_mark.line + 1, column=node.start_mark.column + 1
        )

    def problem(self, node: Node, path: KeyPath, message: str) -> None:
        self.source.problems.append(problem_at(self.place(node), path, message))

    def value(self, node: Node, path: KeyPath) -> Any:  # noqa: ANN401 - YAML holds anything
        if id(node) in self.open:
            self.problem(node, path, f"the alias *{node.anchor} contains itself")
            return None
        self.source.values[path] = self.place(node)
        if isinstance(node, MappingNode):
            return self.mapping(node, path)
        if isinstance(node, SequenceNode):
            self.open.append(id(node))
            items = [self.value(each, (*path, number)) for number, each in enumerate(node.value)]
            self.open.pop()
            return items
        if isinstance(node, ScalarNode):
            return self.scalar(node, path)
        raise AssertionError("YAML has mappings, sequences and scalars")

    def mapping(self, node: MappingNode, path: KeyPath) -> dict[str, Any]:
        self.open.append(id(node))
        values: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self.problem(key, path, "a key must be a word or a number")
                continue
            if str(key.tag) == _MERGE:
                self.problem(key, path, "merge keys (<<) are not supported: use `models`")
                continue
            name = str(key.value)
            here = (*path, name)
            if name in values:
                first = self.source.keys[here]
                words = (
                    f"duplicate key {name!r}: first at line {first.line}, column {first.column}"
                )
                self.problem(key, here, words)
                continue
            self.source.keys[here] = self.place(key)
            told = len(self.source.problems)
            values[name] = self.value(value, here)
            if values[name] is None and len(self.source.problems) > told:
                del values[name]
            elif values[name] is None:
                # An empty value has no place of its own: YAML puts it where the next key starts.
                self.source.values[here] = self.source.keys[here]
        self.open.pop()
        return values

    def scalar(self, node: ScalarNode, path: KeyPath) -> Any:  # noqa: ANN401 - YAML holds anything
        tag = str(node.tag)
        if tag in _AS_WRITTEN:
            return str(node.value)
        if tag in _BY_YAML:
            try:
                return self.yaml.constructor.construct_object(node)
            except (ValueError, YAMLError):
                self.problem(node, path, f"{node.value!r} cannot be read")
                return None
        self.problem(node, path, f"the tag {tag} is not supported")
        return None
