"""Configurations in a folder of their own: `write` files, then what `main.yaml` loads to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from gridbridge.config import Loaded, Rejected, load


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write a file into the folder."""

    def write_file(name: str, text: str) -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text), encoding="utf-8")
        return file

    return write_file


@pytest.fixture
def result(write: Callable[[str, str], Path]) -> Callable[..., Loaded | Rejected]:
    """What a text, and variables of the environment, load to."""

    def load_text(text: str, **environment: str) -> Loaded | Rejected:
        return load(write("main.yaml", text), environment)

    return load_text


@pytest.fixture
def told(result: Callable[..., Loaded | Rejected], tmp_path: Path) -> Callable[..., list[str]]:
    """The problems of a text, warnings too, as they are printed, without the folder's name."""

    def lines(text: str, **environment: str) -> list[str]:
        it = result(text, **environment)
        problems = it.warnings if isinstance(it, Loaded) else it.problems
        return [str(problem).replace(f"{tmp_path}/", "") for problem in problems]

    return lines


@pytest.fixture
def loaded(
    result: Callable[..., Loaded | Rejected], told: Callable[..., list[str]]
) -> Callable[..., Loaded]:
    """What a text loads to, where it must."""

    def must_load(text: str, **environment: str) -> Loaded:
        it = result(text, **environment)
        assert isinstance(it, Loaded), told(text, **environment)
        return it

    return must_load
