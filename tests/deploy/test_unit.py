"""The systemd unit: that systemd understands all of it, and how little it exposes."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.deploy.conftest import Tool

PROGRAM = "/opt/gridbridge/bin/gridbridge"

# systemd-analyze counts exposure from 0 to 10 and takes its threshold tenfold.
EXPOSURE_AT_MOST = 20


def verify(tool: Tool, folder: Path, text: str) -> str:
    """What systemd has to say; it ends with 0 even on keys it does not know."""
    file = folder / "gridbridge.service"
    file.write_text(text.replace(PROGRAM, sys.executable), encoding="utf-8")
    return tool("systemd-analyze", "verify", "--man=no", file).stdout


def exposure(tool: Tool, folder: Path, text: str) -> tuple[int, str]:
    """Whether the sandbox is tight enough, and systemd's account of it."""
    file = folder / "gridbridge.service"
    file.write_text(text, encoding="utf-8")
    threshold = f"--threshold={EXPOSURE_AT_MOST}"
    ended = tool("systemd-analyze", "security", "--offline=true", threshold, file)
    return ended.returncode, ended.stdout


@pytest.mark.deploy
def test_systemd_understands_every_line(tool: Tool, tmp_path: Path, unit: str) -> None:
    assert verify(tool, tmp_path, unit) == ""


@pytest.mark.deploy
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        pytest.param("ProtectSystem=", "ProtectSystm=", id="an unknown key"),
        pytest.param("Type=", "Type=sometimes", id="an unknown value"),
        pytest.param(f"ExecStart={PROGRAM}", "ExecStart=/nowhere/program", id="no such program"),
    ],
)
def test_systemd_complains_of(
    tool: Tool, tmp_path: Path, unit: str, right: str, wrong: str
) -> None:
    assert right in unit

    said = verify(tool, tmp_path, unit.replace(right, wrong))

    assert wrong.rpartition("=")[2] in said or wrong.rstrip("=") in said


@pytest.mark.deploy
def test_the_sandbox_is_tight(tool: Tool, tmp_path: Path, unit: str) -> None:
    code, said = exposure(tool, tmp_path, unit)

    assert code == 0, said


@pytest.mark.deploy
@pytest.mark.parametrize("opened", ["SystemCallFilter", "Protect|Private", "Restrict"])
def test_a_sandbox_with_a_wall_missing_is_refused(
    tool: Tool, tmp_path: Path, unit: str, opened: str
) -> None:
    code, said = exposure(tool, tmp_path, re.sub(rf"(?m)^(?:{opened}).*$", "", unit))

    assert code != 0, said


def test_it_runs_the_command_that_the_container_runs(unit: str, dockerfile: str) -> None:
    started = re.findall(r"^ExecStart=(.+)$", unit, re.MULTILINE)
    in_container = re.findall(r"^CMD \[(.+)\]$", dockerfile, re.MULTILINE)

    assert started == [f"{PROGRAM} run --config /etc/gridbridge/gridbridge.yaml"]
    assert in_container == ['"run", "--config", "/etc/gridbridge/gridbridge.yaml"']
