"""Live tables on a terminal; when it is over the closing tables stay."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Self

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from gridbridge.app.demo.show import tables

if TYPE_CHECKING:
    from types import TracebackType

    from gridbridge.app.demo.frame import Frame
    from gridbridge.app.demo.news import News
    from gridbridge.app.demo.outcome import Outcome

_NEWS = 8


class LiveTables:
    """Owns the terminal for as long as the context is open."""

    def __init__(self, console: Console) -> None:
        self._console = console
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
        self._live.update(Text("Starting Valkey, gateway, VTN and stations ..."), refresh=True)

    def news(self, news: News) -> None:
        """Keep it for the next frame."""
        self._news.append(f"{news.story_s:5.1f} s  {news.kind:<8} {news.subject}: {news.text}")

    def frame(self, frame: Frame) -> None:
        """Show everything."""
        head = Text(f"gridbridge demo   {max(0.0, frame.story_s):4.1f} s", style="bold")
        news = Text("\n".join(self._news), no_wrap=True, overflow="ellipsis")
        sites = (tables.site(site) for site in frame.sites)
        self._live.update(Group(head, tables.events(frame), *sites, news), refresh=True)

    def finished(self, outcome: Outcome) -> None:
        """Give the terminal back and leave the closing tables on it."""
        self._live.stop()
        for table in tables.closing(outcome):
            self._console.print(table)
        for line in tables.last_lines(outcome):
            style = "bold red" if line.startswith("FAILED") else None
            self._console.print(Text(line, style=style or ""))
