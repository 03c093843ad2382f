"""`gridbridge stations add` and `remove`."""

from __future__ import annotations

import hashlib
import hmac
import json
import stat
from pathlib import Path

import pytest

from gridbridge.cli import main
from gridbridge.cli.exit_codes import ExitCode

CONFIG = """\
ocpp: {listen: "127.0.0.1:9001", paths: ["/o/{id}/x"], credentials_dir: keys}
sites: {a: {voltage: 400, import_kw: 200, stations: {"CP|1": {max_a: 32}}}}
"""


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "gridbridge.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    return str(path)


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    answer: dict[str, str] = json.loads(capsys.readouterr().out)
    return answer


def test_a_station_gets_a_password_and_the_gateway_its_hash(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["stations", "add", "CP|1", "--config", config, "--json"])

    answer = told(capsys)
    file = tmp_path / "keys" / "CP%7C1"
    scheme, salt, digest = file.read_text(encoding="utf-8").strip().split("$")
    key = answer["password"].encode()
    assert code == ExitCode.OK
    assert scheme == "hmac-sha256"
    assert hmac.new(bytes.fromhex(salt), key, hashlib.sha256).hexdigest() == digest
    assert answer["password_hex"] == key.hex()
    assert answer["url"] == "ws://127.0.0.1:9001/o/CP%7C1/x"


def test_only_the_owner_reads_what_is_kept(config: str, tmp_path: Path) -> None:
    main(["stations", "add", "CP|1", "--config", config])

    (file,) = (tmp_path / "keys").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_password_is_never_replaced_by_mistake(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["stations", "add", "CP|1", "--config", config])
    (file,) = (tmp_path / "keys").iterdir()
    before = file.read_text(encoding="utf-8")
    capsys.readouterr()

    code = main(["stations", "add", "CP|1", "--config", config])

    assert code == ExitCode.FAILED
    assert file.read_text(encoding="utf-8") == before
    assert [each.name for each in (tmp_path / "keys").iterdir()] == [file.name]
    answer = capsys.readouterr()
    assert answer.out == ""
    assert answer.err == "CP|1 has a password already; --rotate replaces it\n"


def test_rotate_replaces_it(config: str, tmp_path: Path) -> None:
    main(["stations", "add", "CP|1", "--config", config])
    (file,) = (tmp_path / "keys").iterdir()
    before = file.read_text(encoding="utf-8")

    code = main(["stations", "add", "CP|1", "--config", config, "--rotate"])

    assert code == ExitCode.OK
    assert file.read_text(encoding="utf-8") != before
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_station_of_no_site_is_told(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["stations", "add", "CP|2", "--config", config])

    answer = capsys.readouterr()
    assert code == ExitCode.OK
    assert answer.err == (
        f"warning: CP|2 is in no site of {config} (did you mean CP|1?): the gateway refuses it"
        " until a site lists it and the gateway was started again\n"
    )
    assert "CP|2" in answer.out


def test_a_station_without_its_password_is_as_if_it_never_had_one(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["stations", "add", "CP|1", "--config", config])
    capsys.readouterr()

    code = main(["stations", "remove", "CP|1", "--config", config])

    assert code == ExitCode.OK
    assert capsys.readouterr().out == "CP|1 is refused from its next connection on\n"
    assert list((tmp_path / "keys").iterdir()) == []
    assert main(["stations", "add", "CP|1", "--config", config]) == ExitCode.OK


def test_there_is_nothing_to_remove(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["stations", "remove", "CP|1", "--config", config])

    answer = capsys.readouterr()
    assert code == ExitCode.FAILED
    assert (answer.out, answer.err) == ("", "CP|1 has no password\n")


def test_what_is_no_identity_is_a_usage_error(config: str) -> None:
    assert main(["stations", "add", "CP:1", "--config", config]) == ExitCode.USAGE


def test_a_configuration_that_cannot_be_run_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("gatway: {}\n", encoding="utf-8")

    code = main(["stations", "add", "CP-1", "--config", str(path)])

    answer = capsys.readouterr()
    assert code == ExitCode.FAILED
    assert answer.out == ""
    assert answer.err.startswith(f"{path}:1:1: unknown key 'gatway'")


def test_a_wildcard_address_is_told_as_this_hosts_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "gw.example")
    path = tmp_path / "gridbridge.yaml"
    path.write_text(
        "ocpp: {listen: '0.0.0.0:9000', tls: {certificate: a, key: b}}\n", encoding="utf-8"
    )

    main(["stations", "add", "CP-1", "--config", str(path), "--json"])

    assert told(capsys)["url"] == "wss://gw.example:9000/ocpp/CP-1"
