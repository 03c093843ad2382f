"""Results that differ in nothing but their id, read once.

Of a thousand stations that accept, each writes the same text around an id of ours. Whatever the
grammar, the guard and the schema have to say of such a text they have said of the first one.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from gridbridge_ocpp.rpc import frames
from gridbridge_ocpp.rpc.outcomes import Replied
from gridbridge_ocpp.schemas import Kind, problems

if TYPE_CHECKING:
    from collections.abc import Callable

    from gridbridge_ocpp.rpc.guard import FrameLimits
    from gridbridge_ocpp.versions import OcppVersion

LONGEST = 256
"""More than any plain answer has: what is kept here is chosen by stations, so it must be short."""
_MOST = 512
# As long as an id may be, so that no other makes a frame too large that was not with this one.
_ANY_ID = "-" * frames.MAX_ID


@cache
def reader(version: OcppVersion, limits: FrameLimits) -> Callable[[str, str], Replied | None]:
    """What reads the rest of a result, after the `frames.result_head` of one of our ids.

    It says what the whole frame means to the action that was called; None where that is not a
    result which the schema allows, so that the frame has to be looked at itself. What it says is
    shared: nobody may change the payload.
    """

    @lru_cache(maxsize=_MOST)
    def read(action: str, rest: str) -> Replied | None:
        frame = frames.decode(frames.result_head(_ANY_ID) + rest, version, limits)
        if not isinstance(frame, frames.CallResult):
            return None
        found = problems(version, action, Kind.RESPONSE, frame.payload)
        if found and not found[0].tolerated:
            return None
        return Replied(payload=frame.payload, problems=found)

    return read
