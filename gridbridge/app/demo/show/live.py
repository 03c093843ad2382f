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

    from rich.table import Table

    from gridbridge.app.demo.frame import Frame
    from gridbridge.app.demo.news import News
    from gridbridge.app.demo.outcome import Outcome

_NEWS = 20
_LEAST_NEWS = 3


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
        """Show all that fits: the sites, then the news, then the events above them."""
        head = Text(f"gridbridge demo   {max(0.0, frame.story_s):4.1f} s", style="bold")
        sites = [tables.site(site, width=self._console.width) for site in frame.sites]
        left = self._console.height - 1 - sum(map(_lines, sites))
        events = tables.events(frame)
        shown = [events] if _lines(events) + _LEAST_NEWS <= left else []
        left -= sum(map(_lines, shown))
        news = Text(
            "\n".join(list(self._news)[-left:] if left > 0 else ()),
            no_wrap=True,
            overflow="ellipsis",
        )
        self._live.update(Group(head, *shown, *sites, news), refresh=True)

    def finished(self, outcome: Outcome) -> None:
        """Give the terminal back and leave the closing tables on it."""
        self._live.stop()
        for table in tables.closing(outcome):
            self._console.print(table, "")
        for line in tables.last_lines(outcome):
            style = "bold red" if line.startswith("FAILED") else None
            self._console.print(Text(line, style=style or ""))


def _lines(table: Table) -> int:
    """How many lines a table of ours takes: title, heads, rule, rows."""
    return 3 + table.row_count
