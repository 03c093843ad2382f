"""`gridbridge schema`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gridbridge.cli import main
from gridbridge.cli.exit_codes import ExitCode


def test_the_schema_goes_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == ExitCode.OK
    assert json.loads(capsys.readouterr().out)["title"] == "gridbridge"


def test_or_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "schema.json"

    assert main(["schema", "--out", str(out)]) == ExitCode.OK
    assert json.loads(out.read_text(encoding="utf-8"))["title"] == "gridbridge"
    assert capsys.readouterr().out == ""


def test_a_file_that_cannot_be_written_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "none" / "schema.json"

    assert main(["schema", "--out", str(out)]) == ExitCode.FAILED
    assert "cannot be written: No such file or directory" in capsys.readouterr().err
