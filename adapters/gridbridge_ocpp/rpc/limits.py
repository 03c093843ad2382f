"""The bounds of one session: nothing that a station sends makes it grow beyond them."""

from __future__ import annotations

from dataclasses import dataclass, field

from gridbridge.domain.units import Seconds
from gridbridge_ocpp.rpc.guard import FrameLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class RpcLimits:
    """How much of everything one session holds, and for how long."""

    frame: FrameLimits = field(default_factory=FrameLimits)
    queued_calls: int = 64
    """Calls of ours that wait for the channel."""
    open_calls: int = 16
    """Calls of the station that wait for our reply; the standard allows it one."""
    expired_calls: int = 32
    """Calls of ours whose late answer is still recognised."""
    backlog: int = 256
    """Events and error replies that wait for the shell; what exceeds it is counted only."""
    answer_within: Seconds = Seconds(30.0)
    """How long an open call may hold up the others, even where its deadline is later."""
    reply_within: Seconds = Seconds(30.0)
    """When a call that nobody here answered gets InternalError."""
