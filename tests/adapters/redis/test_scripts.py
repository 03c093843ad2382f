"""The Lua files, as they come with the package."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from gridbridge_redis import scripts
from gridbridge_redis.keys import PREFIX
from gridbridge_redis.scripts import Script


def test_every_file_is_a_script_and_every_script_a_file() -> None:
    found = {path.name for path in (files("gridbridge_redis") / "lua").iterdir()}

    assert found == {f"{script}.lua" for script in Script}


@pytest.mark.parametrize("script", Script)
def test_a_script_opens_with_what_it_does_its_keys_and_its_arguments(script: Script) -> None:
    text = scripts.load()[script].text
    head = text[: re.search(r"^[^-]", text, re.MULTILINE).start()]  # type: ignore[union-attr] # has code

    assert re.match(r"-- [A-Z]", head)
    assert "\n-- KEYS  1" in head
    assert "\n-- ARGV  1" in head


def test_no_file_but_one_spells_a_key() -> None:
    package = files("gridbridge_redis")
    sources = [*package.iterdir(), *(package / "lua").iterdir()]

    spelling = {
        source.name
        for source in sources
        if source.name.endswith((".py", ".lua")) and PREFIX in source.read_text("utf-8")
    }
    assert spelling == {"keys.py"}
