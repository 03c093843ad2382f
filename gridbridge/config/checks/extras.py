"""What is written and needs a package that is not installed."""

from __future__ import annotations

from importlib.util import find_spec

from gridbridge.config.problems import Findings
from gridbridge.domain.site import Objective, Site

SOLVER = "highspy"


def check_extras(site: Site, findings: Findings, *, solver: str = SOLVER) -> None:
    """Refuse a site that shares for throughput where there is nothing to solve that with."""
    if site.objective is Objective.THROUGHPUT and find_spec(solver) is None:
        words = (
            f"objective: throughput needs the package {solver}: install the extra plan "
            "(pip install 'gridbridge[plan]')"
        )
        findings.error("sites", site.id, "objective", message=words)
