"""The Dockerfile: what a linter says of it, and what must stand in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.deploy.conftest import Tool


def lint(tool: Tool, folder: Path, text: str) -> tuple[int, str]:
    """Judge a Dockerfile; notes below a warning (a numeric user is one) do not count."""
    file = folder / "Dockerfile"
    file.write_text(text, encoding="utf-8")
    ended = tool("hadolint", "--no-color", "--failure-threshold", "warning", file)
    return ended.returncode, ended.stdout


@pytest.mark.deploy
def test_a_linter_finds_nothing_to_warn_of(tool: Tool, tmp_path: Path, dockerfile: str) -> None:
    code, said = lint(tool, tmp_path, dockerfile)

    assert code == 0, said


@pytest.mark.deploy
@pytest.mark.parametrize(
    ("right", "wrong", "rule"),
    [
        pytest.param("--no-cache-dir ", "", "DL3042", id="a pip cache inside the image"),
        pytest.param("WORKDIR /var", "WORKDIR var", "DL3000", id="a relative work folder"),
        pytest.param("FROM ${BASE}\n", "FROM debian\n", "DL3006", id="a base without a tag"),
        pytest.param('CMD ["run"', 'CMD ["--help"]\nCMD ["run"', "DL4003", id="two commands"),
    ],
)
def test_the_linter_refuses(
    tool: Tool, tmp_path: Path, dockerfile: str, right: str, wrong: str, rule: str
) -> None:
    assert right in dockerfile

    code, said = lint(tool, tmp_path, dockerfile.replace(right, wrong))

    assert code == 1
    assert rule in said


def test_both_stages_start_from_the_base_the_builder_names(dockerfile: str) -> None:
    assert re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE) == ["${BASE}", "${BASE}"]
    assert "\nARG BASE=docker.io/library/python:3.11-slim\n" in dockerfile


def test_dependencies_come_by_hash_from_the_lock_and_the_project_without_its_own(
    dockerfile: str,
) -> None:
    installs = re.findall(r"pip install (.+?)(?: \\)?$", dockerfile, re.MULTILINE)

    assert installs == [
        "--no-cache-dir --require-hashes -r /src/requirements.lock",
        "--no-cache-dir --no-deps /src",
    ]


def test_the_user_is_numeric_and_not_root(dockerfile: str) -> None:
    assert re.findall(r"^USER (.+)$", dockerfile, re.MULTILINE) == ["10001:10001"]
