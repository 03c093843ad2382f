"""What is refused in the text of a frame before anything decodes it.

Every check is linear in the length of the text and needs no recursion: a station may be broken,
or not be a station.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameLimits:
    """How large and how deep a frame from a station may be."""

    max_bytes: int = 64 * 1024
    max_depth: int = 32
    """Brackets inside brackets, the frame's own included."""


# Possessive, and the closing quote optional, so that no text makes it look at a character twice.
_STRINGS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NO_BRACKETS = re.compile(r"[^\[\]{}]+")


def reason_to_refuse(text: str, limits: FrameLimits) -> str | None:
    """Why the text must not be decoded, as a stable name; None: nothing speaks against it.

    `too_large`, `surrogate` (text that UTF-8 cannot carry), `too_deep` (or brackets that do not
    pair).
    """
    if len(text) > limits.max_bytes:
        return "too_large"
    if not text.isascii():
        try:
            size = len(text.encode())
        except UnicodeEncodeError:
            return "surrogate"
        if size > limits.max_bytes:
            return "too_large"
    # The counts see brackets inside strings too: never too few, so few texts need the exact look.
    if text.count("[") + text.count("{") > limits.max_depth and _too_deep(text, limits):
        return "too_deep"
    return None


def _too_deep(text: str, limits: FrameLimits) -> bool:
    brackets = _NO_BRACKETS.sub("", _STRINGS.sub("", text)).replace("{", "[").replace("}", "]")
    # Each round takes the innermost pairs away; what a whole round leaves lies one deeper.
    for _ in range(limits.max_depth):
        if not brackets:
            break
        brackets = brackets.replace("[]", "")
    return brackets != ""
