"""What this instance wrote into logs, so that reading it back needs no decoding.

The owner of a partition reads every fact and decision from the log, its own too. The bytes that
come back are the bytes that went in, so what they mean is known already.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from gridbridge.codec import decode_recorded, encode_recorded

if TYPE_CHECKING:
    from gridbridge.domain.facts import Recorded

MOST = 1024
"""Entries that nobody read yet; what lies in another owner's partition never is."""


class OwnWords:
    """The newest entries that were written and not read back yet."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, Recorded] = OrderedDict()

    def encoded(self, recorded: Recorded) -> bytes:
        """The document of a fact on its way into a log."""
        data = encode_recorded(recorded)
        self._known[data] = recorded
        if len(self._known) > MOST:
            self._known.popitem(last=False)
        return data

    def decoded(self, data: bytes) -> Recorded:
        """The fact of a document; raises CodecError, naming what is wrong, where there is none."""
        known = self._known.pop(data, None)
        return decode_recorded(data) if known is None else known
