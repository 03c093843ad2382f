"""Plain lines, for a pipe or a file: news as they come, a block of the sites every few seconds."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, TextIO

from rich.console import Console

from gridbridge.app.demo.amounts import kw
from gridbridge.app.demo.show import tables, words

if TYPE_CHECKING:
    from gridbridge.app.demo.frame import Frame
    from gridbridge.app.demo.news import News
    from gridbridge.app.demo.outcome import Outcome

_BLOCK_EVERY_S = 5.0
_WIDTH = 160


class Lines:
    """Writes to a stream."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._block_s = float("-inf")

    def preparing(self) -> None:
        """Say so."""
        self._write("starting Valkey, gateway, VTN and stations")

    def news(self, news: News) -> None:
        """One line."""
        self._write(f"{news.story_s:5.1f} s  {news.kind:<8} {news.subject}: {news.text}")

    def frame(self, frame: Frame) -> None:
        """A line for each site and EVSE, every few seconds."""
        if frame.story_s - self._block_s < _BLOCK_EVERY_S:
            return
        self._block_s = frame.story_s
        for site in frame.sites:
            self._write(f"{frame.story_s:5.1f} s  {tables.site_line(site)}")
            for evse in site.evses:
                self._write(
                    f"         {evse.station}/{evse.evse}"
                    f" limit {words.limit(evse)} {evse.state},"
                    f" metered {kw(evse.metered_w)} kW,"
                    f" physics {kw(evse.physical_w)} kW"
                    + (f", {words.car(evse)}" if evse.car else "")
                    + (f": {evse.reason}" if evse.reason else "")
                )

    def finished(self, outcome: Outcome) -> None:
        """The closing tables."""
        drawn = StringIO()
        console = Console(file=drawn, width=_WIDTH, no_color=True, highlight=False)
        for table in tables.closing(outcome):
            console.print(table, "")
        for line in drawn.getvalue().splitlines():
            # A table fills its last column up.
            self._write(line.rstrip())
        for line in tables.last_lines(outcome):
            self._write(line)

    def _write(self, line: str) -> None:
        self._out.write(line + "\n")
        self._out.flush()
