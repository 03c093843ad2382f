"""A server on a free port for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.adapters.http.samples import Bench, full_bench

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with full_bench() as it:
        yield it
