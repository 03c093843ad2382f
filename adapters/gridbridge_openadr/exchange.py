"""What passes between a session and whoever carries its messages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A message to post to the VTN; exactly one answer is owed to the session for it."""

    service: str
    """The last part of the URL: ``EiEvent``, ``OadrPoll``, ..."""
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the VTN's web server answered."""

    status: int
    """HTTP status; only 200 carries a message."""
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class NoReply:
    """No answer came: nothing is known of what the VTN did with the request."""

    why: str
    """A stable word: ``timeout``, ``too_large``, or the name of what failed."""
