"""Cars that could give back and never may, or whose giving back is not understood yet."""

from __future__ import annotations

from gridbridge.config.problems import Findings
from gridbridge.domain.site import Site


def check_discharge(site: Site, findings: Findings) -> None:
    """Tell a site with V2X EVSEs where nothing may be fed back and no load is known to take it.

    With a meter, cars may still feed what it shows the loads of the site to draw. Behind a delta
    winding, what one car draws and another gives may add up: refused.
    """
    able = [
        f"{station.id}/{evse.ref.evse}"
        for station in site.stations
        for evse in station.evses
        if evse.v2x is not None and evse.v2x.max_discharge_w > 0
    ]
    if not able:
        return
    if site.circuits[0].delta_fed:
        words = f"v2x ({', '.join(able)}) behind a delta-wye transformer is not supported yet"
        findings.error(
            "sites", site.id, "circuits", site.circuits[0].name, "secondary", message=words
        )
    if site.export_w <= 0 and site.meter is None:
        words = (
            f"{', '.join(able)} never discharge{'s' if len(able) == 1 else ''}: export_kw is 0 "
            "and no meter shows a load that could use it"
        )
        findings.warning("sites", site.id, "export_kw", message=words)
