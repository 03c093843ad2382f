"""The entry point: exit codes, help, and what it must not import."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gridbridge.cli import main
from gridbridge.cli.exit_codes import MEANINGS, ExitCode

HEAVY = ("aiohttp", "lxml", "numpy", "ocpp", "openleadr", "pydantic", "redis", "ruamel", "rich")


def test_a_usage_error_exits_64_and_complains_on_stderr() -> None:
    command = [sys.executable, "-m", "gridbridge", "validate", "--no-such-option"]

    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    assert done.returncode == 64
    assert done.stdout == ""
    assert "No such option: --no-such-option" in done.stderr


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from gridbridge.cli import main; main(['--help']);"
        "print(sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )

    assert "validate" in done.stdout
    assert [name for name in HEAVY if f"'{name}'" in done.stderr] == []


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="no command"),
        pytest.param(["validat"], id="an unknown command"),
        pytest.param(["stations"], id="no command of a group"),
        pytest.param(["stations", "add"], id="no argument"),
        pytest.param(["schema", "--out"], id="no value"),
    ],
)
def test_the_command_line_is_wrong(arguments: list[str]) -> None:
    assert main(arguments) == ExitCode.USAGE


def test_help_ends_with_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--help"])

    lines = capsys.readouterr().out.splitlines()
    assert code == ExitCode.OK
    for each, meaning in MEANINGS.items():
        assert any(line.split(maxsplit=1) == [str(each.value), meaning] for line in lines)


def test_every_command_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["validate"], ["schema"], ["stations", "add"], ["replay"]):
        main([*command, "--help"])

        assert f"Example: gridbridge {' '.join(command)}" in capsys.readouterr().out
