"""The Lua scripts: files of this package, each opening with its KEYS and ARGV."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from hashlib import sha1
from importlib.resources import files


class Script(StrEnum):
    """One script; its value is its file's name."""

    ACKNOWLEDGE = "acknowledge"
    ALIVE = "alive"
    ANNOUNCE = "announce"
    APPEND = "append"
    CLAIM = "claim"
    DECIDE = "decide"
    HINT = "hint"
    HISTORY = "history"
    LEASE = "lease"
    LET_GO = "let_go"
    META = "meta"
    RELEASE = "release"
    SAVE = "save"
    STRIKE_OUT = "strike_out"
    TRIM = "trim"


@dataclass(frozen=True, slots=True)
class Source:
    """A script's text, and the digest by which a server that loaded it runs it."""

    text: str
    sha: str


@cache
def load() -> dict[Script, Source]:
    """All scripts, read from the package."""
    folder = files("gridbridge_redis") / "lua"
    return {script: _source((folder / f"{script}.lua").read_text("utf-8")) for script in Script}


def _source(text: str) -> Source:
    # SCRIPT LOAD names a script by its SHA-1: a name, nothing is protected by it.
    return Source(text, sha1(text.encode(), usedforsecurity=False).hexdigest())
