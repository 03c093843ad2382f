"""The gate is a shell script, so a shell linter reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.deploy.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.deploy.conftest import Tool


@pytest.mark.deploy
def test_the_gate_has_no_shell_traps(tool: Tool) -> None:
    ended = tool("shellcheck", ROOT / ".ci" / "run")

    assert ended.returncode == 0, ended.stdout


@pytest.mark.deploy
def test_an_unquoted_path_is_noticed(tool: Tool, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text('#!/usr/bin/env bash\nrm -rf $1/"$2"\n', encoding="utf-8")

    ended = tool("shellcheck", script)

    assert ended.returncode == 1
    assert "SC2086" in ended.stdout
