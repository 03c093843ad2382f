"""The compose file: its schema, its style, and who can reach what."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

if TYPE_CHECKING:
    from tests.deploy.conftest import Tool

STYLE = "{extends: default, rules: {line-length: {max: 99}, document-start: disable}}"


def check(tool: Tool, folder: Path, text: str) -> tuple[int, str]:
    """Judge a compose file by the Compose specification's own schema."""
    file = folder / "compose.yaml"
    file.write_text(text, encoding="utf-8")
    ended = tool("check-jsonschema", "--builtin-schema", "vendor.compose-spec", file)
    return ended.returncode, ended.stdout


@pytest.fixture
def services(compose: str) -> dict[str, dict[str, Any]]:
    """The services by name."""
    parsed: dict[str, dict[str, dict[str, Any]]] = YAML(typ="safe", pure=True).load(compose)
    return parsed["services"]


@pytest.mark.deploy
def test_it_is_a_compose_file(tool: Tool, tmp_path: Path, compose: str) -> None:
    code, said = check(tool, tmp_path, compose)

    assert code == 0, said


@pytest.mark.deploy
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        pytest.param("    ports:", "    prots:", id="an unknown key"),
        pytest.param("docker.io/valkey/valkey:9.1-alpine", "3", id="a number for an image"),
    ],
)
def test_the_schema_refuses(
    tool: Tool, tmp_path: Path, compose: str, right: str, wrong: str
) -> None:
    assert right in compose

    code, said = check(tool, tmp_path, compose.replace(right, wrong))

    assert code == 1
    assert wrong.strip(" :") in said


@pytest.mark.deploy
def test_its_yaml_is_tidy(tool: Tool, tmp_path: Path, compose: str) -> None:
    file = tmp_path / "compose.yaml"
    file.write_text(compose, encoding="utf-8")
    good = tool("yamllint", "--strict", "-d", STYLE, file)
    file.write_text(compose.replace("read_only: true", "read_only: yes"), encoding="utf-8")
    bad = tool("yamllint", "--strict", "-d", STYLE, file)

    assert good.returncode == 0, good.stdout
    assert bad.returncode == 2
    assert "truthy" in bad.stdout


def test_no_port_is_published_on_every_interface(services: dict[str, dict[str, Any]]) -> None:
    hosts = {
        port["published"]: port["host_ip"]
        for service in services.values()
        for port in service.get("ports", [])
    }

    assert hosts == {"8080": "${HTTP_BIND:-127.0.0.1}", "9000": "${OCPP_BIND:-127.0.0.1}"}


def test_only_the_gateway_reaches_the_store(services: dict[str, dict[str, Any]]) -> None:
    assert services["valkey"]["networks"] == ["store"]
    assert "ports" not in services["valkey"]
    assert {name for name, each in services.items() if "store" in each["networks"]} == {
        "gateway",
        "valkey",
    }


def test_the_store_keeps_what_was_acknowledged(services: dict[str, dict[str, Any]]) -> None:
    command = services["valkey"]["command"]
    options = dict(zip(command[1::2], command[2::2], strict=True))

    assert options == {
        "--appendonly": "yes",
        "--appendfsync": "everysec",
        "--maxmemory-policy": "noeviction",
    }
    assert [volume["target"] for volume in services["valkey"]["volumes"]] == ["/data"]


@pytest.mark.parametrize("name", ["gateway", "valkey"])
def test_a_service_holds_no_power_it_does_not_need(
    name: str, services: dict[str, dict[str, Any]]
) -> None:
    service = services[name]

    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True
    assert service["security_opt"] == ["no-new-privileges:true"]
