"""A server of each test's own: these tests kill it, wipe it and look at its files."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gridbridge_redis.embedded import EmbeddedValkey

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder whose path is short enough for a socket, unlike pytest's."""
    with tempfile.TemporaryDirectory(prefix="gb-") as folder:
        yield Path(folder)


@pytest.fixture
async def server(data_dir: Path) -> AsyncIterator[EmbeddedValkey]:
    """A running server."""
    async with EmbeddedValkey(data_dir) as running:
        yield running


async def until(condition: Callable[[], bool]) -> None:
    """Return once the condition holds; the test's own timeout bounds it."""
    while not condition():  # noqa: ASYNC110 - other processes send no events
        await asyncio.sleep(0.01)
