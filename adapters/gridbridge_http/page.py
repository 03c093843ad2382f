"""The status page: one document of this package, and the headers that fence it in."""

from __future__ import annotations

import base64
import re
from hashlib import sha256
from importlib.resources import files

HTML = files("gridbridge_http").joinpath("page.html").read_bytes()


def _hash_of(tag: str) -> str:
    """What Content-Security-Policy lets run: the one inline element, and nothing injected."""
    (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>".encode(), HTML, re.DOTALL)
    return f"'sha256-{base64.b64encode(sha256(content).digest()).decode()}'"


HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-cache",
    "Content-Security-Policy": (
        f"default-src 'none'; connect-src 'self'; script-src {_hash_of('script')}; "
        f"style-src {_hash_of('style')}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
