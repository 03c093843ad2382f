"""``gridbridge stations``: who may connect, and with which password."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from gridbridge.cli.exit_codes import ExitCode
from gridbridge.cli.loading import configuration
from gridbridge.cli.options import DEFAULT_CONFIG, Config, Json

if TYPE_CHECKING:
    from gridbridge.config import Loaded
    from gridbridge.domain.ids import StationId

Identity: TypeAlias = Annotated[
    str, typer.Argument(metavar="ID", help="The identity it connects with.")
]


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    stations = typer.Typer(help="Let stations in, and out.", no_args_is_help=True)
    stations.callback()(_group)
    stations.command()(add)
    stations.command()(remove)
    app.add_typer(stations, name="stations")


def _group() -> None:
    """Let stations in, and out."""


def add(
    station: Identity,
    *,
    config: Config = DEFAULT_CONFIG,
    rotate: Annotated[bool, typer.Option("--rotate", help="Replace the password it has.")] = False,
    as_json: Json = False,
) -> None:
    """Make a password for a station and print it, this once, with the URL to connect to.

    Only a salted hash is kept, in one file in ocpp.credentials_dir.

    Example: gridbridge stations add CP-1 --config config/gridbridge.yaml
    """
    from gridbridge.config.credentials import credential, credential_file, new_key

    identity = _identity(station)
    loaded = configuration(config)
    _warn_of_stranger(identity, loaded, config)
    key = new_key()
    path = credential_file(loaded.ocpp.credentials_dir, identity)
    try:
        _write(path, credential(key) + "\n", replace=rotate)
    except FileExistsError:
        typer.echo(f"{identity} has a password already; --rotate replaces it", err=True)
        raise typer.Exit(ExitCode.FAILED) from None
    except OSError as error:
        typer.echo(f"{path}: cannot be written: {error.strerror}", err=True)
        raise typer.Exit(ExitCode.FAILED) from None
    told = {
        "station": identity,
        "url": _url(loaded, identity),
        "password": key,
        # OCPP 1.6 security whitepaper: stations are often given AuthorizationKey in hex.
        "password_hex": key.encode().hex(),
    }
    lines = [f"{name.replace('_', ' ')}: {value}" for name, value in told.items()]
    typer.echo(json.dumps(told, indent=2) if as_json else "\n".join(lines))


def remove(station: Identity, *, config: Config = DEFAULT_CONFIG) -> None:
    """Delete the password of a station: it is refused from its next connection on.

    A connection that stands is not cut. Exits with 1 if the station has no password.

    Example: gridbridge stations remove CP-1 --config config/gridbridge.yaml
    """
    from gridbridge.config.credentials import credential_file

    identity = _identity(station)
    path = credential_file(configuration(config).ocpp.credentials_dir, identity)
    try:
        path.unlink()
    except FileNotFoundError:
        typer.echo(f"{identity} has no password", err=True)
        raise typer.Exit(ExitCode.FAILED) from None
    except OSError as error:
        typer.echo(f"{path}: cannot be deleted: {error.strerror}", err=True)
        raise typer.Exit(ExitCode.FAILED) from None
    typer.echo(f"{identity} is refused from its next connection on")


def _identity(station: str) -> StationId:
    from gridbridge.domain.ids import InvalidIdError, station_id

    try:
        return station_id(station)
    except InvalidIdError as error:
        raise typer.BadParameter(str(error), param_hint="ID") from None


def _warn_of_stranger(identity: StationId, loaded: Loaded, config: Path) -> None:
    """A station may get its password first; a slip in its name is to be seen at once."""
    from gridbridge.config.problems import nearest

    known = [station.id for site in loaded.sites for station in site.stations]
    if identity in known:
        return
    near = nearest(identity, [str(each) for each in known])
    hint = f" (did you mean {near}?)" if near else ""
    typer.echo(
        f"warning: {identity} is in no site of {config}{hint}: the gateway refuses it until a "
        "site lists it and the gateway was started again",
        err=True,
    )


def _write(path: Path, text: str, *, replace: bool) -> None:
    """Write a file that only we may read, whole or not at all.

    Raises FileExistsError where there is one and it is not to be replaced.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    try:
        if replace:
            beside.replace(path)
        else:
            # Unlike a check before the rename, a link never replaces what another just wrote.
            path.hardlink_to(beside)
    finally:
        beside.unlink(missing_ok=True)


def _url(loaded: Loaded, identity: str) -> str:
    """Where the station connects; a listener on every address is reached by this host's name."""
    import socket
    from urllib.parse import quote

    listener = loaded.ocpp.listeners[0]
    host = listener.listen.host
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not listened on
        host = socket.gethostname()
    if ":" in host:
        host = f"[{host}]"
    scheme = "wss" if listener.certificates else "ws"
    path = listener.paths[0].replace("{id}", quote(identity, safe=""))
    return f"{scheme}://{host}:{listener.listen.port}{path}"
