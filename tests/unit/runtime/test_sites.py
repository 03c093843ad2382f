"""The owner of a site while its store comes and goes."""

from __future__ import annotations

import pytest

from gridbridge.codec import decode
from gridbridge.domain.units import Seconds
from gridbridge.domain.views import SiteView
from gridbridge.runtime.owned import SHOW_ANYWAY
from tests.unit.runtime.bench import A, B, P, bench

SOON = Seconds(2.0)
"""A store that is back is used by then."""


async def test_a_site_is_shared_up_to_its_limit() -> None:
    async with bench() as here:
        assert here.told(A) == here.told(B)
        assert 20.0 < here.told(A) <= 24.0


@pytest.mark.parametrize("outage", [0.3, 5.0, 90.0])
async def test_a_store_that_is_back_is_used_soon(outage: float) -> None:
    async with bench() as here:
        before = here.told(A)
        here.backend.down = True
        await here.clock.advance(Seconds(outage))
        here.backend.down = False
        await here.own()
        here.site_draws(10_000.0)
        await here.clock.advance(SOON)

        assert here.told(A) < before
        assert (await here.store.desired(here.site)).keys() == {A, B}


async def test_an_outage_is_said_once_and_its_end_once(caplog: pytest.LogCaptureFixture) -> None:
    async with bench() as here:
        caplog.set_level("INFO")
        here.backend.down = True
        await here.clock.advance(Seconds(60.0))
        here.backend.down = False
        await here.own()
        await here.clock.advance(SOON)

    said = [record.message for record in caplog.records if record.name.endswith("sites")]
    assert sum("sites_only_cut" in line for line in said) == 1
    assert sum("sites_served" in line for line in said) == 1


async def test_states_that_cannot_be_kept_hold_up_no_stop() -> None:
    async with bench() as here:
        here.backend.down = True

        await here.worker.drain()


async def test_a_partition_that_another_has_is_not_served() -> None:
    async with bench() as here:
        here.worker.own({})
        before = len(here.backend.logs[f"partition {P}"].entries)
        here.site_draws(20_000.0)
        await here.clock.advance(SOON)

        written = here.backend.logs[f"partition {P}"].entries[before:]
        assert [type(entry.recorded.fact).__name__ for entry in written] == ["Metered"]


async def test_a_site_where_nothing_happens_is_shown_all_the_same() -> None:
    async with bench() as here:
        await here.clock.advance(Seconds(70.0))
        ages = []
        for _ in range(40):
            # A lease that nobody renews would run out in this.
            await here.own()
            await here.clock.advance(Seconds(5.0))
            document = await here.store.view(here.site)
            assert document is not None
            ages.append(here.clock.now() - decode(document, SiteView).at)

    assert max(ages) <= SHOW_ANYWAY + 5.0
