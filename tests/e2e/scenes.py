"""Scenes that play side by side: most of what each does is wait for the clock on the wall.

Those of all tests that were asked for begin with the first of them, a few at a time, on a loop in
a thread of its own: what tests do meanwhile keeps no station from answering. Each test waits for
its scene where it stands, and tells its failure.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from functools import partial, update_wrapper
from threading import Thread
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path
    from types import TracebackType

    import pytest

AT_ONCE = 4
"""Each is one or two gateways and a VTN: mostly idle, and a few seconds of a core to start."""

Figures = dict[str, float]
Play = Callable[..., Awaitable[Figures | None]]


class Stage:
    """Plays scenes until the block ends."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="stage")
        self._places = asyncio.Semaphore(AT_ONCE)
        self._scenes: dict[str, Future[Any]] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(_cancel_all(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def begin(self, name: str, play: Callable[[], Awaitable[Any]]) -> None:
        """Play a scene as soon as there is room for it."""
        self._scenes[name] = asyncio.run_coroutine_threadsafe(self._in_turn(play), self._loop)

    def end(self, name: str) -> Any:  # noqa: ANN401 - whatever the scene hands back
        """Wait for a scene; what it hands back or raises."""
        return self._scenes[name].result()

    async def _in_turn(self, play: Callable[[], Awaitable[Any]]) -> Any:  # noqa: ANN401 - the same
        async with self._places:
            return await play()


async def _cancel_all() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def scene(play: Play) -> Callable[..., None]:
    """Make a test of a scene.

    The scene gets a folder of its own as `tmp_path` and the columns of its table by their names.
    The figures that it hands back are kept with the test's result.
    """

    def test(
        stage: Stage,
        request: pytest.FixtureRequest,
        record_property: Callable[[str, object], None],
        **_columns: object,
    ) -> None:
        figures = stage.end(request.node.nodeid) or {}
        for name, figure in figures.items():
            record_property(name, round(figure, 2))

    fixtures = list(inspect.signature(test).parameters.values())[:-1]
    columns = [it for it in inspect.signature(play).parameters.values() if it.name != "tmp_path"]
    signature = inspect.Signature([*fixtures, *columns])
    update_wrapper(test, play)
    test.__signature__ = signature  # type: ignore[attr-defined]  # pytest asks for what is in it
    return test


def scene_of(
    test: pytest.Function, folder: Path
) -> Callable[[], Awaitable[Figures | None]] | None:
    """What a test waits for; None where it is of no scene."""
    play = getattr(test.function, "__wrapped__", None)
    if play is None:
        return None
    columns = test.callspec.params if hasattr(test, "callspec") else {}
    return partial(play, tmp_path=folder, **columns)
