"""What is built holds what the checkout holds."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from tests.packaging.checkout import ROOT, files, packages_of, project_file


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names inside a wheel built from this checkout, without a network."""
    folder = tmp_path_factory.mktemp("dist")
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    with zipfile.ZipFile(built) as archive:
        return set(archive.namelist())


def in_wheel(path: Path) -> str:
    """Where a file of a package lies inside the wheel."""
    return path.relative_to(ROOT).as_posix().removeprefix("adapters/")


def test_the_wheel_holds_every_file_of_every_package(wheel: set[str]) -> None:
    packages = packages_of(ROOT)
    wanted = {name for path in files() if (name := in_wheel(path)).split("/")[0] in packages}

    assert wanted - wheel == set()


def test_every_package_in_the_wheel_says_that_it_is_typed(wheel: set[str]) -> None:
    assert {f"{package}/py.typed" for package in packages_of(ROOT)} - wheel == set()


def test_the_wheel_holds_nothing_but_the_packages_and_their_metadata(wheel: set[str]) -> None:
    metadata = f"gridbridge-{project_file()['project']['version']}.dist-info"

    assert {name.split("/")[0] for name in wheel} == packages_of(ROOT) | {metadata}


def test_the_wheel_carries_the_licence(wheel: set[str]) -> None:
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in wheel)
