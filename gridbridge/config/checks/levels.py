"""SIMPLE levels that allow more as they rise: told, for a utility may have meant it so.

OpenADR leaves to each program what its levels mean, so this stops nobody; but 1 moderate, 2 high
and 3 special are read as ever more urgent, and a slip here gives power back in an emergency.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gridbridge.config.problems import Findings
from gridbridge.domain.events import SignalKind
from gridbridge.domain.programs import Basis, LevelRule, Program
from gridbridge.domain.site import Site
from gridbridge.domain.units import Watts
from gridbridge.policy.enrolled import SiteBasis
from gridbridge.policy.signals import asked

_ROUNDING = 1e-6


def check_levels(programs: Sequence[Program], sites: Sequence[Site], findings: Findings) -> None:
    """Tell each level that allows a site more than a lower one does."""
    for program in programs:
        bases = list(_bases(program, sites))
        for level in sorted(program.simple):
            for lower in (each for each in sorted(program.simple) if each < level):
                looser = [name for name, basis in bases if _loosens(program, lower, level, basis)]
                if looser:
                    words = _words(program, lower, level, looser)
                    at = ("programs", program.name, "signals", "SIMPLE", str(level))
                    findings.warning(*at, message=words)
                    break


def _bases(program: Program, sites: Sequence[Site]) -> Iterator[tuple[str, SiteBasis]]:
    for site in sites:
        for enrolment in site.enrolments:
            if enrolment.program == program.name:
                yield (
                    site.id,
                    SiteBasis(
                        import_w=site.import_w,
                        # Of use only to compare shares of it with each other.
                        nameplate_w=Watts(1.0),
                        nominated_w=enrolment.nominated_w,
                    ),
                )


def _loosens(program: Program, lower: int, level: int, basis: SiteBasis) -> bool:
    if not _comparable(program.simple[lower], program.simple[level]):
        return False
    first, second = (
        asked(program, SignalKind.SIMPLE, number, basis).max_import for number in (lower, level)
    )
    return first is not None and second is not None and second > first + _ROUNDING


def _comparable(one: LevelRule, other: LevelRule) -> bool:
    """What the nameplate is follows from the wiring, which only the engine puts together."""
    shares = [each.basis is Basis.PCT_OF_NAMEPLATE for each in (one, other)]
    return all(shares) or not any(shares) or Basis.PAUSE in {one.basis, other.basis}


def _words(program: Program, lower: int, level: int, sites: Sequence[str]) -> str:
    more = f" and {len(sites) - 1} more" if len(sites) > 1 else ""
    return (
        f"SIMPLE {level} ({program.simple[level]}) allows more than SIMPLE {lower} "
        f"({program.simple[lower]}) at {sites[0]}{more}: a higher level should ask for more"
    )
