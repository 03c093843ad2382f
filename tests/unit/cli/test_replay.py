"""`gridbridge replay`."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from gridbridge.cli import main
from gridbridge.cli.exit_codes import ExitCode
from gridbridge.cli.moments import written
from gridbridge.config import Loaded, load
from gridbridge.domain.decisions import Decided
from gridbridge.engine.replay.recording import Rules
from gridbridge.ports.archive import ArchiveSegment
from gridbridge_redis.archive import FileArchive
from tests.unit.engine.replay.runs import TEXT, Run


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "gridbridge.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def run(config: Path) -> Run:
    loaded = load(config, {})
    assert isinstance(loaded, Loaded)
    it = Run(Rules(site=loaded.sites[0], programs={}, config=loaded.config_hash))
    it.day()
    return it


def archived(folder: Path, segment: ArchiveSegment) -> list[str]:
    """The arguments to read it by."""
    (folder / "archive").mkdir()
    asyncio.run(FileArchive(folder / "archive").keep(segment))
    return ["replay", "--site", "depot", "--archive", str(folder / "archive")]


def decisions(run: Run) -> list[Decided]:
    return [each.recorded.fact for each in run.log if isinstance(each.recorded.fact, Decided)]


def with_another_decision(run: Run) -> ArchiveSegment:
    """The run, but the last decision raised no alarm and gave no reasons."""
    changed = replace(decisions(run)[-1], why=())
    entries = tuple(
        replace(each, recorded=replace(each.recorded, fact=changed))
        if each.recorded.fact == decisions(run)[-1]
        else each
        for each in run.log
    )
    return replace(run.segment(), entries=entries)


def test_a_run_that_is_decided_the_same_again_is_ok(
    config: Path, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    read = archived(tmp_path, run.segment())

    code = main([*read, "--config", str(config)])

    count = len(decisions(run))
    assert code == ExitCode.OK
    out = capsys.readouterr().out
    assert out.startswith(f"depot: {count} decisions from ")
    assert out.endswith(" facts: the same to the last byte\n")


def test_the_first_difference_is_shown_and_fails(
    config: Path, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    read = archived(tmp_path, with_another_decision(run))

    code = main([*read, "--config", str(config)])

    lines = capsys.readouterr().out.splitlines()
    assert code == ExitCode.FAILED
    assert lines[0].endswith(" facts are the same; then one is not:")
    assert lines[1].startswith(written(decisions(run)[-1].now))
    assert lines[1].endswith(": another decision: why")
    assert lines[2] == "- why: null"
    assert lines[3].startswith('+ why: {"station":"CP-1","evse":1,"chain":[')


def test_as_json_a_difference_is_whole(
    config: Path, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    read = archived(tmp_path, with_another_decision(run))

    code = main([*read, "--config", str(config), "--json"])

    told = json.loads(capsys.readouterr().out)
    assert code == ExitCode.FAILED
    assert told["identical"] is False
    assert told["decisions"] == len(decisions(run)) - 1
    assert told["difference"]["reason"] == "content"
    assert told["difference"]["recorded"]["why"] == []
    assert told["difference"]["replayed"]["why"]


def test_another_configuration_is_named(
    config: Path, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    read = archived(tmp_path, run.segment())
    config.write_text(TEXT.replace("import_kw: 15", "import_kw: 20"), encoding="utf-8")

    code = main([*read, "--config", str(config)])

    assert code == ExitCode.FAILED
    words = f"it was made under configuration {run.rules.config}; this one is "
    assert words in capsys.readouterr().out


def test_only_a_stretch_of_time_is_compared(
    config: Path, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    read = archived(tmp_path, with_another_decision(run))
    last = decisions(run)[-1].now

    code = main([*read, "--config", str(config), "--to", written(last)])

    assert code == ExitCode.OK
    before = sum(each.now < last for each in decisions(run))
    assert capsys.readouterr().out.startswith(f"depot: {before} decisions from ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--to", "2001-01-01T00:00Z"], "nothing was decided", id="no decision"),
        pytest.param(["--archive", "nowhere"], "nowhere is no folder", id="no archive"),
        pytest.param(["--site", "depo"], "did you mean depot?", id="no site"),
    ],
)
def test_what_cannot_be_compared_fails_and_says_why(
    config: Path,
    run: Run,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: str,
) -> None:
    read = archived(tmp_path, run.segment())

    code = main([*read, "--config", str(config), *arguments])

    assert code == ExitCode.FAILED
    streams = capsys.readouterr()
    assert words in streams.err
    assert streams.out == ""


@pytest.mark.parametrize("text", ["yesterday", "2027-01-15T08:00:00"])
def test_a_time_without_its_zone_is_a_wrong_command_line(text: str) -> None:
    assert main(["replay", "--site", "depot", "--from", text]) == ExitCode.USAGE


def test_with_another_configuration_both_are_compared(
    config: Path, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(10):
        run.metered(0.0, 12_000.0)
    other = tmp_path / "strict.yaml"
    other.write_text(TEXT.replace("import_kw: 15", "import_kw: 10"), encoding="utf-8")
    read = archived(tmp_path, run.segment())

    code = main([*read, "--config", str(config), "--with", str(other), "--json"])

    told = json.loads(capsys.readouterr().out)
    assert code == ExitCode.OK
    before, after = told["policies"]
    assert (before["file"], after["file"]) == (str(config), str(other))
    assert before["config"] == run.rules.config != after["config"]
    assert before["recorded_kwh"] == after["recorded_kwh"]
    assert after["drawn_kwh"] < before["drawn_kwh"]
    assert after["above_limit_minutes"] > before["above_limit_minutes"] == 0.0
    assert sorted(told["unknown"]) == ["cost", "missed_departures"]
    assert told["stations_apart"] == []


def test_for_people_it_is_a_table_that_says_what_it_rests_on(
    config: Path, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "fewer.yaml"
    other.write_text(TEXT.replace(", CP-2: {max_a: 32}", ""), encoding="utf-8")
    read = archived(tmp_path, run.segment())

    code = main([*read, "--config", str(config), "--with", str(other)])

    out = capsys.readouterr().out
    assert code == ExitCode.OK
    assert all(words in out for words in ("allowed to cars", "highest minute", "fairness"))
    assert "Only one of both has CP-2." in out
    assert "Of the time with a car 100% is not metered" in out
    assert "No cost: no configuration has a tariff yet." in out


def test_what_cannot_be_run_is_compared_with_nothing(
    config: Path, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "bad.yaml"
    other.write_text(TEXT.replace("import_kw", "import_kv"), encoding="utf-8")
    read = archived(tmp_path, run.segment())

    code = main([*read, "--config", str(config), "--with", str(other)])

    assert code == ExitCode.FAILED
    assert "import_kv" in capsys.readouterr().err
