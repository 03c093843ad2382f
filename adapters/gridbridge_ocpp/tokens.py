"""Id tokens: who may charge, and the keyed hash that stands for a token in facts."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from enum import StrEnum


class Authorise(StrEnum):
    """Whose token may charge."""

    ACCEPT_ALL = "accept_all"
    """Everybody's: access is somebody else's business."""
    ACCEPT_KNOWN = "accept_known"
    """Only tokens that are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPolicy:
    """How tokens are judged and hidden."""

    authorise: Authorise = Authorise.ACCEPT_ALL
    key: bytes = field(default=b"", repr=False)
    """Of the hash: the same in all instances that share facts."""
    known: frozenset[str] = frozenset()
    """Hashes, as `hidden` makes them."""

    def hidden(self, token: str) -> str:
        """The keyed hash of a token; tokens are case-insensitive in every version."""
        return hmac.new(self.key, token.casefold().encode(), "sha256").hexdigest()[:32]

    def accepts(self, token: str) -> bool:
        """Whether a token may charge."""
        return self.authorise is Authorise.ACCEPT_ALL or self.hidden(token) in self.known
