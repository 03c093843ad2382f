"""Cars that could give back and never may: told, for somebody wrote what they can do."""

from __future__ import annotations

from gridbridge.config.problems import Findings
from gridbridge.domain.site import Site


def check_discharge(site: Site, findings: Findings) -> None:
    """Tell a site with V2X EVSEs where nothing may be fed back and no load is known to take it.

    With a meter, cars may still feed what it shows the loads of the site to draw.
    """
    if site.export_w > 0 or site.meter is not None:
        return
    able = [
        f"{station.id}/{evse.ref.evse}"
        for station in site.stations
        for evse in station.evses
        if evse.v2x is not None and evse.v2x.max_discharge_w > 0
    ]
    if able:
        words = (
            f"{', '.join(able)} never discharge{'s' if len(able) == 1 else ''}: export_kw is 0 "
            "and no meter shows a load that could use it"
        )
        findings.warning("sites", site.id, "export_kw", message=words)
