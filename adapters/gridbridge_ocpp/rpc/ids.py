"""Ids for our calls."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Callable


def message_ids() -> Callable[[], str]:
    """Ids that no other socket has, as a random part of its own leads them."""
    # OCPP-J: at most 36 characters.
    lead = uuid4().hex[:24]
    numbers = count(1)
    return lambda: f"{lead}-{next(numbers)}"
