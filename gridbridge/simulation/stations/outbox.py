"""The requests a station has yet to make: in order, bounded, checked against the schemas."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from gridbridge.simulation.stations import schemas
from gridbridge.simulation.stations.frames import Call, Fault, Payload

if TYPE_CHECKING:
    from collections.abc import Callable

    from gridbridge.simulation.spec import Protocol

Message = tuple[str, Payload]

_BOUND = 500


class Outbox:
    """Calls in waiting. What is about a transaction lasts while the station is offline."""

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol
        self._calls: deque[Call] = deque()
        self.on_output: Callable[[], None] = lambda: None
        """Called when there is something new to send."""

    def put(
        self,
        message: Message,
        *,
        lasting: bool = False,
        on_answer: Callable[[Payload | Fault, float], None] | None = None,
    ) -> None:
        """Queue a request; a full queue drops it.

        Raises AssertionError where it does not fit the schema: then the simulation is wrong.
        """
        action, payload = message
        problem = schemas.problem(self._protocol, action, payload)
        if problem is not None:
            raise AssertionError(f"the simulated station says a wrong {action}: {problem[1]}")
        if len(self._calls) >= _BOUND:
            return
        call = Call(action=action, payload=payload, lasting=lasting, on_answer=on_answer)
        self._calls.append(call)
        self.on_output()

    def next(self) -> Call | None:
        """Take the oldest."""
        return self._calls.popleft() if self._calls else None

    def drop_fleeting(self) -> None:
        """Forget what does not last."""
        self._calls = deque(call for call in self._calls if call.lasting)

    def put_back(self, call: Call) -> None:
        """A lasting request that got no answer comes first again."""
        self._calls.appendleft(call)

    def waits(self, action: str, evse: int) -> bool:
        """Whether such a request is in waiting for that EVSE (1.6: connector)."""
        return any(
            call.action == action and not call.lasting and _evse(call.payload) == evse
            for call in self._calls
        )

    def name_transaction(self, placeholder: int, transaction: int) -> None:
        """1.6: put the id that the CSMS gave where a placeholder stood."""
        for call in self._calls:
            if call.payload.get("transactionId") == placeholder:
                call.payload["transactionId"] = transaction


def _evse(payload: Payload) -> int:
    nested = payload.get("evse", {}).get("id", -1)
    return int(payload.get("connectorId", payload.get("evseId", nested)))
