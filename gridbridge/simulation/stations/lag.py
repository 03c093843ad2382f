"""The lag between an answer and the power: a value that is followed some seconds late."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Lagged(Generic[T]):
    """Follows each change of a value after a delay of its own, in order."""

    def __init__(self, value: T) -> None:
        self.value = value
        """What is obeyed now."""
        self._pending: deque[tuple[float, T]] = deque()

    def reset(self, value: T) -> None:
        """Obey this at once."""
        self._pending.clear()
        self.value = value

    def follow(self, value: T, *, now: float, lag: Callable[[], float]) -> None:
        """Obey this `lag()` seconds from now; obey what has waited long enough."""
        newest = self._pending[-1][1] if self._pending else self.value
        if value != newest:
            due = now + lag()
            # A later change is never obeyed before an earlier one.
            if self._pending:
                due = max(due, self._pending[-1][0])
            self._pending.append((due, value))
        while self._pending and self._pending[0][0] <= now:
            self.value = self._pending.popleft()[1]
