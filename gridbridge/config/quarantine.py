"""One bad site file is left out alone, so that a slip in it does not stop every other site.

Only an included file that holds nothing but sites can be: what else a file holds is shared.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gridbridge.config.loading import Loaded, Rejected, load
from gridbridge.config.problems import Problem, Quarantined, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def load_to_run(path: Path, environment: Mapping[str, str]) -> Loaded | Rejected:
    """Load as `load` does, without the site files that hold an error.

    Of two files with the same site or station the later one in the order of inclusion is left
    out. Rejected, with all problems, where an error stands anywhere else: in the main file, in
    an included one that holds more than sites, or in the environment.
    """
    told: dict[Problem, None] = {}
    bad: frozenset[str] = frozenset()
    while True:
        result = load(path, environment, without=bad)
        if isinstance(result, Loaded):
            return replace(result, quarantined=_by_file(bad, told))
        told |= dict.fromkeys(result.problems)
        wrong = {each.file for each in result.problems if each.severity is Severity.ERROR}
        if not wrong <= result.site_files - bad:
            return replace(result, problems=tuple(told))
        # What is left out may have hidden what is wrong elsewhere, so it is looked at again.
        bad |= wrong


def _by_file(files: frozenset[str], told: Mapping[Problem, None]) -> tuple[Quarantined, ...]:
    return tuple(
        Quarantined(file=file, problems=tuple(each for each in told if each.file == file))
        for file in sorted(files)
    )
