"""`gridbridge validate`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gridbridge.cli import main
from gridbridge.cli.exit_codes import ExitCode

GOOD = "sites: {a: {voltage: 400, import_kw: 200, stations: {CP-1: {max_a: 32}}}}\n"
BAD = GOOD.replace("import_kw", "import_kv")
TOLD = GOOD.replace("CP-1: {max_a: 32}", "CP-1: {max_a: 32, offline_a: 5}")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "gridbridge.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def test_a_good_file_is_ok(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["validate", str(config)])

    assert code == ExitCode.OK
    out = capsys.readouterr().out
    assert out.startswith(f"{config}: ok, 0 VENs, 1 site, 1 station, 0 programs, ")


def test_a_problem_is_a_line_that_editors_understand(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(BAD, encoding="utf-8")

    code = main(["validate", str(config)])

    assert code == ExitCode.FAILED
    assert capsys.readouterr().out.splitlines() == [
        f"{config}:1:27: unknown key 'import_kv'; did you mean 'import_kw'? [sites.a.import_kv]",
        f"{config}: 1 error",
    ]


def test_a_warning_does_not_fail(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text(TOLD, encoding="utf-8")

    code = main(["validate", str(config)])

    assert code == ExitCode.OK
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{config}:1:83: warning: offline_a 5 is below")
    assert last.startswith(f"{config}: ok")


def test_one_bad_file_of_several_fails(config: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(BAD, encoding="utf-8")

    assert main(["validate", str(config), str(bad)]) == ExitCode.FAILED


def test_a_file_that_is_not_there_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["validate", str(tmp_path / "none.yaml")]) == ExitCode.FAILED
    assert "there is no such file: write it, or name another" in capsys.readouterr().out


def test_json_holds_the_places(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text(BAD, encoding="utf-8")

    code = main(["validate", "--json", str(config)])

    (result,) = json.loads(capsys.readouterr().out)
    assert code == ExitCode.FAILED
    assert (result["file"], result["valid"]) == (str(config), False)
    assert result["problems"][0] == {
        "file": str(config),
        "line": 1,
        "column": 27,
        "path": "sites.a.import_kv",
        "message": "unknown key 'import_kv'; did you mean 'import_kw'?",
        "severity": "error",
    }


def test_the_file_may_be_named_by_the_environment(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GRIDBRIDGE_CONFIG", str(config))

    assert main(["validate"]) == ExitCode.OK
    assert str(config) in capsys.readouterr().out


def test_an_override_that_fits_nowhere_fails(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GRIDBRIDGE_SITES__B__IMPORT_KW", "1")

    assert main(["validate", str(config)]) == ExitCode.FAILED
    assert "$GRIDBRIDGE_SITES__B__IMPORT_KW: nothing is called 'b'" in capsys.readouterr().out
