"""``gridbridge demo``: a utility, a fleet and the gateway on this machine, for a minute."""

from __future__ import annotations

import sys

import typer

from gridbridge.cli.exit_codes import ExitCode
from gridbridge.cli.options import Json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(*, as_json: Json = False) -> None:
    """Play a minute of demand response against simulated stations, and judge it.

    Starts an embedded Valkey, an OpenADR 2.0b VTN, the gateway as `gridbridge run` runs it, and
    eight stations of OCPP 1.6, 2.0.1 and 2.1, all on loopback. Exits with 1 where a limit was
    exceeded, or an event not obeyed or not answered.

    Example: gridbridge demo --json | tail -n 1
    """
    import asyncio
    import signal
    from contextlib import ExitStack

    from rich.console import Console

    from gridbridge.app.demo import DemoError, JsonLines, Lines, LiveTables, Show, perform
    from gridbridge.cli.logs import log_to_stderr

    log_to_stderr("error")
    # SIGTERM ends it as Ctrl-C does, so that nothing is left running.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as stack:
        show: Show
        if as_json:
            show = JsonLines(sys.stdout)
        elif sys.stdout.isatty():
            show = stack.enter_context(LiveTables(Console(markup=False, highlight=False)))
        else:
            show = Lines(sys.stdout)
        try:
            outcome = asyncio.run(perform(show))
        except DemoError as error:
            stack.close()
            typer.echo(f"gridbridge demo: {error}", err=True)
            raise typer.Exit(ExitCode.FAILED) from None
    raise typer.Exit(ExitCode.OK if outcome.passed else ExitCode.FAILED)
