"""The entry point: finds the commands, runs one, and turns what happens into an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pkgutil import iter_modules

import typer

from gridbridge.cli import commands
from gridbridge.cli.exit_codes import ExitCode, exit_code_table

# Typer shows BadParameter but not the class above it, which every usage error is.
_USAGE_ERROR: tuple[type[BaseException], ...] = typer.BadParameter.__bases__


def build_app() -> typer.Typer:
    """The application with every command found in ``gridbridge.cli.commands``."""
    app = typer.Typer(
        name="gridbridge",
        help="A gateway between the power grid and EV chargers: OpenADR in, OCPP out.",
        # \b keeps the lines of the table apart.
        epilog=f"\b\nExit codes:\n{exit_code_table()}",
        no_args_is_help=True,
        rich_markup_mode=None,
        # A traceback with the values of variables would show secrets.
        pretty_exceptions_enable=False,
    )
    app.callback()(_root)
    for module in iter_modules(commands.__path__):
        import_module(f"{commands.__name__}.{module.name}").register(app)
    return app


def _root() -> None:
    """Nothing is common to all commands; with a callback, even one alone is named."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command with the arguments (those of the process if None); the exit code."""
    try:
        code = build_app()(
            args=None if arguments is None else list(arguments),
            prog_name="gridbridge",
            standalone_mode=False,
        )
    except _USAGE_ERROR as error:
        error.show()  # type: ignore[attr-defined] # click's, behind typer's back
        return ExitCode.USAGE
    except (KeyboardInterrupt, typer.Abort):
        print(file=sys.stderr)  # noqa: T201 - the shell's prompt goes below ^C
        return ExitCode.INTERRUPTED
    return int(code or ExitCode.OK)
