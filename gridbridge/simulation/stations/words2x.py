"""What an OCPP 2.0.1 or 2.1 station says, in its words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gridbridge.simulation.spec import Protocol
from gridbridge.simulation.stations.samples import rfc3339

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridbridge.simulation.spec import Station
    from gridbridge.simulation.stations.cabinet import Outlet
    from gridbridge.simulation.stations.frames import Payload
    from gridbridge.simulation.stations.outbox import Message
    from gridbridge.simulation.stations.samples import Sample
    from gridbridge.simulation.stations.session import Session


_TRIGGERS = {
    "EVDisconnected": "EVDeparted",
    "Remote": "RemoteStop",
    "Reboot": "ResetCommand",
}
"""triggerReason by stoppedReason."""


class Words2x:
    """Messages of 2.0.1 and 2.1; every one fits its version's schema."""

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol

    def boot(self, spec: Station) -> Message:
        """BootNotification."""
        return "BootNotification", {
            "reason": "PowerUp",
            "chargingStation": {
                "vendorName": spec.vendor,
                "model": spec.model,
                "serialNumber": spec.id[:25],
                "firmwareVersion": "1.0",
            },
        }

    def status(self, outlet: Outlet, _session: Session | None, now: float) -> Message:
        """StatusNotification of an EVSE's connector."""
        return "StatusNotification", {
            "timestamp": rfc3339(now),
            "connectorStatus": "Available" if outlet.car is None else "Occupied",
            "evseId": outlet.spec.id,
            "connectorId": 1,
        }

    def authorize(self, token: str) -> Message:
        """Authorize."""
        return "Authorize", {"idToken": self._token(token)}

    def is_authorized(self, answer: Payload) -> bool:
        """Whether the answer lets the driver charge."""
        return bool(answer["idTokenInfo"]["status"] == "Accepted")

    def started(
        self, session: Session, outlet: Outlet, samples: Sequence[Sample], now: float
    ) -> Message:
        """TransactionEvent Started, with the driver's token."""
        payload = self._event(("Started", "Authorized"), session, outlet, samples, now)
        return "TransactionEvent", {**payload, "idToken": self._token(session.token)}

    def updated(
        self, session: Session, outlet: Outlet, samples: Sequence[Sample], now: float, why: str
    ) -> Message:
        """TransactionEvent Updated for a reason (triggerReason)."""
        return "TransactionEvent", self._event(("Updated", why), session, outlet, samples, now)

    def ended(
        self, session: Session, outlet: Outlet, samples: Sequence[Sample], now: float, why: str
    ) -> Message:
        """TransactionEvent Ended."""
        trigger = _TRIGGERS.get(why, "AbnormalCondition")
        payload = self._event(("Ended", trigger), session, outlet, samples, now)
        payload["transactionInfo"]["stoppedReason"] = why
        return "TransactionEvent", payload

    def main_meter(self, samples: Sequence[Sample], now: float) -> Message:
        """MeterValues of EVSE 0."""
        return "MeterValues", {"evseId": 0, "meterValue": [_meter_value(samples, now)]}

    def _event(
        self,
        why: tuple[str, str],
        session: Session,
        outlet: Outlet,
        samples: Sequence[Sample],
        now: float,
    ) -> dict[str, Any]:
        state = "SuspendedEVSE" if outlet.draw.plug_w == 0 else "Charging"
        info: Payload = {"transactionId": session.transaction, "chargingState": state}
        if self._protocol is Protocol.V21:
            info["operationMode"] = session.mode
        return {
            "eventType": why[0],
            "timestamp": rfc3339(now),
            "triggerReason": why[1],
            "seqNo": session.next_seq(),
            "transactionInfo": info,
            "evse": {"id": outlet.spec.id, "connectorId": 1},
            "meterValue": [_meter_value(samples, now)],
        }

    @staticmethod
    def _token(token: str) -> Payload:
        return {"idToken": token, "type": "ISO14443"}


def _meter_value(samples: Sequence[Sample], now: float) -> Payload:
    return {
        "timestamp": rfc3339(now),
        "sampledValue": [
            {
                "value": each.value,
                "context": "Sample.Periodic",
                "measurand": each.measurand,
                "unitOfMeasure": {"unit": each.unit},
                **({"phase": each.phase} if each.phase else {}),
            }
            for each in samples
        ],
    }
