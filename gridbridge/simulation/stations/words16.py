"""What an OCPP 1.6 station says, in its words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.simulation.stations.samples import rfc3339

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridbridge.simulation.spec import Station
    from gridbridge.simulation.stations.cabinet import Outlet
    from gridbridge.simulation.stations.frames import Payload
    from gridbridge.simulation.stations.outbox import Message
    from gridbridge.simulation.stations.samples import Sample
    from gridbridge.simulation.stations.session import Session


class Words16:
    """Messages of core edition 2; every one fits the version's schema."""

    def boot(self, spec: Station) -> Message:
        """BootNotification."""
        return "BootNotification", {
            "chargePointVendor": spec.vendor,
            "chargePointModel": spec.model,
            "chargePointSerialNumber": spec.id[:25],
            "firmwareVersion": "1.0",
        }

    def status(self, outlet: Outlet, session: Session | None, now: float) -> Message:
        """StatusNotification of one connector."""
        status = "Available"
        if session is not None:
            status = "Charging" if outlet.draw.plug_w > 0 else "SuspendedEVSE"
        elif outlet.car is not None:
            status = "Preparing"
        return "StatusNotification", {
            "connectorId": outlet.spec.id,
            "errorCode": "NoError",
            "status": status,
            "timestamp": rfc3339(now),
        }

    def authorize(self, token: str) -> Message:
        """Authorize."""
        return "Authorize", {"idTag": token[:20]}

    def is_authorized(self, answer: Payload) -> bool:
        """Whether the answer lets the driver charge."""
        return bool(answer["idTagInfo"]["status"] == "Accepted")

    def started(
        self, session: Session, outlet: Outlet, _samples: Sequence[Sample], now: float
    ) -> Message:
        """StartTransaction."""
        return "StartTransaction", {
            "connectorId": outlet.spec.id,
            "idTag": session.token[:20],
            "meterStart": int(session.begin_wh),
            "timestamp": rfc3339(now),
        }

    def updated(
        self, session: Session, outlet: Outlet, samples: Sequence[Sample], now: float, _why: str
    ) -> Message:
        """MeterValues of a running transaction."""
        return "MeterValues", {
            "connectorId": outlet.spec.id,
            "transactionId": _transaction(session),
            "meterValue": [_meter_value(samples, now)],
        }

    def ended(
        self, session: Session, outlet: Outlet, _samples: Sequence[Sample], now: float, why: str
    ) -> Message:
        """StopTransaction."""
        return "StopTransaction", {
            "transactionId": _transaction(session),
            "idTag": session.token[:20],
            "meterStop": int(outlet.imported_wh),
            "timestamp": rfc3339(now),
            "reason": why,
        }

    def main_meter(self, samples: Sequence[Sample], now: float) -> Message:
        """MeterValues of connector 0."""
        return "MeterValues", {"connectorId": 0, "meterValue": [_meter_value(samples, now)]}


def _transaction(session: Session) -> int:
    if isinstance(session.transaction, int):
        return session.transaction
    return session.placeholder


def _meter_value(samples: Sequence[Sample], now: float) -> Payload:
    return {
        "timestamp": rfc3339(now),
        "sampledValue": [
            {
                "value": str(each.value),
                "context": "Sample.Periodic",
                "measurand": each.measurand,
                "unit": each.unit,
                **({"phase": each.phase} if each.phase else {}),
            }
            for each in samples
        ],
    }
