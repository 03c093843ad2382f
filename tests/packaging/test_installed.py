"""The distribution that is installed is whole: in a checkout as on another machine.

These tests know nothing of a checkout, so they also judge a wheel in a clean environment.
"""

from __future__ import annotations

import importlib
import json
import sysconfig
from importlib import metadata, resources
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

PACKAGES = (
    "gridbridge",
    "gridbridge_http",
    "gridbridge_ocpp",
    "gridbridge_openadr",
    "gridbridge_redis",
    "gridbridge_scheduler",
)


def home() -> Path:
    """Where the packages must come from: the environment, or the checkout it was told to use."""
    origin = json.loads(metadata.distribution("gridbridge").read_text("direct_url.json") or "{}")
    if origin.get("dir_info", {}).get("editable", False):
        return Path(url2pathname(urlsplit(origin["url"]).path)).resolve()
    return Path(sysconfig.get_path("purelib")).resolve()


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_comes_from_what_is_installed(package: str) -> None:
    found = importlib.import_module(package).__file__

    assert found is not None
    assert Path(found).resolve().is_relative_to(home())


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_says_that_it_is_typed(package: str) -> None:
    assert resources.files(package).joinpath("py.typed").is_file()


def test_the_command_is_installed() -> None:
    scripts = metadata.distribution("gridbridge").entry_points.select(group="console_scripts")

    assert [script.name for script in scripts] == ["gridbridge"]
    assert callable(scripts["gridbridge"].load())


@pytest.mark.parametrize("extra", ["demo", "embedded", "plan", "test"])
def test_the_extras_of_the_readme_exist(extra: str) -> None:
    assert extra in (metadata.metadata("gridbridge").get_all("Provides-Extra") or [])
