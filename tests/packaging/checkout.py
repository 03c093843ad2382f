"""The checkout under test: its root, its project file, and the files that belong to it."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@cache
def project_file() -> dict[str, Any]:
    """What `pyproject.toml` says."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@cache
def files() -> list[Path]:
    """Every file of the project, tracked or about to be; skips where git cannot tell."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("needs git and a checkout to tell the project's files from others")
    listed = subprocess.run(
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    found = (ROOT / name for name in listed.split("\0") if name)
    return [path for path in found if path.is_file()]


def text_files() -> list[Path]:
    """Those of `files` that hold text."""
    return [path for path in files() if b"\0" not in path.read_bytes()[:4096]]


def packages_of(root: Path) -> set[str]:
    """The import packages a checkout holds: gridbridge, and each adapter's folder."""
    adapters = {init.parent.name for init in root.glob("adapters/*/__init__.py")}
    return adapters | {"gridbridge"}
