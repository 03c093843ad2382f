"""``gridbridge replay``: what was recorded, decided again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from gridbridge.cli.exit_codes import ExitCode
from gridbridge.cli.gateway_api import failed, print_json, print_table, shown
from gridbridge.cli.loading import configuration
from gridbridge.cli.moments import instant
from gridbridge.cli.options import DEFAULT_CONFIG, Config, Json

if TYPE_CHECKING:
    from gridbridge.config import Loaded
    from gridbridge.domain.ids import SiteId
    from gridbridge.domain.units import Instant
    from gridbridge.engine.replay.recording import Recording, Rules

_FROM, _TO = "--from", "--to"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)


def replay(
    *,
    site: Annotated[str, typer.Option("--site", metavar="ID", help="The site.")],
    config: Config = DEFAULT_CONFIG,
    start: Annotated[
        str | None, typer.Option(_FROM, metavar="TIME", help="Since when.  [the beginning]")
    ] = None,
    end: Annotated[
        str | None, typer.Option(_TO, metavar="TIME", help="Until when.  [the newest entry]")
    ] = None,
    archive: Annotated[
        Path | None,
        typer.Option("--archive", metavar="DIR", help="Read this archive alone, and no store."),
    ] = None,
    other: Annotated[
        Path | None,
        typer.Option("--with", metavar="FILE", help="Compare with this configuration instead."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Decide again what was decided for a site, from the same facts, and compare byte by byte.

    Facts and decisions come from the store and the archive of the configuration; nothing is
    written to them, and a gateway may run meanwhile. Times are ISO 8601 with a zone. That the
    gateway should have decided at a time when it did not is not found out.

    With --with the facts are folded by both configurations, and what that comes to is compared:
    energy, peak, time above the limit, fairness, writes.

    Exits with 1 at the first decision that differs (without --with), and where nothing is
    recorded of that time.

    Example: gridbridge replay --site depot --from 2027-07-01T14:00:00Z
    """
    from gridbridge.domain.units import FOREVER, Instant

    since = Instant(0.0) if start is None else instant(start, option=_FROM)
    until = FOREVER if end is None else instant(end, option=_TO)
    loaded = configuration(config)
    rules = _rules(loaded, site, config)
    against = None if other is None else (other, _rules(configuration(other), site, other))
    recording = _recording(loaded, rules.site.id, since=since, until=until, archive=archive)
    if against is None:
        _tell_sameness(rules, recording, since=since, until=until, as_json=as_json)
    else:
        both = ((config, rules), against)
        _tell_comparison(both, recording, since=since, until=until, as_json=as_json)


def _tell_sameness(
    rules: Rules, recording: Recording, *, since: Instant, until: Instant, as_json: bool
) -> NoReturn:
    from gridbridge.cli import sameness
    from gridbridge.engine.replay.sameness import compare

    site = rules.site.id
    found = compare(rules, recording, since=since, until=until)
    if found.difference is None and not found.same:
        failed(f"{site}: nothing was decided in that time, as far as is recorded")
    if as_json:
        print_json(sameness.as_data(site, rules.config, found))
    else:
        for line in sameness.lines(site, rules.config, found):
            typer.echo(shown(line))
    raise typer.Exit(ExitCode.OK if found.difference is None else ExitCode.FAILED)


def _tell_comparison(
    both: tuple[tuple[Path, Rules], tuple[Path, Rules]],
    recording: Recording,
    *,
    since: Instant,
    until: Instant,
    as_json: bool,
) -> None:
    from gridbridge.cli.comparison import Comparison, Policy
    from gridbridge.engine.replay.course import fold

    site = both[0][1].site.id
    times = [each.recorded.at for each in recording.entries]
    start, end = max([since, *times[:1]]), min(until, max(times, default=since))
    if start >= end:
        failed(f"{site}: nothing is recorded of that time")
    one, two = (
        Policy(
            name=str(path),
            config=rules.config,
            stations=frozenset(station.id for station in rules.site.stations),
            figures=fold(rules, recording, since=start, until=end),
        )
        for path, rules in both
    )
    told = Comparison(site=site, start=start, end=end, policies=(one, two))
    if as_json:
        print_json(told.as_data())
        return
    print_table(told.table())
    for note in told.notes():
        typer.echo(shown(note))


def _rules(loaded: Loaded, site: str, config: Path) -> Rules:
    """What one site is decided by; a site that is not there ends the command."""
    from gridbridge.config.problems import nearest
    from gridbridge.engine.replay.recording import Rules

    sites = {str(each.id): each for each in loaded.sites}
    if site not in sites:
        near = nearest(site, list(sites))
        failed(f"{config} has no site {site}" + (f": did you mean {near}?" if near else ""))
    return Rules(
        site=sites[site],
        programs={program.name: program for program in loaded.programs},
        config=loaded.config_hash,
    )


def _recording(
    loaded: Loaded, site: SiteId, *, since: Instant, until: Instant, archive: Path | None
) -> Recording:
    import asyncio

    from gridbridge.app.recorded import NotRecordedError, recorded
    from gridbridge.app.starting import NotReadyError
    from gridbridge.cli.logs import log_to_stderr

    log_to_stderr("error")
    try:
        return asyncio.run(recorded(loaded, site, since=since, until=until, archive=archive))
    except (NotRecordedError, NotReadyError) as error:
        failed(str(error))
