"""Live tables on a terminal; when it is over the closing tables stay."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from gridbridge.app.demo.show import tables

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from rich.table import Table

    from gridbridge.app.demo.frame import Frame
    from gridbridge.app.demo.news import News
    from gridbridge.app.demo.outcome import Outcome

_NEWS = 30
_LEAST_NEWS = 3
_ENOUGH_NEWS = 8
"""Before this many, nothing else gets more lines than it needs."""
_LEGEND = "holds: accepted   asked: no answer yet   kW by meter and by physics"
_EVENTS_HEAD = 2
"""Lines that a table of events takes beside its rows."""


class LiveTables:
    """Owns the terminal for as long as the context is open."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.shown: RenderableType = ""
        """What the terminal shows now."""
        self._news: deque[str] = deque(maxlen=_NEWS)
        self._live = Live(console=console, auto_refresh=False, screen=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def preparing(self) -> None:
        """Say so."""
        self._show(Text("Starting Valkey, gateway, VTN and stations ..."))

    def news(self, news: News) -> None:
        """Keep it for the next frame."""
        self._news.append(f"{news.story_s:5.1f} s  {news.kind:<8} {news.subject}: {news.text}")

    def frame(self, frame: Frame) -> None:
        """Show what fits: the sites, under the events and above the news.

        Where lines are left, reasons that are too long take as many as they need.
        """
        width, height = self._console.size
        head = Text(f"gridbridge demo   {max(0.0, frame.story_s):4.1f} s   ", style="bold")
        head.append(_LEGEND, style="not bold dim")
        head.truncate(width, overflow="ellipsis")
        sites = [tables.site(site, width=width) for site in frame.sites]
        left = height - 1 - self._lines(sites)
        events = tables.events(frame, width=width, rows=left - _LEAST_NEWS - _EVENTS_HEAD)
        above = [] if events is None else [events]
        left -= self._lines(above)
        full = [tables.site(site, width=width, wrapped=True) for site in frame.sites]
        more = self._lines(full) - self._lines(sites)
        if more <= left - min(len(self._news), _ENOUGH_NEWS):
            sites, left = full, left - more
        news = Text(
            "\n".join(list(self._news)[-left:] if left > 0 else ()),
            no_wrap=True,
            overflow="ellipsis",
        )
        self._show(Group(head, *above, *sites, news))

    def finished(self, outcome: Outcome) -> None:
        """Give the terminal back and leave the closing tables on it."""
        self._live.stop()
        for table in tables.closing(outcome):
            self._console.print(table, "")
        for line in tables.last_lines(outcome):
            style = "bold red" if line.startswith("FAILED") else None
            self._console.print(Text(line, style=style or ""))

    def _show(self, shown: RenderableType) -> None:
        self.shown = shown
        self._live.update(shown, refresh=True)

    def _lines(self, tables: Sequence[Table]) -> int:
        return sum(len(self._console.render_lines(table)) for table in tables)
