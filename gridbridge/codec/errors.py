"""What goes wrong between values and JSON."""

from __future__ import annotations


class CodecError(ValueError):
    """A document (or value) that cannot be read (or written); names the version, tag or field."""
