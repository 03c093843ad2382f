"""The JSON Schema: current, and of one mind with the loader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from ruamel.yaml import YAML

from gridbridge.config.json_schema import json_schema, json_schema_text
from gridbridge.config.source import read

CONFIG = Path(__file__).parents[3] / "config"


def test_the_committed_schema_is_current() -> None:
    committed = (CONFIG / "gridbridge.schema.json").read_text(encoding="utf-8")

    assert committed == json_schema_text(), (
        "run: gridbridge schema --out config/gridbridge.schema.json"
    )


@pytest.mark.parametrize(
    "file",
    [CONFIG / "gridbridge.yaml", *sorted((CONFIG / "sites").glob("*.yaml"))],
    ids=lambda file: file.name,
)
def test_the_example_is_valid_under_the_schema(file: Path) -> None:
    data = read(file.read_text(encoding="utf-8"), file.name).data

    jsonschema_rs.validator_for(json_schema()).validate(data)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("gatway: {}", id="an unknown section"),
        pytest.param("http: {port: 1}", id="an unknown key"),
        pytest.param("vehicles: {file: x}", id="a section not built yet"),
        pytest.param("sites: {a: {voltage: 400}}", id="a missing key"),
        pytest.param("sites: {a: {voltage: 400, import_kw: -1}}", id="a negative power"),
        pytest.param("sites: {a: {voltage: 400, import_kw: true}}", id="a truth value"),
        pytest.param("sites: {a b: {voltage: 400, import_kw: 1}}", id="an id"),
        pytest.param("gateway: {data_dir: ~}", id="no value"),
        pytest.param("models: {a: {settle: 12}}", id="a duration without a unit"),
        pytest.param("models: {a: {settle: '12'}}", id="a duration without a unit, as text"),
        pytest.param("models: {a: {evses: {0: {}}}}", id="EVSE 0"),
        pytest.param("gateway: {store: 'sentinel://x'}", id="a store not built yet"),
    ],
)
def test_what_the_loader_refuses_the_schema_refuses(text: str) -> None:
    data: dict[str, Any] = read(text, "x").data

    assert not jsonschema_rs.validator_for(json_schema()).is_valid(data)


def test_an_editor_finds_the_schema_beside_the_example() -> None:
    for file in [CONFIG / "gridbridge.yaml", *(CONFIG / "sites").glob("*.yaml")]:
        first = file.read_text(encoding="utf-8").splitlines()[0]
        name = first.removeprefix("# yaml-language-server: $schema=")
        assert (file.parent / name).resolve() == CONFIG / "gridbridge.schema.json"


def test_the_example_reads_the_same_in_any_yaml_reader() -> None:
    for file in [CONFIG / "gridbridge.yaml", *(CONFIG / "sites").glob("*.yaml")]:
        assert YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
