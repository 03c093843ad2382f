"""``gridbridge run``: the gateway, until it is told to stop."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from gridbridge.cli.exit_codes import ExitCode
from gridbridge.cli.loading import configuration
from gridbridge.cli.options import DEFAULT_CONFIG, Config

if TYPE_CHECKING:
    from gridbridge.config import Loaded


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(run)


def run(
    *,
    config: Config = DEFAULT_CONFIG,
    log_level: Annotated[
        str, typer.Option(help="debug, info, warning or error.", envvar="GRIDBRIDGE_LOG_LEVEL")
    ] = "info",
) -> None:
    """Run the gateway. SIGTERM and Ctrl-C drain it: states are kept, leases let go.

    A site file that is included and holds an error is left out alone, and said in the log, in
    ``gridbridge status`` and in the metrics; any other error stops the start.

    Logs go to stderr: JSON, or text where stderr is a terminal.
    """
    from gridbridge.cli.logs import UnknownLevelError, log_to_stderr

    loaded = configuration(config)
    try:
        log_to_stderr(log_level)
    except UnknownLevelError as error:
        raise typer.BadParameter(str(error), param_hint="--log-level") from None
    raise typer.Exit(_served(loaded))


def _served(loaded: Loaded) -> ExitCode:
    import asyncio

    if sys.platform == "win32":
        return asyncio.run(_serve(loaded))
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_serve(loaded))


async def _serve(loaded: Loaded) -> ExitCode:
    import asyncio
    import signal

    from gridbridge.app import Gateway, NotReadyError

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        async with Gateway(loaded) as gateway:
            ended = asyncio.create_task(gateway.wait())
            stopped = asyncio.create_task(stop.wait())
            await asyncio.wait((ended, stopped), return_when=asyncio.FIRST_COMPLETED)
            failed = ended.done()
            for task in (ended, stopped):
                task.cancel()
    except NotReadyError as error:
        typer.echo(str(error), err=True)
        return ExitCode.FAILED
    return ExitCode.FAILED if failed else ExitCode.OK
