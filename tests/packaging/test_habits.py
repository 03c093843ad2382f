"""What a reader of the repository may rely on."""

from __future__ import annotations

import re

from tests.packaging.checkout import ROOT, project_file, text_files

INSTALL = "python3 -m venv .venv && .venv/bin/pip install -q -e"
HERE = ROOT / "tests" / "packaging"

# A machine's own folders: a path below one means nothing on another machine.
MACHINE_PATH = re.compile(r"(?<![\w.{}*-])/(?:work|farm|root|Users|home/[a-z]\w*)/")
REGISTRY = re.compile(r"pythonhosted\.org|pypi\.org|npmjs\.(?:org|com)|--(?:extra-)?index-url")


def first_code_block() -> list[str]:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return readme.split("```")[1].splitlines()[1:]


def matches(pattern: re.Pattern[str]) -> list[str]:
    """Every place outside this folder where a file of the project matches."""
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in text_files()
        if HERE not in path.parents
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]


def test_the_readme_opens_with_the_two_commands() -> None:
    commands = [line for line in first_code_block() if not line.startswith("#")]

    assert commands == [
        f"{INSTALL} '.[demo]' && .venv/bin/gridbridge demo",
        f"{INSTALL} '.[test]' && .venv/bin/python -m pytest -q",
    ]


def test_no_file_names_a_folder_of_one_machine() -> None:
    assert matches(MACHINE_PATH) == []


def test_no_file_names_a_package_registry() -> None:
    assert matches(REGISTRY) == []


def test_the_version_stands_in_one_place() -> None:
    version = re.escape(project_file()["project"]["version"])
    spelled = re.compile(rf"(?i)\bversion(?:__)?\s*(?::\s*\w+\s*)?[:=]=?\s*[\"']?{version}\b")

    places = [place for place in matches(spelled) if not place.startswith("CHANGELOG.md")]

    assert [place.split(":")[0] for place in places] == ["pyproject.toml"]


def test_every_ignored_rule_has_its_reason() -> None:
    bare = re.compile(r"#\s*(?:noqa(?::\s*[A-Z0-9, ]+)?|type:\s*ignore(?:\[[\w, -]+\])?)\s*$")

    assert matches(bare) == []


def test_the_gate_is_a_program() -> None:
    gate = ROOT / ".ci" / "run"

    assert gate.stat().st_mode & 0o111
    assert gate.read_text(encoding="utf-8").startswith("#!/usr/bin/env bash\n")
