"""Sessions whose ids count up, and the sign that one lives."""

from __future__ import annotations

from itertools import count
from typing import Any

import orjson

from gridbridge.domain.units import Instant
from gridbridge_ocpp.rpc.limits import RpcLimits
from gridbridge_ocpp.rpc.outcomes import CallReceived
from gridbridge_ocpp.rpc.replies import ReplyCache
from gridbridge_ocpp.rpc.session import RpcSession
from gridbridge_ocpp.versions import OcppVersion

NOW = Instant(1_800_000_000.0)
VERSIONS = list(OcppVersion)
SUPPORTED = frozenset({"BootNotification", "Heartbeat", "MeterValues", "StatusNotification"})
TIME = "2027-01-15T08:00:00Z"


def make_session(
    version: OcppVersion = OcppVersion.V16,
    *,
    supported: frozenset[str] = SUPPORTED,
    limits: RpcLimits | None = None,
    replies: ReplyCache | None = None,
) -> RpcSession:
    """A session whose calls have the ids ours-1, ours-2, ..."""
    ids = count(1)
    return RpcSession(
        version,
        supported=supported,
        new_id=lambda: f"ours-{next(ids)}",
        replies=replies,
        limits=limits or RpcLimits(),
    )


def at(seconds: float) -> Instant:
    """That long after NOW."""
    return Instant(NOW + seconds)


def sent(session: RpcSession, now: Instant = NOW) -> list[Any]:
    """What the session wants sent, decoded."""
    return [orjson.loads(text) for text in session.frames_to_send(now)]


def assert_alive(session: RpcSession, now: Instant = NOW) -> None:
    """A Heartbeat reaches its handler and is answered."""
    session.receive('[2,"ok","Heartbeat",{}]', now)
    ids = [event.message_id for event in session.events() if isinstance(event, CallReceived)]
    assert ids.count("ok") == 1
    session.reply("ok", {"currentTime": TIME})
    assert f'[3,"ok",{{"currentTime":"{TIME}"}}]' in session.frames_to_send(now)
