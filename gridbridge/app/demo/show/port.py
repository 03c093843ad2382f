"""What every way of showing the demo can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gridbridge.app.demo.frame import Frame
    from gridbridge.app.demo.news import News
    from gridbridge.app.demo.outcome import Outcome


class Show(Protocol):
    """Called in this order: preparing once, news and frames many times, finished once."""

    def preparing(self) -> None:
        """Everything is being started."""
        ...

    def news(self, news: News) -> None:
        """Something happened."""
        ...

    def frame(self, frame: Frame) -> None:
        """A moment, about four times a second."""
        ...

    def finished(self, outcome: Outcome) -> None:
        """It is over."""
        ...
