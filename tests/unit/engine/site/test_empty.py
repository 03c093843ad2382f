"""A site that is configured before its first station."""

from __future__ import annotations

from gridbridge.domain.units import Instant
from tests.unit.engine.site.sites import Driven, depot


def test_a_site_without_stations_is_decided_upon_like_any_other() -> None:
    driven = Driven(depot(stations=0))
    driven.event(2, start=driven.now, end=Instant(driven.now + 60.0))

    driven.run(120.0)

    view = driven.engine.view(driven.now)
    assert view.power == 0.0
    assert view.stations == ()
