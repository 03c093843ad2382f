"""The import contracts hold, and each of them can be broken."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.packaging.checkout import ROOT, project_file

# Per file to add: what it wrongly imports.
OFFENDERS = {
    "gridbridge/utils.py": [],
    "gridbridge/domain/offender.py": ["gridbridge.ports", "gridbridge.domain.accomplice"],
    "gridbridge/domain/accomplice.py": ["gridbridge.domain.offender"],
    "gridbridge/engine/offender.py": ["time", "json"],
    "gridbridge/cli/offender.py": ["gridbridge_ocpp"],
    "adapters/gridbridge_http/offender.py": ["gridbridge_redis", "gridbridge.engine"],
}


def contracts() -> list[dict[str, str | list[str]]]:
    found: list[dict[str, str | list[str]]] = project_file()["tool"]["importlinter"]["contracts"]
    return found


def lint(folder: Path) -> tuple[int, set[str]]:
    """Check the contracts on the packages below a folder; hand back the names of the broken."""
    path = os.pathsep.join([str(folder), str(folder / "adapters")])
    program = Path(sys.executable).with_name("lint-imports")
    ended = subprocess.run(
        [program, "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "NO_COLOR": "1", "COLUMNS": "200"},
        check=False,
        capture_output=True,
        text=True,
    )
    broken = set(re.findall(r"^(.+) BROKEN$", ended.stdout, re.MULTILINE))
    assert ended.returncode == bool(broken), ended.stdout + ended.stderr
    return ended.returncode, broken


def copy_of_the_packages(folder: Path) -> Path:
    for name in ("gridbridge", "adapters"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_every_contract_holds_and_every_contract_can_be_broken(tmp_path: Path) -> None:
    folder = copy_of_the_packages(tmp_path)

    assert lint(folder) == (0, set())

    owned = [str(name) for each in contracts() for name in each.get("protected_modules", [])]
    for file, imports in {**OFFENDERS, "gridbridge/runtime/offender.py": owned}.items():
        (folder / file).write_text("".join(f"import {name}\n" for name in imports))

    assert lint(folder) == (1, {str(each["name"]) for each in contracts()})
