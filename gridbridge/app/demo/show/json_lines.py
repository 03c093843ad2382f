"""One JSON object a line: ``{"type": "frame" | "news" | "outcome" | "preparing", ...}``."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from gridbridge.app.demo.frame import Frame
    from gridbridge.app.demo.news import News
    from gridbridge.app.demo.outcome import Outcome

_FRAME_EVERY_S = 1.0


class JsonLines:
    """Writes to a stream; a frame a second."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._shown_s = float("-inf")

    def preparing(self) -> None:
        """Say so."""
        self._write("preparing", {})

    def news(self, news: News) -> None:
        """Write it."""
        self._write("news", asdict(news))

    def frame(self, frame: Frame) -> None:
        """Write one a second."""
        if frame.story_s - self._shown_s >= _FRAME_EVERY_S:
            self._shown_s = frame.story_s
            self._write("frame", asdict(frame))

    def finished(self, outcome: Outcome) -> None:
        """Write the whole outcome."""
        self._write("outcome", {"passed": outcome.passed, **asdict(outcome)})

    def _write(self, kind: str, fields: dict[str, object]) -> None:
        self._out.write(json.dumps({"type": kind, **fields}) + "\n")
        self._out.flush()
