"""The exit codes of all commands, in one table that ``--help`` prints."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a script can rely on."""

    OK = 0
    FAILED = 1
    USAGE = 64
    """sysexits.h, EX_USAGE. The usual 2 would look like a `plan` that found changes."""
    INTERRUPTED = 130
    """128 + SIGINT."""
    TERMINATED = 143
    """128 + SIGTERM."""


MEANINGS = {
    ExitCode.OK: "done",
    ExitCode.FAILED: "failed, or what was checked is not as it should be",
    ExitCode.USAGE: "the command line is wrong",
    ExitCode.INTERRUPTED: "stopped by Ctrl-C",
    ExitCode.TERMINATED: "stopped by SIGTERM before it was done; `run` drains and is done",
}


def exit_code_table() -> str:
    """One line a code."""
    return "\n".join(f"{code.value:>4}  {meaning}" for code, meaning in MEANINGS.items())
