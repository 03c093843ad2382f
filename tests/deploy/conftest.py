"""The tools that judge deployment files, none of which is a container engine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Protocol

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"


class Tool(Protocol):
    """Runs a program by name and hands back how it ended and what it said."""

    def __call__(
        self, name: str, *arguments: str | Path, timeout_s: float = 60.0
    ) -> subprocess.CompletedProcess[str]:
        """Run it to its end; a program that is absent skips the test, or fails it in CI."""


@pytest.fixture(scope="session")
def tool() -> Tool:
    """Find tools beside this Python first, where the extra `deploy-test` puts them."""
    beside = Path(sys.executable).parent

    def run(
        name: str, *arguments: str | Path, timeout_s: float = 60.0
    ) -> subprocess.CompletedProcess[str]:
        found = shutil.which(name, path=os.pathsep.join([str(beside), os.environ["PATH"]]))
        if found is None:
            absent = f"{name} is not installed (extra deploy-test, or its Debian package)"
            if os.environ.get("CI_REQUIRE_TOOLS") == "1":
                pytest.fail(absent)
            pytest.skip(absent)
        return subprocess.run(
            [found, *map(str, arguments)],
            cwd=ROOT,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout_s,
        )

    return run


@pytest.fixture
def dockerfile() -> str:
    """The text of the Dockerfile, to break."""
    return (DEPLOY / "Dockerfile").read_text(encoding="utf-8")


@pytest.fixture
def compose() -> str:
    """The text of the compose file, to break."""
    return (DEPLOY / "compose.yaml").read_text(encoding="utf-8")


@pytest.fixture
def unit() -> str:
    """The text of the systemd unit, to break."""
    return (DEPLOY / "gridbridge.service").read_text(encoding="utf-8")
