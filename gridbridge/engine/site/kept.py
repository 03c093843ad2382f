"""What was worked out for a site lately and may be needed again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable

T = TypeVar("T")


class Kept(Generic[T]):
    """Keeps what was asked for since the last pass but one, and some more where that is little.

    At least the last `room` values asked for are kept; how many a pass asks for is no matter.
    """

    def __init__(self, *, room: int) -> None:
        self._room = room
        self._lately: dict[Hashable, T] = {}
        self._before: dict[Hashable, T] = {}

    def begin_pass(self) -> None:
        """A new look at the whole site begins: what was not asked for lately may go."""
        if len(self._lately) >= self._room:
            self._before, self._lately = self._lately, {}

    def find(self, key: Hashable) -> T | None:
        """What is known under a key."""
        found = self._lately.get(key)
        if found is None and (found := self._before.get(key)) is not None:
            self._lately[key] = found
        return found

    def keep(self, key: Hashable, value: T) -> T:
        """Remember a value, and hand it back."""
        self._lately[key] = value
        return value
