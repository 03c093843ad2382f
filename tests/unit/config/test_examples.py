"""What a newcomer copies can be run as it stands, and nothing is to be said about it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gridbridge.config import Loaded, load

ROOT = Path(__file__).parents[3]
BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
README = BLOCK.findall((ROOT / "README.md").read_text("utf-8"))


@pytest.mark.parametrize("text", README, ids=["the smallest site", "all that matters"])
def test_the_configurations_of_the_readme_are_sound(text: str, tmp_path: Path) -> None:
    main = tmp_path / "gridbridge.yaml"
    main.write_text(text, encoding="utf-8")

    result = load(main, {})

    assert isinstance(result, Loaded), result
    assert result.warnings == ()


def test_the_example_is_sound() -> None:
    result = load(ROOT / "config" / "gridbridge.yaml", {})

    assert isinstance(result, Loaded), result
    assert result.warnings == ()
