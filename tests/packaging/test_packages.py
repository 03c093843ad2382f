"""No package is left out of the wheel or out of the import contracts."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from tests.packaging.checkout import ROOT, packages_of, project_file


def packages_in_wheel() -> set[str]:
    listed = project_file()["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    return {PurePosixPath(path).name for path in listed}


def test_the_wheel_lists_every_package_of_the_tree() -> None:
    assert packages_in_wheel() == packages_of(ROOT)


def test_the_import_contracts_see_every_package_of_the_tree() -> None:
    assert set(project_file()["tool"]["importlinter"]["root_packages"]) == packages_of(ROOT)


def test_the_contracts_name_every_adapter_wherever_they_name_one() -> None:
    adapters = packages_of(ROOT) - {"gridbridge"}
    contracts = project_file()["tool"]["importlinter"]["contracts"]
    by_id = {contract["id"]: contract for contract in contracts}

    assert set(by_id["adapters"]["source_modules"]) == adapters
    assert set(by_id["composition"]["forbidden_modules"]) == adapters
    assert set(by_id["circles"]["ancestors"]) == adapters | {"gridbridge"}


def test_the_adapters_may_import_nothing_but_domain_codec_and_ports() -> None:
    contracts = project_file()["tool"]["importlinter"]["contracts"]
    forbidden = next(each for each in contracts if each["id"] == "adapters")["forbidden_modules"]
    inner = {
        path.stem if path.suffix == ".py" else path.name
        for path in (ROOT / "gridbridge").iterdir()
        if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").exists()
    }

    assert {name.removeprefix("gridbridge.") for name in forbidden} == inner - {
        "codec",
        "domain",
        "ports",
    }


def test_an_adapter_nobody_listed_is_noticed(tmp_path: Path) -> None:
    new = tmp_path / "adapters" / "gridbridge_new"
    new.mkdir(parents=True)
    (new / "__init__.py").touch()
    (tmp_path / "adapters" / "notes").mkdir()

    assert packages_of(tmp_path) == {"gridbridge", "gridbridge_new"}
    assert packages_of(tmp_path) != packages_in_wheel()


def test_the_folder_of_the_adapters_is_no_package() -> None:
    assert not (ROOT / "adapters" / "__init__.py").exists()
