"""Why the demo could not be played to its end."""

from __future__ import annotations


class DemoError(Exception):
    """The demo broke off; the text says what was missing."""
