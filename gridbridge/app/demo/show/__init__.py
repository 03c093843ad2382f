"""Ways to show the demo: live tables for a terminal, plain lines, JSON lines.

They get moments, news and the outcome as values, and know nothing of where these come from.
"""

from gridbridge.app.demo.show.json_lines import JsonLines
from gridbridge.app.demo.show.lines import Lines
from gridbridge.app.demo.show.live import LiveTables
from gridbridge.app.demo.show.port import Show

__all__ = ["JsonLines", "Lines", "LiveTables", "Show"]
