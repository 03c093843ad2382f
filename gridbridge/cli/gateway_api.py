"""How commands ask a running gateway: its HTTP API, read only."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeAlias

import typer

from gridbridge.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.table import Table

DEFAULT_URL = "http://127.0.0.1:8080"
TIMEOUT_S = 10.0
PIPED_WIDTH = 200
"""Columns where no terminal says how many it has: a table in a pipe is not to be folded."""

Url: TypeAlias = Annotated[
    str, typer.Option("--url", envvar="GRIDBRIDGE_URL", help="Where the gateway serves HTTP.")
]


def fetched(url: str, path: str) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """The JSON at `path` of the gateway at `url`.

    Anything else ends the command: with the gateway's own words on stderr, or with the reason why
    it cannot be reached. Proxies of the environment are not used.
    """
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import ProxyHandler, build_opener

    base = url.rstrip("/")
    if not base.startswith(("http://", "https://")):
        raise typer.BadParameter(f"{url!r} does not start with http:// or https://",
                                 param_hint="--url")  # fmt: skip
    try:
        with build_opener(ProxyHandler({})).open(base + path, timeout=TIMEOUT_S) as answer:
            return json.load(answer)
    except HTTPError as error:
        with error:
            failed(_detail(error.read()) or f"{base}{path}: {error.code} {error.reason}")
    except (OSError, HTTPException) as error:
        failed(
            f"no gateway answers at {base}: {_reason(error)}; --url or GRIDBRIDGE_URL says where "
            "it serves HTTP"
        )
    except ValueError:
        failed(f"{base}{path}: the answer is not a gateway's")


@contextmanager
def understood(url: str) -> Iterator[None]:
    """Read what was fetched; a member that is not there ends the command, by its name."""
    try:
        yield
    except KeyError as error:
        failed(f"the gateway at {url} tells no {error}: is it older than this command?")


def failed(words: str) -> NoReturn:
    """End the command: say why on stderr."""
    typer.echo(f"gridbridge: {shown(words)}", err=True)
    raise typer.Exit(ExitCode.FAILED)


def print_json(data: object) -> None:
    """What the gateway said, as it said it."""
    typer.echo(json.dumps(data, indent=2, ensure_ascii=False))


def print_table(table: Table) -> None:
    """A table on stdout, as wide as the terminal."""
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=PIPED_WIDTH)
    console.print(table)


def table_of(title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Table:
    """A table whose cells are text and never markup."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(shown(cell)) for cell in row))
    return table


def shown(text: str) -> str:
    """A name as a terminal may show it: what would steer the terminal is replaced."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def kw(watts: float | None) -> str:
    """Watts as kW."""
    return "-" if watts is None else f"{watts / 1000:.1f} kW"


def _reason(error: Exception) -> str:
    """Why it cannot be reached, without the numbers of an operating system."""
    cause = getattr(error, "reason", error)
    return getattr(cause, "strerror", None) or str(cause)


def _detail(body: bytes) -> str | None:
    """The words of a problem document (RFC 9457); None where the body is none."""
    try:
        problem = json.loads(body)
    except ValueError:
        return None
    detail = problem.get("detail") if isinstance(problem, dict) else None
    return detail if isinstance(detail, str) else None
